"""Start the practice network: `python -m sandbox --port 8100 --data DIR`."""

import argparse
import asyncio
import ipaddress
import logging
import os
import signal
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from .app import make_app
from .log import LogError
from .network import Config, Network

GOODBYE_SECONDS = 0.5


class StartError(Exception):
    """Why it does not start, in one sentence."""


def main() -> int:
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("aiohttp.server").addFilter(_is_ours)
    try:
        options = _options()
        asyncio.run(_serve(options))
    except StartError as error:
        print(f"The practice network did not start: {error}", file=sys.stderr)
        return 2
    return 0


def _is_ours(record: logging.LogRecord) -> bool:
    """Leave out what a caller got wrong: broken HTTP is answered with a 400 and is no fault of the server."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def _options() -> argparse.Namespace:
    environ = os.environ
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="The practice network.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--port", type=int, default=environ.get("SANDBOX_PORT") or 8100, help="0 picks a free one"
    )
    parser.add_argument(
        "--data", type=Path, default=environ.get("SANDBOX_DATA"), help="folder for log and images"
    )
    parser.add_argument(
        "--admin-key",
        "--demo-key",
        default=environ.get("SANDBOX_ADMIN_KEY"),
        help="turns the admin API on (better given as SANDBOX_ADMIN_KEY)",
    )
    parser.add_argument(
        "--hub-origin", action="append", default=[], help="origin /connect may send people back to"
    )
    parser.add_argument("--public-url", help="address that permalinks begin with, if not this host and port")
    parser.add_argument("--allow-remote", action="store_true", help="listen on an address others can reach")
    parser.add_argument("--no-fsync", action="store_true", help="for benchmarks: don't wait for the disk")
    parser.add_argument(
        "--latency-ms",
        type=float,
        default=environ.get("SANDBOX_LATENCY_MS") or 0,
        help="what publishing takes at least",
    )
    options = parser.parse_args()
    if not options.data:
        raise StartError("say where to keep the data, with --data DIR or SANDBOX_DATA.")
    if not 0 <= options.port <= 65535:
        raise StartError(f"{options.port} is not a port; choose 1 to 65535.")
    if not 0 <= options.latency_ms <= 60_000:
        raise StartError("--latency-ms is a number of milliseconds from 0 to 60000.")
    if not options.allow_remote and not _is_loopback(options.host):
        raise StartError(f"{options.host} can be reached by others; add --allow-remote if that is meant.")
    for address in (*options.hub_origin, *filter(None, [options.public_url])):
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
            raise StartError(f"{address} is not an origin like https://hub.example.")
    return options


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise StartError(
            f"port {port} on {host} can't be used ({error.strerror or error}). "
            "Stop what runs there or choose another with --port or SANDBOX_PORT."
        ) from error
    listener.setblocking(False)
    return listener


def _open(options, base_url: str) -> Network:
    config = Config(
        data=options.data,
        base_url=(options.public_url or base_url).rstrip("/"),
        admin_key=options.admin_key or None,
        hub_origins=tuple(origin.rstrip("/").lower() for origin in options.hub_origin),
        fsync=not options.no_fsync,
        allow_remote=options.allow_remote,
        latency_ms=options.latency_ms,
    )
    try:
        return Network.open(config)
    except LogError as error:
        raise StartError(str(error)) from error
    except OSError as error:
        raise StartError(f"{options.data} can't be used ({error.strerror or error}).") from error


async def _serve(options) -> None:
    listener = _listen(options.host, options.port)
    host, port = listener.getsockname()[:2]
    base_url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    network = _open(options, base_url)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(make_app(network), access_log=None, shutdown_timeout=GOODBYE_SECONDS)
    try:
        await runner.setup()
        await web.SockSite(runner, listener, backlog=1024).start()
        print(f"The practice network is ready: {network.config.base_url}", flush=True)
        await stop.wait()
    finally:
        await runner.cleanup()
        network.close()


if __name__ == "__main__":
    sys.exit(main())
