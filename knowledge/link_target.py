"""Where a link leads: its address taken apart, its name resolved, and whether it may be contacted at all."""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Lookup = Callable[[str, int], list[str]]

WEB_PORTS = frozenset({80, 443})
# Ports no browser opens (Fetch Standard, section 2.9 "port blocking"): a link to one leads nobody anywhere, and a
# redirect to one would make us talk to what is no web server.
BLOCKED_PORTS = frozenset({
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103,
    104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514,
    515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723,
    2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
})  # fmt: skip
RESOLVE_SECONDS = 5.0
MAX_ADDRESSES = 4
REFUSED_NETWORKS = (
    ipaddress.ip_network("64:ff9b::/96"),  # NAT64: an IPv4 address in disguise
    ipaddress.ip_network("64:ff9b:1::/48"),
    ipaddress.ip_network("168.63.129.16/32"),  # metadata service of a cloud, in public address space
)
# Names that never lead out, whatever a resolver says.
INNER_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home.arpa", "corp")
INTERNAL = "Die Adresse liegt in einem internen Netz. Leserinnen und Leser erreichen sie nicht."
BLOCKED = "Adressen mit dem Port {port} öffnet kein Browser."
NO_HOST = "Den Server {host} gibt es nicht."


class RefusedError(Exception):
    """The address may not be contacted or is no address at all."""


class OwnAddressError(RefusedError):
    """The address is one of the portal itself."""

    def __init__(self) -> None:
        super().__init__("Die Adresse gehört zum Portal selbst und wird beim Speichern geprüft.")


class PortError(RefusedError):
    """The address may be a good one, but its port is none we ask: says nothing about the link."""

    def __init__(self) -> None:
        super().__init__("Geprüft werden nur Adressen mit den Ports 80 und 443.")


class NoHostError(Exception):
    """There is no server of this name."""


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


def parse(url: str) -> Target:
    """Take an address apart; RefusedError for everything that is no plain web address."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = (parts.hostname or "").rstrip(".")
        if host and ":" not in host:
            host = host.encode("idna").decode("ascii").lower()
    except ValueError as error:
        raise RefusedError("Die Adresse ist nicht gültig.") from error
    if parts.scheme not in {"http", "https"} or not host or any(ord(sign) <= 32 for sign in host):
        raise RefusedError("Die Adresse ist keine gültige Webadresse.")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return Target(parts.scheme, host, port, f"{path}?{query}" if query else path)


def is_inside(address: Address) -> bool:
    """Whether an address may be one of a named host of ours: public, or private, but no cloud's metadata."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address in network for network in REFUSED_NETWORKS):
        return False
    return not (address.is_link_local or address.is_multicast or address.is_unspecified)


def resolve(
    target: Target, permitted: Callable[[Address], bool], ends: float, lookup: Lookup | None = None,
    inside: frozenset[str] = frozenset(),
) -> list[str]:  # fmt: skip
    """Return the addresses to connect to, in the resolver's order; `ends` is a moment of `time.monotonic`.

    `inside` are hosts, named by the operator, that may lie in an internal network.

    Raises:
        RefusedError: one address of the host is not permitted; then none is contacted.
        NoHostError: there is no such host.
        TimeoutError: the resolver does not answer in time.
    """
    named = target.host in inside
    if not named and (target.host.split(".")[-1] in INNER_NAMES or target.host.endswith(".home.arpa")):
        raise RefusedError(INTERNAL)
    found = list(dict.fromkeys(_in_time(lookup or _system_lookup, target, ends)))
    if not found:
        raise NoHostError(NO_HOST.format(host=target.host))
    allowed = is_inside if named else permitted
    if not all(allowed(ipaddress.ip_address(address.partition("%")[0])) for address in found):
        raise RefusedError(INTERNAL)
    return found[:MAX_ADDRESSES]


def _system_lookup(host: str, port: int) -> list[str]:
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _in_time(lookup: Lookup, target: Target, ends: float) -> list[str]:
    """Resolve in a thread of its own: the system's resolver knows no deadline."""
    answers: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(lookup(target.host, target.port))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True, name=f"resolve-{target.host}").start()
    try:
        answer = answers.get(timeout=max(0.01, min(RESOLVE_SECONDS, ends - time.monotonic())))
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, socket.gaierror) and answer.errno in {socket.EAI_NONAME, socket.EAI_NODATA}:
        raise NoHostError(NO_HOST.format(host=target.host)) from answer
    if isinstance(answer, Exception):
        raise answer
    return answer
