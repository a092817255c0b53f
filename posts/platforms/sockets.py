"""Connections that `http` uses: pinned to a checked address, watched by the deadline, aware of what left.

The connection learns of the call it serves through the thread: urllib3 does all its work for one request on
the thread that asked for it.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .base import Transient
from .deadline import Guard, watchdog
from .egress import Egress, Resolver, check_addresses, resolve

CONNECT_SECONDS = 5.0  # for one address
ADDRESSES_TRIED = 4
IDLE_SECONDS = 4.0  # servers close idle connections from 5 s on; a request that meets the close is in doubt
SETTLED_SECONDS = 0.05  # after which a server that closes after each answer, without saying so, has closed
POOLS, POOL_SIZE = 100, 64  # hosts remembered, idle connections of each
_ONE_TLS_RECORD = 16_000

_local = threading.local()


class Call:
    """One request in progress, known to the connection that serves it through the thread."""

    __slots__ = ("_outer", "at", "egress", "expired", "guard", "left", "resolver")

    def __init__(self, at: float, egress: Egress, resolver: Resolver) -> None:
        self.at = at
        self.egress = egress
        self.resolver = resolver
        self.guard: Guard | None = None
        self.expired = False
        self.left = False  # a byte of the request may have left this machine

    def __enter__(self) -> Call:
        self._outer = getattr(_local, "call", None)
        _local.call = self
        watchdog.enter(self)
        return self

    def __exit__(self, *exc_info: object) -> None:
        watchdog.leave(self)
        _local.call = self._outer

    def remaining(self) -> float:
        return self.at - time.monotonic()

    def open(self, host: str, port: int) -> socket.socket:
        """A socket connected to a checked address of `host`."""
        addresses = resolve(host, port, resolver=self.resolver, seconds=self.remaining())
        reason = "no time left"
        for address in check_addresses(host, addresses, self.egress)[:ADDRESSES_TRIED]:
            seconds = min(CONNECT_SECONDS, self.remaining())
            if seconds <= 0:
                break
            sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.settimeout(seconds)
                sock.connect((address, port))
            except OSError as error:
                sock.close()
                reason = type(error).__name__
                continue
            sock.settimeout(max(0.001, self.remaining()))
            return sock
        raise Transient(
            f"{host} could not be reached. Nothing was sent; the hub will try again.",
            detail=f"connect {host}:{port}: {reason}",
        )


class _Guarded:
    """What both kinds of connection add: the pinned address, the watchdog's handle, the mark of leaving."""

    guard: Guard | None = None
    idle_since = 0.0
    used_again = False

    def _new_conn(self) -> socket.socket:
        call: Call = _local.call
        sock = call.open(self._dns_host, self.port)
        self.guard = Guard(sock)
        watchdog.take(call, self.guard)
        return sock

    def close(self) -> None:
        super().close()
        guard, self.guard = self.guard, None
        if guard is not None:
            watchdog.drop(getattr(_local, "call", None), guard)

    def send(self, data: Any) -> None:
        """Send, and note when the first byte was accepted.

        If the very first write fails, the kernel took nothing (and of TLS at most a part of one record, which
        the server cannot decrypt): the request provably was not sent.
        """
        call: Call = _local.call
        if self.sock is None:
            self.connect()
        if call.left or not isinstance(data, bytes):
            call.left = True
            super().send(data)
            return
        count = self.sock.send(data[:_ONE_TLS_RECORD])
        call.left = True
        if count < len(data):
            self.sock.sendall(data[count:])


class _PlainConnection(_Guarded, HTTPConnection):
    pass


class _TLSConnection(_Guarded, HTTPSConnection):
    pass


class _Reusing:
    """Pools hand a connection to one call at a time, and none that was idle for long.

    Until a server has answered twice on one connection, none is used again at once: some close after each
    answer without saying so, and a request that meets the close is in doubt.
    """

    keeps_open = False

    def _get_conn(self, timeout: float | None = None) -> Any:
        conn = super()._get_conn(timeout)
        conn.used_again = False
        if conn.guard is not None:
            idle = time.monotonic() - conn.idle_since
            if idle > IDLE_SECONDS or (idle < SETTLED_SECONDS and not self.keeps_open):
                conn.close()
            else:
                conn.used_again = True
                watchdog.take(_local.call, conn.guard)
        return conn

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            self.keeps_open = self.keeps_open or (conn.used_again and conn.guard is not None)
            conn.idle_since = time.monotonic()
            watchdog.give_back(_local.call)
        super()._put_conn(conn)


class _PlainPool(_Reusing, HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TLSPool(_Reusing, HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class Transport(HTTPAdapter):
    """requests' adapter with our pools and one ready TLS context instead of one a connection."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_connections=POOLS, pool_maxsize=POOL_SIZE, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TLSPool}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        conn.cert_reqs = "CERT_REQUIRED"  # the authorities are in the context
