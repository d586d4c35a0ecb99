"""The link check against real servers: slow, looping, huge, gone, and addresses never contacted."""

import ipaddress
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from knowledge.link_fetch import Address, Answer, RefusedError, check, is_public, parse

SEEN: list[tuple[str, str, dict[str, str]]] = []


class Handler(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        SEEN.append(("HEAD", self.path, dict(self.headers)))
        self.answer()

    def do_GET(self) -> None:
        SEEN.append(("GET", self.path, dict(self.headers)))
        self.answer()

    def answer(self) -> None:
        if self.path == "/drip":
            try:
                for _ in range(100):
                    self.wfile.write(b"H")
                    time.sleep(0.1)
            except OSError:
                return
        elif self.path in {"/loop", "/inside"}:
            self.send_response(302)
            self.send_header("Location", "/loop" if self.path == "/loop" else "http://[::1]/secret")
            self.end_headers()
        elif self.path == "/huge" and self.command == "GET":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                return
        else:
            nohead = self.path in {"/huge", "/nohead"} and self.command == "HEAD"
            self.send_response(405 if nohead else 404 if self.path == "/gone" else 200)
            self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return


@pytest.fixture
def server() -> Iterator[str]:
    SEEN.clear()
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{running.server_port}"
    running.shutdown()


def only_here(address: Address) -> bool:
    return address == ipaddress.ip_address("127.0.0.1")


def asked(url: str, seconds: float = 5) -> Answer:
    return check(url, agent="Test", permitted=only_here, ports=None, seconds=seconds)


@pytest.mark.parametrize(
    ("path", "status", "broken"),
    [
        ("/", 200, False),
        ("/gone", 404, True),
        ("/nohead", 200, False),
        ("/huge", 200, False),
        ("/loop", 302, True),
    ],
)
def test_answers(server: str, path: str, status: int, broken: bool) -> None:
    answer = asked(f"http://{server}{path}")
    assert (answer.status, answer.broken) == (status, broken)
    assert len(SEEN) <= 6


def test_a_dripping_server_is_cut_off(server: str) -> None:
    began = time.monotonic()
    assert asked(f"http://{server}/drip", 0.6).problem == "Die Seite antwortet nicht rechtzeitig."
    assert time.monotonic() - began < 3


def test_a_redirect_inside_is_refused(server: str) -> None:
    assert "internen Netz" in asked(f"http://{server}/inside").problem


def test_internal_servers_are_never_contacted(server: str) -> None:
    answer = check(f"http://{server}/", agent="Test", ports=None)
    assert "internen Netz" in answer.problem
    assert SEEN == []


def test_credentials_are_not_sent(server: str) -> None:
    asked(f"http://user:secret@{server}/")
    assert "Authorization" not in SEEN[0][2]
    assert "secret" not in str(SEEN)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "0.0.0.0",  # noqa: S104 - judged, never bound
        "224.0.0.1",
        "240.0.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "::1",
        "::",
        "fe80::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::a00:1",
        "2002:a00:1::1",
    ],
)
def test_internal_addresses(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


def test_public_addresses() -> None:
    assert is_public(ipaddress.ip_address("8.8.8.8"))
    assert is_public(ipaddress.ip_address("2606:4700::1111"))


@pytest.mark.parametrize(
    "url",
    ["", "http://", "ftp://a.de/", "javascript:1", "http://[::1", "http://a.de:99999/", "http://a.de:22/",
     "http://a..de/", "http://a b.de/", "file:///etc/passwd"],
)  # fmt: skip
def test_malformed_addresses_are_refused(url: str) -> None:
    with pytest.raises(RefusedError):
        parse(url)


def test_hosts_with_umlauts() -> None:
    target = parse("https://müller.de/straße?ü=1")
    assert (target.host, target.path) == ("xn--mller-kva.de", "/stra%C3%9Fe?%C3%BC=1")
