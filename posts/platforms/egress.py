"""Where the hub may connect to: names, ports and addresses, judged before a socket is opened.

A person may type any server name, so every name is checked as a name, resolved once, and every address it
gave is checked; the connection then goes to a checked address and never through a second look-up.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from .base import Transient, UnsupportedServer

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], list[str]]

# IANA special-purpose address registries (RFC 6890 and its updates). `is_global` alone lets multicast, NAT64
# and 6to4 through on Python 3.11, so the ranges stand here in full.
_REFUSED_V4 = tuple(
    ipaddress.IPv4Network(net)
    for net in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",
    )
)
# IPv6 the other way round: global unicast is 2000::/3, all else (mapped, NAT64 64:ff9b::/96, unique local,
# link-local, multicast ...) is refused with it.
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    ipaddress.IPv6Network(net)
    for net in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4 carries an IPv4 address
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
_LOOPBACK_NAME = re.compile(r"(?:[a-z0-9-]+\.)*localhost", re.ASCII)
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
# Names that never belong to a public server (RFC 6761, 6762, 7686 and ICANN's .internal).
_RESERVED = frozenset(("example", "internal", "invalid", "lan", "local", "localhost", "onion", "test"))
# "Ends in a number" of the WHATWG URL standard: such a host is an IPv4 address in disguise (127.1,
# 0x7f000001, 2130706433, 0177.0.0.1).
_NUMERIC_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Egress:
    """What one HTTP client may reach.

    `allow_loopback` also allows plain http and any port, on this machine alone: for trying the hub locally.
    `origin`, where given, is the only scheme, host and port that may be called at all.
    """

    allow_loopback: bool = False
    origin: str = ""


def is_public(address: IPAddress) -> bool:
    """Whether `address` is an ordinary address of the public internet."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not any(address in net for net in _REFUSED_V4)
    if address.scope_id is not None or address not in _GLOBAL_V6:
        return False
    return not any(address in net for net in _REFUSED_V6)


def literal(host: str) -> IPAddress | None:
    """The address that `host` spells out, or None for a name."""
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def is_loopback_host(host: str) -> bool:
    """Whether `host` names this machine by its own spelling, without asking a resolver (RFC 6761)."""
    address = literal(host)
    return address.is_loopback if address else bool(_LOOPBACK_NAME.fullmatch(host))


def is_public_name(host: str) -> bool:
    """Whether `host`, in lower-case ASCII, is spelled like a server of the public internet."""
    if not _NAME.fullmatch(host) or _NUMERIC_END.fullmatch(host):
        return False
    _, dot, last = host.rpartition(".")
    return bool(dot) and last not in _RESERVED and not host.endswith(".home.arpa")


def same_origin(url: str, base: str) -> bool:
    """Whether `url` is an address of the server at `base`: scheme, host and port, no user information."""
    return url == base or url.startswith(f"{base}/")


def refused(host: str, why: str) -> UnsupportedServer:
    """The error for a server the hub must not call."""
    return UnsupportedServer(
        f"The hub does not connect to {host or 'this address'}. Check the server's name: it has to be a "
        "public server reached over https.",
        detail=f"egress refused {host!r}: {why}",
    )


def check_url(url: str, egress: Egress) -> SplitResult:
    """`url` in its parts, once its scheme, host and port are allowed. Raises `UnsupportedServer`."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise refused("", "not a URL") from None
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise refused(host, "user information in the URL")
    if "\\" in url or any(ord(char) <= 32 or ord(char) == 127 for char in url):
        raise refused(host, "control or white-space characters in the URL")
    if egress.origin and f"{parts.scheme}://{parts.netloc}".lower() != egress.origin:
        raise refused(host, f"only {egress.origin} is allowed")
    if egress.allow_loopback and is_loopback_host(host):
        if parts.scheme not in ("http", "https"):
            raise refused(host, f"scheme {parts.scheme!r}")
        return parts
    if parts.scheme != "https":
        raise refused(host, f"scheme {parts.scheme!r}")
    if port not in (None, 443):
        raise refused(host, f"port {port}")
    if not is_public_name(host):
        raise refused(host, "not a full public name")
    return parts


def check_addresses(host: str, addresses: list[str], egress: Egress) -> list[str]:
    """`addresses` unchanged, once every one is allowed. Raises `UnsupportedServer` for a single bad one."""
    local = egress.allow_loopback and is_loopback_host(host)
    for text in addresses:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            raise refused(host, "unreadable address") from None
        if not (address.is_loopback if local else is_public(address)):
            raise refused(host, f"address {text}")
    return addresses


def system_resolver(host: str, port: int) -> list[str]:
    """Every address the system's resolver gives for `host`, in its order of preference."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def resolve(host: str, port: int, *, resolver: Resolver, seconds: float) -> list[str]:
    """The addresses of `host` within `seconds`. Raises `Transient`: nothing was sent.

    The look-up runs on a thread of its own, because a resolver's call cannot be given a time limit.
    """
    if literal(host):
        return [host.strip("[]")]
    found: list[list[str]] = []
    failed: list[str] = []

    def look_up() -> None:
        try:
            found.append(resolver(host, port))
        except (OSError, UnicodeError) as error:
            failed.append(type(error).__name__)

    thread = threading.Thread(target=look_up, name="hub-resolve", daemon=True)
    thread.start()
    thread.join(max(0.0, seconds))
    if not found or not found[0]:
        why = failed[0] if failed else ("no address" if found else "no answer in time")
        raise Transient(
            f"The server {host} could not be found. The hub will try again; if this lasts, check its name.",
            detail=f"resolve {host}: {why}",
        )
    return found[0]
