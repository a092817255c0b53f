"""Row 18: the platform's machine refuses, resets, or swallows what it is sent."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from posts.models import Attempt, Delivery
from tests.faults.registry import NotHere, fault
from tests.faults.rows_dispatchers import all_published
from tests.faults.rows_killed import AFTERMATH
from tests.faults.world import World
from tests.support import servers as support
from tests.support.proxy import Proxy

Status = Delivery.Status
LONGEST_WAIT = 35.0  # seconds between two tries


def _outcomes() -> set[str | None]:
    return set(Attempt.objects.filter(phase="publish").values_list("outcome", flat=True))


@fault(18, "connection refused", seconds=90)
def refused(world: World) -> str:
    """Provably not sent: tried again within the grace, published when the server is back."""
    world.reach_network_at(f"http://127.0.0.1:{support.free_port()}")
    world.publisher()
    world.schedule_many(world.accounts(2), 1)
    time.sleep(4)
    assert _outcomes() <= {"not_sent", None}, f"classified as {_outcomes()}"
    _reach_again(world)
    return "not sent, then published"


def _reach_again(world: World) -> None:
    """The server is back; workers learn addresses at their start."""
    world.stop_all()
    world.reach_network_at(world.network.url)
    world.publisher()
    world.quiet(seconds=AFTERMATH + LONGEST_WAIT)
    world.stop_all()
    world.judge()
    all_published(world)


@fault(18, "reset after the request", part="b", seconds=90)
def reset(world: World) -> str:
    """Nobody knows: the account is looked at, and what is not there is sent again."""
    with Proxy(("127.0.0.1", world.network.port)) as proxy:
        proxy.on("POST", "/api/posts", lambda exchange: exchange.hang_up(reset=True), times=1)
        world.reach_network_at(proxy.url)
        world.publisher()
        world.schedule(world.account())
        world.quiet(seconds=AFTERMATH + LONGEST_WAIT)
        world.stop_all()
        world.judge()
        all_published(world)
        assert Attempt.objects.filter(outcome="not_published").count() == 1, (
            "the doubt was not settled by looking"
        )
    return "unknown, looked for, sent again"


@contextmanager
def _swallowed(port: int) -> Iterator[None]:
    """The kernel drops what is sent to `port` of this machine."""
    nft = shutil.which("nft") or "/usr/sbin/nft"
    table = f"faults_{port}"
    chain = f"chain input {{\ntype filter hook input priority 0\ntcp dport {port} drop\n}}"
    rules = f"table ip {table} {{\n{chain}\n}}\n"
    try:
        subprocess.run([nft, "-f", "-"], input=rules, text=True, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotHere("no rule of the kernel may drop packets (needs root and nft)") from error
    try:
        yield
    finally:
        subprocess.run([nft, "delete", "table", "ip", table], check=True, capture_output=True)


@fault(18, "black hole", part="c", seconds=120)
def black_hole(world: World) -> str:
    """Nothing comes back, not even a refusal: before a connection not sent, on an open one unknown."""
    with Proxy(("127.0.0.1", world.network.port)) as proxy:
        target = world.account()
        world.reach_network_at(proxy.url)
        world.publisher()
        world.schedule(target)
        world.quiet(seconds=20)
        with _swallowed(proxy.port):
            world.schedule(target, world.account())
            time.sleep(5)
        world.quiet(seconds=AFTERMATH + LONGEST_WAIT)
        world.stop_all()
        world.judge()
        all_published(world)
    return f"outcomes {', '.join(sorted(map(str, _outcomes())))}"
