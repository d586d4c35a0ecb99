"""Asks a foreign address whether it still answers, without ever touching an internal one."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urljoin

from knowledge.link_target import (
    BLOCKED,
    BLOCKED_PORTS,
    WEB_PORTS,
    Address,
    NoHostError,
    OwnAddressError,
    PortError,
    RefusedError,
    Target,
    is_public,
    parse,
    resolve,
)

MAX_BYTES = 64 * 1024
MAX_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
GONE = frozenset({404, 410})
# Servers that do not know HEAD answer it with one of many errors: any of them is asked again with GET.
HEAD_ACCEPTED = range(200, 400)
# A range the file does not have: the file is there.
FINE = frozenset({*range(200, 400), 416})


class Verdict(StrEnum):
    """What an answer says about a link; `UNCLEAR` may be a refusal of machines or a bad day of the server.

    `UNASKED` says nothing and does not count.
    """

    OK = "ok"
    BROKEN = "broken"
    UNCLEAR = "unclear"
    UNASKED = ""


@dataclass(frozen=True)
class Answer:
    """What a link answered: its last status (0 without an answer), the verdict and, if not fine, why."""

    status: int
    problem: str = ""
    verdict: Verdict = Verdict.OK
    refused: bool = False
    """Not asked at all, because the address is none or an internal one: says nothing about the way out."""
    unsure: bool = False
    """No answer at a port our own network may not let out: counts only for a link that has answered before."""

    @property
    def is_silent(self) -> bool:
        """True when it was asked and no server said anything: it may be gone, or our own way out is blocked."""
        return self.status == 0 and not self.refused


@dataclass
class HostGate:
    """Lets one request at a time to a host, with a pause between two; shared by all threads of a run."""

    pause: float
    _locks: dict[str, threading.Lock] = field(default_factory=dict)
    _free_at: dict[str, float] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def turn(self, host: str) -> Iterator[float]:
        """Wait for the host's turn; yields the seconds waited, which belong to no deadline."""
        began = time.monotonic()
        with self._guard:
            lock = self._locks.setdefault(host, threading.Lock())
        with lock:
            time.sleep(max(0.0, self._free_at.get(host, 0.0) - time.monotonic()))
            try:
                yield time.monotonic() - began
            finally:
                self._free_at[host] = time.monotonic() + self.pause


@dataclass(frozen=True)
class Fetcher:
    """How addresses are asked: who asks, what may be contacted, how long it may take."""

    agent: str
    permitted: Callable[[Address], bool] = is_public
    ports: frozenset[int] | None = WEB_PORTS
    """Ports that are asked; None: all but those no browser opens."""
    let_out: frozenset[int] | None = None
    """Ports at which silence is the other side's, since every network lets them out; None: all."""
    own_hosts: frozenset[str] = frozenset()
    seconds: float = 10
    gate: HostGate = field(default_factory=lambda: HostGate(0))
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    lookup: Callable[[str, int], list[str]] | None = None
    """Another way to resolve names than the system's: addresses of (host, port)."""
    inside: frozenset[str] = frozenset()
    """Hosts, named by the operator, that may lie in an internal network and answer at any port."""

    def check(self, url: str) -> Answer:
        """Follow a link to its end within the deadline; every hop is resolved and judged anew."""
        walk = Walk(self)
        try:
            return walk.follow(url)
        except NoHostError as error:
            return Answer(0, str(error), Verdict.BROKEN)
        except RefusedError as error:
            verdict = Verdict.UNASKED if isinstance(error, PortError) else Verdict.BROKEN
            return Answer(0, str(error), verdict, refused=True)
        except TimeoutError:
            return self._silence(walk, "Die Seite antwortet nicht rechtzeitig.")
        except ssl.SSLCertVerificationError:
            return Answer(0, "Das Zertifikat der Seite ist nicht gültig.", Verdict.UNCLEAR)
        except (OSError, http.client.HTTPException, ValueError):
            return self._silence(walk, "Die Seite ist nicht erreichbar.")

    def _silence(self, walk: Walk, problem: str) -> Answer:
        """Say that nobody has answered, and whether it may be our own network's doing."""
        if self.let_out is None or walk.port in self.let_out:
            return Answer(0, problem, Verdict.UNCLEAR)
        more = f"{problem} Vielleicht lässt unser eigenes Netz den Port {walk.port} nicht hinaus."
        return Answer(0, more, Verdict.UNCLEAR, unsure=True)


class Walk:
    """One link on its way through redirects, with one deadline for all of it."""

    def __init__(self, fetcher: Fetcher) -> None:
        self.fetcher = fetcher
        self.ends = time.monotonic() + fetcher.seconds
        self.port = 0
        """The one asked last."""

    def follow(self, url: str) -> Answer:
        status = 0
        for _ in range(MAX_REDIRECTS + 1):
            target = parse(url)
            if target.host in self.fetcher.own_hosts:
                if status:  # whoever led here answers; our own pages are checked when they are saved
                    return Answer(status)
                raise OwnAddressError
            status, location = self._head_or_get(target)
            if status not in REDIRECTS or not location:
                return judge(status)
            url = urljoin(url, location)
        return Answer(status, "Die Adresse leitet zu oft weiter.", Verdict.BROKEN)

    def _head_or_get(self, target: Target) -> tuple[int, str]:
        """HEAD costs the other side least; GET decides where HEAD is not understood."""
        try:
            status, location = self._ask(target, "HEAD")
        except TimeoutError:
            raise
        except (OSError, http.client.HTTPException):
            status, location = 0, ""
        return (status, location) if status in HEAD_ACCEPTED else self._ask(target, "GET")

    def _ask(self, target: Target, method: str) -> tuple[int, str]:
        """Resolve, judge and ask, at the host's turn; the address asked is the address judged."""
        fetcher, self.port = self.fetcher, target.port
        with fetcher.gate.turn(target.host) as waited:
            self.ends += waited
            addresses = resolve(target, fetcher.permitted, self.ends, fetcher.lookup, fetcher.inside)
            # After the address: an internal one is no link for readers, whatever its port.
            if target.host not in fetcher.inside:
                _check_port(target.port, fetcher.ports)
            with self._connect(target, addresses) as sock, _cut_off(sock, self.ends):
                return self._exchange(sock, target, method)

    def headers(self, method: str) -> dict[str, str]:
        """Return what else a request says."""
        return {"Range": f"bytes=0-{MAX_BYTES - 1}"} if method == "GET" else {}

    def read(self, response: http.client.HTTPResponse) -> None:
        """Read the body, as far as anybody wants it."""
        response.read(MAX_BYTES)

    @contextlib.contextmanager
    def _connect(self, target: Target, addresses: list[str]) -> Iterator[socket.socket]:
        """Connect to the first address that takes the call; each gets its share of the time left."""
        problem: OSError = TimeoutError()
        for number, address in enumerate(addresses):
            left = self.ends - time.monotonic()
            if left <= 0:
                raise TimeoutError from problem
            try:
                sock = socket.create_connection((address, target.port), timeout=left / (len(addresses) - number))
            except OSError as error:
                problem = error
                continue
            with sock:
                yield sock
            return
        raise problem

    def _exchange(self, plain: socket.socket, target: Target, method: str) -> tuple[int, str]:
        """Send the request and read the head of the answer and at most MAX_BYTES of its body."""
        plain.settimeout(max(0.01, self.ends - time.monotonic()))
        sock = plain
        if target.scheme == "https":
            sock = self.fetcher.trust.wrap_socket(plain, server_hostname=target.host)
        connection = http.client.HTTPConnection(target.host, target.port)
        connection.sock = sock
        headers = {
            "Host": target.host_header, "User-Agent": self.fetcher.agent, "Accept": "*/*", "Connection": "close",
        }  # fmt: skip
        headers |= self.headers(method)
        try:
            connection.request(method, target.path, headers=headers)
            with connection.getresponse() as response:
                if response.status not in REDIRECTS:
                    self.read(response)
                return response.status, as_written(response.getheader("Location") or "")
        finally:
            _hang_up(sock)


def _check_port(port: int, allowed: frozenset[int] | None) -> None:
    """Raise PortError for a port that is not asked, RefusedError for one that no browser opens."""
    if allowed is not None and port not in allowed:
        raise PortError
    if port in BLOCKED_PORTS:
        raise RefusedError(BLOCKED.format(port=port))


def as_written(location: str) -> str:
    """Return a Location as the server wrote it: `http.client` reads raw UTF-8 bytes as ISO-8859-1."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:  # it is ISO-8859-1
        return location


def _hang_up(sock: socket.socket) -> None:
    """Close; TLS says goodbye first, but does not wait long for the other side's answer."""
    with contextlib.suppress(OSError, ValueError):  # the other side may be gone, or still sending
        if isinstance(sock, ssl.SSLSocket):
            sock.settimeout(0.2)
            sock.unwrap()
    sock.close()


@contextlib.contextmanager
def _cut_off(sock: socket.socket, ends: float) -> Iterator[None]:
    """End the connection at the deadline; a socket's own timeout starts anew with every byte that drips in.

    The file descriptor is duplicated, since TLS takes the socket over.
    """
    line = socket.socket(fileno=socket.dup(sock.fileno()))
    expired = threading.Event()

    def cut() -> None:
        expired.set()
        with contextlib.suppress(OSError):  # closed already
            line.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(max(ends - time.monotonic(), 0), cut)
    watch.daemon = True
    watch.start()
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError) as error:
        if expired.is_set():
            raise TimeoutError from error
        raise
    finally:
        watch.cancel()
        watch.join(1)  # cannot cut a descriptor that is somebody else's by then
        line.close()


def judge(status: int) -> Answer:
    """Say what a status means: only 404 and 410 say by themselves that a page is gone."""
    if status in FINE:
        return Answer(status)
    verdict = Verdict.BROKEN if status in GONE else Verdict.UNCLEAR
    return Answer(status, f"Die Seite antwortet mit {status}.", verdict)
