"""Asks a foreign address whether it still answers, without ever touching an internal one."""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_BYTES = 64 * 1024
MAX_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Servers that do not know HEAD answer it with one of many errors: any of them is asked again with GET.
HEAD_ACCEPTED = range(200, 400)
REFUSED_NETWORKS = (
    ipaddress.ip_network("64:ff9b::/96"),  # NAT64: an IPv4 address in disguise
    ipaddress.ip_network("168.63.129.16/32"),  # metadata service of a cloud, in public address space
)


class RefusedError(Exception):
    """The address may not be contacted or is no address at all."""


@dataclass(frozen=True)
class Answer:
    """What a link answered: its last status (0 without an answer) and, if broken, why."""

    status: int
    problem: str = ""

    @property
    def broken(self) -> bool:
        return bool(self.problem)


@dataclass(frozen=True)
class Target:
    """One address taken apart: everything needed for a request, without credentials."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.scheme == "https" else 80) else f"{host}:{self.port}"


def is_public(address: Address) -> bool:
    """Whether an address lies in the open internet and in no network of ours."""
    if isinstance(address, ipaddress.IPv6Address) and (
        address.ipv4_mapped or address.sixtofour or address.teredo or address.is_site_local
    ):
        return False
    if any(address in network for network in REFUSED_NETWORKS):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def parse(url: str, *, ports: frozenset[int] | None = frozenset({80, 443})) -> Target:
    """Take an address apart; RefusedError for everything that is no plain web address."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = parts.hostname or ""
        if host and ":" not in host:
            host = host.encode("idna").decode("ascii")
    except ValueError as error:
        raise RefusedError("Die Adresse ist nicht gültig.") from error
    if parts.scheme not in {"http", "https"} or not host or any(ord(sign) <= 32 for sign in host):
        raise RefusedError("Die Adresse ist keine gültige Webadresse.")
    if ports is not None and port not in ports:
        raise RefusedError("Geprüft werden nur Adressen mit den Ports 80 und 443.")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return Target(parts.scheme, host, port, f"{path}?{query}" if query else path)


def resolve(target: Target, permitted: Callable[[Address], bool]) -> str:
    """The address to connect to; RefusedError as soon as one address of the host is not permitted."""
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(permitted(ipaddress.ip_address(address)) for address in addresses):
        raise RefusedError("Die Adresse liegt in einem internen Netz und wird nicht geprüft.")
    return addresses[0]


def ask(target: Target, address: str, method: str, agent: str, ends: float) -> tuple[int, str]:
    """One request to exactly this address: status and redirect target; the deadline cuts slow servers off."""
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    sock = socket.create_connection((address, target.port), timeout=left)
    expired = threading.Event()
    if target.scheme == "https":
        sock = ssl.create_default_context().wrap_socket(
            sock, server_hostname=target.host, do_handshake_on_connect=False
        )

    def cut() -> None:
        # A timeout of the socket starts anew with every byte: only this ends a server that drips.
        expired.set()
        with contextlib.suppress(OSError):  # closed already
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    watch = threading.Timer(max(ends - time.monotonic(), 0), cut)
    watch.daemon = True
    watch.start()
    try:
        return _exchange(sock, target, method, agent)
    except (OSError, http.client.HTTPException, ValueError) as error:
        if expired.is_set():
            raise TimeoutError from error
        raise
    finally:
        watch.cancel()
        sock.close()


def _exchange(sock: socket.socket, target: Target, method: str, agent: str) -> tuple[int, str]:
    """Send the request and read the head of the answer and at most MAX_BYTES of its body."""
    if isinstance(sock, ssl.SSLSocket):
        sock.do_handshake()
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = sock
    headers = {"Host": target.host_header, "User-Agent": agent, "Accept": "*/*", "Connection": "close"}
    if method == "GET":
        headers["Range"] = f"bytes=0-{MAX_BYTES - 1}"
    connection.request(method, target.path, headers=headers)
    response = connection.getresponse()
    try:
        response.read(MAX_BYTES)
        return response.status, response.getheader("Location") or ""
    finally:
        response.close()


def check(
    url: str,
    *,
    agent: str,
    permitted: Callable[[Address], bool] = is_public,
    ports: frozenset[int] | None = frozenset({80, 443}),
    seconds: float = 10,
) -> Answer:
    """Follow a link to its end within the deadline; every hop is resolved and judged anew."""
    ends = time.monotonic() + seconds
    status = 0
    try:
        for _hop in range(MAX_REDIRECTS + 1):
            target = parse(url, ports=ports)
            address = resolve(target, permitted)
            status, location = _head_or_get(target, address, agent, ends)
            if status not in REDIRECTS or not location:
                broken = status >= 400 and status not in {401, 403, 416, 429}
                return Answer(status, f"Die Seite antwortet mit {status}." if broken else "")
            url = urljoin(url, location)
        return Answer(status, "Die Adresse leitet zu oft weiter.")
    except RefusedError as error:
        return Answer(0, str(error))
    except TimeoutError:
        return Answer(0, "Die Seite antwortet nicht rechtzeitig.")
    except (OSError, http.client.HTTPException, ValueError):
        return Answer(0, "Die Seite ist nicht erreichbar.")


def _head_or_get(target: Target, address: str, agent: str, ends: float) -> tuple[int, str]:
    """HEAD costs the other side least; GET decides where HEAD is not understood."""
    try:
        status, location = ask(target, address, "HEAD", agent, ends)
    except TimeoutError:
        raise
    except (OSError, http.client.HTTPException):
        status, location = 0, ""
    if status in HEAD_ACCEPTED:
        return status, location
    return ask(target, address, "GET", agent, ends)
