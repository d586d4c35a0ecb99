"""The link check against real servers: slow, looping, huge, gone, and addresses never contacted."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from knowledge.link_fetch import Answer, Fetcher, HostGate, Verdict, as_written
from knowledge.link_target import Address, RefusedError, is_public, parse

SEEN: list[tuple[str, str, dict[str, str]]] = []
STATUS = {"/gone": 404, "/withdrawn": 410, "/forbidden": 403, "/busy": 429, "/broken": 503, "/login": 401}


class Handler(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        SEEN.append(("HEAD", self.path, dict(self.headers)))
        self.answer()

    def do_GET(self) -> None:
        SEEN.append(("GET", self.path, dict(self.headers)))
        self.answer()

    def answer(self) -> None:
        if self.path == "/drip":
            self.send_slowly()
        elif self.path == "/silent":
            time.sleep(5)
        elif self.path.startswith("/to/"):
            self.redirect("http://" + self.path.removeprefix("/to/"))
        elif self.path in {"/loop", "/inside"}:
            self.redirect("/loop" if self.path == "/loop" else "http://[::1]/secret")
        elif self.path == "/raw":
            self.redirect("/größe".encode().decode("latin-1"))  # goes out as raw UTF-8
        elif self.path == "/huge" and self.command == "GET":
            self.send_without_end()
        else:
            nohead = self.path in {"/huge", "/nohead"} and self.command == "HEAD"
            self.send_response(405 if nohead else STATUS.get(self.path, 200))
            self.end_headers()

    def redirect(self, to: str) -> None:
        self.send_response(302)
        self.send_header("Location", to)
        self.end_headers()

    def send_slowly(self) -> None:
        try:
            for _ in range(100):
                self.wfile.write(b"H")
                time.sleep(0.1)
        except OSError:
            return

    def send_without_end(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"x" * 65536)
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return


def serve(running: ThreadingHTTPServer) -> Iterator[str]:
    SEEN.clear()
    running.daemon_threads = True
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


@pytest.fixture
def server() -> Iterator[str]:
    yield from serve(ThreadingHTTPServer(("127.0.0.1", 0), Handler))


def only_here(address: Address) -> bool:
    return address == ipaddress.ip_address("127.0.0.1")


def asked(url: str, seconds: float = 5, **more: Any) -> Answer:
    return Fetcher(agent="Test", seconds=seconds, **{"ports": None, "permitted": only_here, **more}).check(url)


@pytest.mark.parametrize(
    ("path", "status", "verdict"),
    [
        ("/", 200, Verdict.OK),
        ("/gone", 404, Verdict.BROKEN),
        ("/withdrawn", 410, Verdict.BROKEN),
        ("/forbidden", 403, Verdict.UNCLEAR),
        ("/login", 401, Verdict.UNCLEAR),
        ("/busy", 429, Verdict.UNCLEAR),
        ("/broken", 503, Verdict.UNCLEAR),
        ("/nohead", 200, Verdict.OK),
        ("/huge", 200, Verdict.OK),
        ("/loop", 302, Verdict.BROKEN),
    ],
)
def test_answers(server: str, path: str, status: int, verdict: Verdict) -> None:
    answer = asked(f"http://{server}{path}")
    assert (answer.status, answer.verdict) == (status, verdict)
    assert bool(answer.problem) == (verdict is not Verdict.OK)
    assert len(SEEN) <= 6


@pytest.mark.parametrize("path", ["/drip", "/silent"])
def test_a_slow_server_is_cut_off(server: str, path: str) -> None:
    began = time.monotonic()
    answer = asked(f"http://{server}{path}", 0.6)
    assert (answer.problem, answer.verdict) == ("Die Seite antwortet nicht rechtzeitig.", Verdict.UNCLEAR)
    assert time.monotonic() - began < 3


def test_the_cut_leaves_no_connection_open(server: str) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for path in ("/drip", "/huge", "/gone"):
        asked(f"http://{server}{path}", 0.3)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 3  # the server's own ends


def test_who_asks_says_so(server: str) -> None:
    Fetcher(agent="Pruefung (+https://portal.example/kontakt/)", ports=None, permitted=only_here).check(
        f"http://{server}/nohead"
    )
    assert [seen[0] for seen in SEEN] == ["HEAD", "GET"]
    assert {seen[2]["User-Agent"] for seen in SEEN} == {"Pruefung (+https://portal.example/kontakt/)"}


# -- addresses never contacted ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/inside", "/to/10.0.0.1/x", "/to/169.254.169.254/latest/meta-data", "/to/2130706434/", "/to/0x7f.2/"]
)
def test_a_redirect_inside_is_refused(server: str, path: str) -> None:
    answer = asked(f"http://{server}{path}")
    assert "internen Netz" in answer.problem
    assert answer.verdict is Verdict.BROKEN
    assert len(SEEN) == 1


def test_internal_servers_are_never_contacted(server: str) -> None:
    port = server.partition(":")[2]
    for host in ("127.0.0.1", "localhost", "127.1", "2130706433", "[::ffff:127.0.0.1]", "portal.internal"):
        answer = Fetcher(agent="Test", ports=None).check(f"http://{host}:{port}/")
        assert "internen Netz" in answer.problem, host
    assert SEEN == []


def test_one_inner_address_among_public_ones_is_enough_to_refuse(server: str) -> None:
    port = int(server.partition(":")[2])
    fetcher = Fetcher(agent="Test", ports=None, lookup=lambda host, port: ["93.184.216.34", "127.0.0.1"])
    assert "internen Netz" in fetcher.check(f"http://mixed.example:{port}/").problem
    assert SEEN == []


def test_a_name_is_resolved_once_and_that_address_is_asked(server: str) -> None:
    """A second look-up could answer otherwise (DNS rebinding): there is none for the connection."""
    asked_for: list[str] = []

    def lookup(host: str, port: int) -> list[str]:
        asked_for.append(host)
        return ["127.0.0.1"]

    port = server.partition(":")[2]
    assert asked(f"http://rebinding.example:{port}/", lookup=lookup).verdict is Verdict.OK
    assert asked_for == ["rebinding.example"]
    assert SEEN[0][2]["Host"] == f"rebinding.example:{port}"


def test_own_hosts_are_not_asked(server: str) -> None:
    own = frozenset({"127.0.0.1"})
    assert "gehört zum Portal" in asked(f"http://{server}/", own_hosts=own).problem
    assert SEEN == []


def test_whoever_leads_to_the_portal_is_fine(server: str) -> None:
    own = frozenset({"portal.example"})
    answer = asked(f"http://{server}/to/portal.example/", own_hosts=own)
    assert (answer.status, answer.verdict, len(SEEN)) == (302, Verdict.OK, 1)


def test_a_redirect_with_raw_umlauts_leads_where_it_says(server: str) -> None:
    assert asked(f"http://{server}/raw").verdict is Verdict.OK
    assert SEEN[-1][1] == "/gr%C3%B6%C3%9Fe"
    assert as_written("/gr\xf6\xdfe") == "/größe"


def test_credentials_are_not_sent(server: str) -> None:
    asked(f"http://user:secret@{server}/")
    assert "Authorization" not in SEEN[0][2]
    assert "secret" not in str(SEEN)


# -- names ------------------------------------------------------------------------------------------


def test_all_addresses_of_a_host_are_tried(server: str) -> None:
    port = server.partition(":")[2]

    def loopback(address: Address) -> bool:
        return address.is_loopback

    answer = asked(f"http://two.example:{port}/", permitted=loopback, lookup=lambda *_: ["127.0.0.9", "127.0.0.1"])
    assert answer.verdict is Verdict.OK


def test_a_resolver_without_answer_is_not_waited_for() -> None:
    def lookup(host: str, port: int) -> list[str]:
        time.sleep(5)
        return []

    began = time.monotonic()
    assert asked("http://slow.example/", 0.3, lookup=lookup).problem == "Die Seite antwortet nicht rechtzeitig."
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("code", "verdict"), [(socket.EAI_NONAME, Verdict.BROKEN), (socket.EAI_AGAIN, Verdict.UNCLEAR)]
)
def test_a_missing_host_is_broken_and_a_silent_resolver_unclear(code: int, verdict: Verdict) -> None:
    def lookup(host: str, port: int) -> list[str]:
        raise socket.gaierror(code, "no")

    assert asked("http://gibt-es-nicht.example/", lookup=lookup).verdict is verdict


# -- politeness -------------------------------------------------------------------------------------


def test_one_request_at_a_time_to_a_host_with_a_pause(server: str) -> None:
    fetcher = Fetcher(agent="Test", ports=None, permitted=only_here, gate=HostGate(0.2), seconds=1)
    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(fetcher.check, [f"http://{server}/{number}" for number in range(8)]))
    assert {answer.verdict for answer in answers} == {Verdict.OK}  # waiting for one's turn is no delay of the host
    assert time.monotonic() - began >= 7 * 0.2


# -- TLS --------------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sicher.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("sicher.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = tmp_path / "cert.pem"
    pem, none = serialization.Encoding.PEM, serialization.NoEncryption()
    file.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, none) + made.public_bytes(pem))
    return file


@pytest.fixture
def secure(certificate: Path) -> Iterator[str]:
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    running.socket = context.wrap_socket(running.socket, server_side=True)
    yield from serve(running)


def test_tls_checks_the_certificate_for_the_name(secure: str, certificate: Path) -> None:
    port = secure.partition(":")[2]
    trust = ssl.create_default_context(cafile=str(certificate))
    here: dict[str, Any] = {"lookup": lambda *_: ["127.0.0.1"], "trust": trust}
    assert asked(f"https://sicher.example:{port}/", **here).verdict is Verdict.OK
    assert asked(f"https://sicher.example:{port}/huge", **here).verdict is Verdict.OK
    began = time.monotonic()
    assert "rechtzeitig" in asked(f"https://sicher.example:{port}/drip", 0.6, **here).problem
    assert time.monotonic() - began < 3
    assert "Zertifikat" in asked(f"https://anders.example:{port}/", **here).problem
    assert "Zertifikat" in asked(f"https://sicher.example:{port}/", lookup=here["lookup"]).problem


# -- what is internal, what is an address -----------------------------------------------------------


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
    ["", "http://", "ftp://a.de/", "javascript:1", "http://[::1", "http://a.de:99999/",
     "http://a..de/", "http://a b.de/", "file:///etc/passwd", "http://" + "ä" * 80 + ".de/"],
)  # fmt: skip
def test_malformed_addresses_are_refused(url: str) -> None:
    with pytest.raises(RefusedError):
        parse(url)
    assert Fetcher(agent="Test").check(url).verdict is Verdict.BROKEN


def test_other_ports_are_not_asked_and_say_nothing(server: str) -> None:
    answer = Fetcher(agent="Test", lookup=lambda *_: ["8.8.8.8"]).check("https://amt.example:8443/")
    assert (answer.verdict, answer.refused) == (Verdict.UNASKED, True)
    assert "Ports 80 und 443" in answer.problem
    port = int(server.partition(":")[2])
    led = asked(f"http://{server}/to/127.0.0.1:8443/", ports=frozenset({port}))
    assert (led.verdict, {path for _, path, _ in SEEN}) == (Verdict.UNASKED, {"/to/127.0.0.1:8443/"})
    inner = Fetcher(agent="Test").check("http://10.0.0.1:8443/")
    assert (inner.verdict, "internen Netz" in inner.problem) == (Verdict.BROKEN, True)


def test_a_port_no_browser_opens_is_broken_and_never_asked(server: str) -> None:
    for url in ("http://127.0.0.1:25/", f"http://{server}/to/127.0.0.1:22/"):
        answer = asked(url)
        assert (answer.verdict, answer.refused) == (Verdict.BROKEN, True)
        assert "öffnet kein Browser" in answer.problem
    assert {path for _, path, _ in SEEN} == {"/to/127.0.0.1:22/"}


def test_silence_at_a_port_our_network_may_not_let_out_is_not_sure(server: str) -> None:
    port = int(server.partition(":")[2])
    assert asked(f"http://{server}/", let_out=frozenset({443})).verdict is Verdict.OK
    answer = asked(f"http://{server}/silent", seconds=0.5, let_out=frozenset({443}))
    assert (answer.verdict, answer.unsure, answer.is_silent) == (Verdict.UNCLEAR, True, True)
    assert f"Port {port}" in answer.problem
    assert not asked(f"http://{server}/silent", seconds=0.5, let_out=frozenset({port})).unsure


def test_hosts_with_umlauts() -> None:
    target = parse("https://müller.de/straße?ü=1")
    assert (target.host, target.path) == ("xn--mller-kva.de", "/stra%C3%9Fe?%C3%BC=1")
