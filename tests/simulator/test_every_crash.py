"""A worker dies at every step of every story, and its successor at every step of the recovery."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from posts.platforms.base import Listing
from tests.simulator import people
from tests.simulator.oracle import posts_of
from tests.simulator.platform import Fault, Tier
from tests.simulator.world import World

PLAIN = Tier()


@dataclass(frozen=True)
class Story:
    """What happens, and how many points and pairs of points a worker can die at while it does."""

    name: str
    points: int
    pairs: int
    tier: Tier = PLAIN
    faults: tuple[Fault, ...] = ()
    media: int = 0
    posts: int = 1
    published: bool = True
    prepare: Callable[[World], None] = lambda world: None


def expired(world: World) -> None:
    world.platform.expire(1)


def database_away_at_finish(world: World) -> None:
    world.database_faults = ["none", "none", "away", "away"]


def database_mute_at_finish(world: World) -> None:
    world.database_faults = ["none", "none", "lost reply"]


def database_mute_at_begin(world: World) -> None:
    world.database_faults = ["none", "lost reply"]


LOST = (Fault("lost answer"),)
HONOURED, RECORD = Tier(key="honoured"), Tier(key="honoured", shows_key=True)

STORIES = [
    Story("text", 13, 205),
    Story("text under a record key", 13, 205, tier=RECORD),
    Story("with pictures", 19, 349, media=2),
    Story("two posts in order", 26, 509, posts=2),
    Story("lost answer, key ignored", 26, 487, faults=LOST),
    Story("lost answer, key honoured", 26, 487, faults=LOST, tier=HONOURED),
    Story("lost answer, record key", 26, 487, faults=LOST, tier=RECORD),
    Story("lost answer, platform's clock behind", 26, 487, faults=LOST, tier=Tier(skew=-30.0)),
    Story("lost answer, links shortened", 26, 487, faults=LOST, tier=Tier(shortens_links=True)),
    Story("lost answer, list partial", 39, 872, faults=LOST, tier=Tier(listing=Listing.PARTIAL)),
    Story("lost answer, no list", 13, 115, faults=LOST, tier=Tier(listing=Listing.NONE)),
    Story("late, key ignored", 26, 487, faults=(Fault("late", 100.0),)),
    Story("late, key honoured", 26, 487, faults=(Fault("late", 100.0),), tier=HONOURED),
    Story("500 and nothing published", 45, 1290, faults=(Fault("500 before"),)),
    Story("connection refused", 26, 563, faults=(Fault("refused connection"),)),
    Story("limited", 26, 563, faults=(Fault("limited", 40.0),)),
    Story("refused", 13, 243, tier=Tier(refuses=True), published=False),
    Story("duplicate said of a post that is out", 26, 487, faults=LOST, tier=Tier(refuses_duplicates=True)),
    Story("our own code fails in the call", 26, 487, faults=(Fault("fault after"),)),
    Story("access ran out", 25, 625, prepare=expired),
    Story("access ran out and cannot be renewed", 13, 635, prepare=expired, tier=Tier(refreshable=False)),
    Story("database away at finish", 15, 241, prepare=database_away_at_finish),
    Story("database mute at finish", 14, 219, prepare=database_mute_at_finish),
    Story("database mute at begin", 15, 263, prepare=database_mute_at_begin),
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_every_crash_and_every_pair_of_crashes_leaves_each_post_out_once(story: Story):
    points = _run(story)
    pairs = 0
    for first in range(1, points + 1):
        steps = _run(story, first)
        for second in range(first + 1, steps + 1):
            _run(story, first, second)
            pairs += 1

    print(f"{story.name}: {points} points, {pairs} pairs")
    assert (points, pairs) == (story.points, story.pairs)


def _run(story: Story, *crashes: int) -> int:
    """The story with workers that die after these steps. Returns how many steps it took until quiet."""
    world = World(story.tier)
    world.hire()
    for number in range(story.posts):
        people.schedule(
            world, accounts=(1,), text=f"No {number}, https://chapter.example/a/long/way", media=story.media,
            seconds=number,
        )  # fmt: skip
    world.platform.faults.extend(story.faults)
    story.prepare(world)
    steps = len(world.run_to_quiet(crashes=frozenset(crashes)))
    world.oracle.at_rest(world)
    world.heal()
    world.run_to_quiet()
    world.let_people_settle()
    _judge(story, world, crashes)
    return steps


def _judge(story: Story, world: World, crashes: tuple[int, ...]) -> None:
    out = posts_of(world.platform)
    for delivery in world.store.deliveries.values():
        found = (delivery.status, len(out.get(delivery.id, ())))
        assert found == (("published", 1) if story.published else ("failed", 0)), (crashes, delivery)
