"""No test talks to anything but this machine."""

from __future__ import annotations

import ipaddress
import socket
import sys

_LOCAL_NAMES = {"", "localhost", "testserver", socket.gethostname()}


class BeyondLoopback(OSError):
    """A test tried to reach another machine."""


class Guard:
    """Refuses connections and look-ups beyond loopback, and remembers them: the code under test may have
    caught the error, and the test has to fail all the same."""

    def __init__(self) -> None:
        self.on = False
        self.refused: list[str] = []

    def install(self) -> None:
        """Watch this process for good; audit hooks can't be taken away."""
        sys.addaudithook(self._see)

    def _see(self, event: str, arguments: tuple) -> None:
        if not self.on or not event.startswith("socket."):
            return
        if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
            address = arguments[1]
        elif event == "socket.getaddrinfo":
            address = (arguments[0], arguments[1])
        else:
            return
        if isinstance(address, tuple) and not _is_local(address[0]):
            self.refused.append(f"{event.removeprefix('socket.')} {address[0]}:{address[1]}")
            raise BeyondLoopback(f"tests stay on this machine; refused: {self.refused[-1]}")


def _is_local(host: object) -> bool:
    if host is None:
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in _LOCAL_NAMES or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
