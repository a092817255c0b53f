"""Where the promise ends, exactly as docs/publishing.md says, and what follows there."""

from __future__ import annotations

import pytest

from posts.platforms.base import Listing
from posts.publishing.decide import Timing
from tests.simulator import people
from tests.simulator.ledger import DEADLINE, START_WITHIN
from tests.simulator.oracle import Broken, posts_of
from tests.simulator.platform import Fault, Platform, Tier
from tests.simulator.store import Attempt, IntegrityError
from tests.simulator.world import World

SENT_BY = START_WITHIN + DEADLINE  # seconds from the begin: the last moment to send
QUARANTINE_OVER = SENT_BY + Timing().quarantine  # the first look
SECOND_LOOK = QUARANTINE_OVER + Timing().recheck


def outcome(tier: Tier, *faults: Fault, stale: float = 0.0, resend: bool = True) -> tuple[str, int]:
    """What becomes of one post: its status at rest, and how often it is out."""
    world = World(tier)
    world.store.accounts[1].resend = resend
    world.platform.stale = stale
    world.platform.faults.extend(faults)
    people.schedule(world, accounts=(1,), text="Market day")
    world.hire()
    world.run_to_quiet()
    world.oracle.at_rest(world)
    return world.store.deliveries[1].status, len(posts_of(world.platform).get(1, ()))


def late(seconds: float) -> Fault:
    return Fault("late", seconds)


@pytest.mark.parametrize("key", ["ignored", "honoured", "forgotten"])
@pytest.mark.parametrize("skew", [-30.0, 0.0, 30.0])
def test_what_becomes_public_within_the_quarantine_is_found(key, skew):
    for seconds in (0.0, SENT_BY, QUARANTINE_OVER - 1):
        assert outcome(Tier(key=key, skew=skew), late(seconds)) == ("published", 1)


def test_what_becomes_public_between_the_looks_is_found_or_asks_a_person_but_is_not_sent_again():
    assert outcome(Tier(), late(QUARANTINE_OVER + 10)) == ("published", 1)
    assert outcome(Tier(), late(SECOND_LOOK - 5)) == ("unconfirmed", 1)


def test_what_becomes_public_after_both_looks_is_out_twice_where_no_key_is_kept():
    """The limit: two writes, on a platform with neither key nor container."""
    assert outcome(Tier(), late(SECOND_LOOK + 60)) == ("published", 2)


def test_key_keeps_even_that_from_being_out_twice():
    assert outcome(Tier(key="honoured"), late(SECOND_LOOK + 60)) == ("published", 1)
    assert outcome(Tier(key="forgotten"), late(SECOND_LOOK + 60)) == ("published", 1)


def test_switch_that_forbids_sending_again_keeps_it_from_being_out_twice():
    assert outcome(Tier(), late(SECOND_LOOK + 60), resend=False) == ("unconfirmed", 1)


@pytest.mark.parametrize("listing", [Listing.PARTIAL, Listing.NONE])
def test_account_that_proves_no_absence_asks_a_person_and_is_never_out_twice(listing):
    assert outcome(Tier(listing=listing), late(SECOND_LOOK + 60)) == ("unconfirmed", 1)
    assert outcome(Tier(listing=listing), Fault("500 before")) == ("unconfirmed", 0)


def test_list_that_hides_it_from_one_look_does_no_harm_and_from_both_makes_it_out_twice():
    assert outcome(Tier(), Fault("lost answer"), stale=QUARANTINE_OVER + 30) == ("published", 1)
    assert outcome(Tier(), Fault("lost answer"), stale=SECOND_LOOK + 30) == ("published", 2)


@pytest.mark.parametrize(
    ("frozen", "expected"), [(QUARANTINE_OVER - 1, ("published", 1)), (SECOND_LOOK + 60, ("published", 2))]
)
def test_worker_frozen_between_its_last_check_and_the_send(frozen, expected):
    world = World(Tier())
    people.schedule(world, accounts=(1,), text="Market day")
    sleeper = world.hire()
    while world.step(sleeper) != "send publish: guard passed":
        pass
    sleeper.frozen = True
    world.hire()
    world.work_until(frozen)
    sleeper.frozen = False
    world.run_to_quiet()

    world.oracle.at_rest(world)
    assert (world.store.deliveries[1].status, len(posts_of(world.platform)[1])) == expected


def test_worker_frozen_before_its_last_check_sends_nothing():
    world = World(Tier())
    people.schedule(world, accounts=(1,), text="Market day")
    sleeper = world.hire()
    while world.step(sleeper) != "begin: after commit":
        pass
    world.advance(START_WITHIN + 1)
    sent = world.oracle.writes
    while world.step(sleeper) != "finish publish: after commit":
        pass

    assert (sent, world.oracle.writes) == (0, 0)


def test_worker_that_lost_its_lane_writes_nothing_even_before_the_next_one_settles_it():
    world = World(Tier())
    world.platform.faults.append(Fault("limited", 5.0))
    people.schedule(world, accounts=(1,), text="Market day")
    sleeper = world.hire()
    while world.step(sleeper) != "finish publish: before commit":
        pass
    world.advance(61.0)
    successor = world.hire()
    while world.step(successor) != "abandon: before commit":
        pass

    assert world.step(sleeper) == "finish publish: after commit"

    assert (world.store.deliveries[1].status, world.store.attempts[1].is_open) == ("sending", True)


# ---- the simulator itself can fail


def test_store_refuses_a_second_open_publish_attempt():
    world = World()
    people.schedule(world, accounts=(1,), text="Market day")
    now = world.clock.now
    two = {number: Attempt(number, 1, "publish", 1, now, now) for number in (1, 2)}
    with pytest.raises(IntegrityError), world.store.transaction() as store:
        store.attempts.update(two)

    assert world.store.attempts == {}


def test_oracle_sees_a_post_that_is_out_twice():
    world = World()
    people.schedule(world, accounts=(1,), text="Market day")
    world.hire()
    world.run_to_quiet()
    platform: Platform = world.platform
    platform.posts.append(platform.posts[0])

    with pytest.raises(Broken, match="out 2 times"):
        world.oracle.after_step(world)


def test_oracle_sees_a_post_that_is_not_there():
    world = World()
    people.schedule(world, accounts=(1,), text="Market day")
    world.hire()
    world.run_to_quiet()
    world.platform.posts.clear()

    with pytest.raises(Broken, match="is not there"):
        world.oracle.after_step(world)
