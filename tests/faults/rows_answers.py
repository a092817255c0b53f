"""Rows 19 to 27: what a platform may answer, or not answer, and what it may show afterwards."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from posts.models import Attempt, Breaker, Delivery, Lane, SocialAccount
from tests.faults.processes import eventually
from tests.faults.registry import BOTH, POSTGRESQL, fault
from tests.faults.rows_dispatchers import all_published
from tests.faults.rows_killed import AFTERMATH
from tests.faults.world import DEADLINE, QUARANTINE, RECHECK, World

Status = Delivery.Status
LOOKED = AFTERMATH + 10.0
FEW = 4  # failures in a row that no breaker minds


def _send_through(world: World, *effects: tuple[str, dict], settle: float = LOOKED) -> list[Delivery]:
    """One post to an account of its own for each effect, until all is quiet."""
    world.publisher()
    made = []
    for number, (effect, details) in enumerate(effects, start=1):
        target = world.account()
        world.network.misbehave(target.handle, effect, **details)
        made += world.schedule(target)
        if number % FEW == 0 or number == len(effects):
            world.quiet(seconds=settle)
    return made


def _judged(world: World, **how: bool) -> None:
    world.stop_all()
    world.judge(**how)


def _calls(world: World) -> int:
    return len(world.network.requests())


@fault(19, "published, then hung up", seconds=60, quick=True)
def commit_then_drop(world: World) -> str:
    """The post is there and nobody was told: it is found by reading the account, and bound."""
    _send_through(world, ("accept_then_drop", {}), ("accept_then_drop", {}))
    _judged(world)
    all_published(world)
    assert _calls(world) == 2, "sent again"
    return "found and bound"


@fault(20, "hung up, then published", engines=POSTGRESQL, seconds=120)
def drop_then_commit(world: World) -> str:
    """Late, but within the quarantine: the look finds it. Seconds here stand for the plan's 30 and 90."""
    world.use_settings(HUB_QUARANTINE_SECONDS=5.0)
    _send_through(world, ("drop_then_commit", {"seconds": 1}), ("drop_then_commit", {"seconds": 4}))
    _judged(world)
    all_published(world)
    assert _calls(world) == 2, "sent again although it came within the quarantine"
    return "found, although it came late"


@fault(20, "published later than the quarantine", part="b", engines=POSTGRESQL, seconds=120)
def later_than_the_quarantine(world: World) -> str:
    """The documented limit: beyond the quarantine a platform with neither key nor container may get it twice.

    With a key that the platform honours, even then there is one post.
    """
    target = world.account()
    late = DEADLINE + QUARANTINE + RECHECK + 8
    world.network.misbehave(target.handle, "drop_then_commit", seconds=late)
    world.publisher()
    world.schedule(target)
    world.quiet(seconds=LOOKED)
    time.sleep(late)
    _judged(world)
    all_published(world)
    return "one post, by its key"


@fault(21, "500 after publishing, 502 storm, outage", engines=POSTGRESQL, seconds=150)
def errors_of_the_server(world: World) -> str:
    """No duplicate; the server's breaker opens, and lanes come back at a pace."""
    world.use_settings(HUB_RECHECK_SECONDS=8.0)  # looks go on for longer than the breaker is open
    targets = world.accounts(6)
    for target in targets[:2]:
        world.network.misbehave(target.handle, "error_after_accept", status=500)
    world.network.misbehave(None, "error_before", status=502, times=12)
    world.publisher()
    world.schedule_many(targets, 2)
    eventually(lambda: Breaker.objects.filter(openings__gt=0).exists(), "the breaker opens", seconds=40)
    world.network.behave()
    for _ in range(30):
        if not world.unsettled():
            break
        time.sleep(1)
        world.let_pass(10)
    world.quiet(seconds=LOOKED)
    _judged(world)
    all_published(world)
    return f"breaker opened, {_calls(world)} calls for {world.published()} posts"


@fault(22, "slow drip and endless headers", seconds=90)
def endless_answers(world: World) -> str:
    """The hard deadline closes the socket however the bytes come; then the post is found."""
    begun = time.monotonic()
    made = _send_through(
        world,
        ("slow_drip", {"seconds": 0.3, "total": 60}),
        ("endless_headers", {"seconds": 0.3, "total": 60}),
        ("hang", {"seconds": 30, "when": "after"}),
    )
    _judged(world)
    all_published(world)
    assert time.monotonic() - begun < 45
    told = Attempt.objects.filter(delivery__in=made, phase="publish")
    assert all(attempt.finished_at for attempt in told)
    return "closed by the deadline, found and bound"


@fault(23, "200 with a body that says nothing", seconds=90, quick=True)
def unreadable_answers(world: World) -> str:
    """Truncated, empty, HTML, another type, a missing and a wrong id: a doubt each, settled by looking."""
    effects = (
        "truncated_json",
        "cut_body",
        "empty_200",
        "html_200",
        "wrong_type",
        "missing_id",
        "redirect",
        "huge_body",
    )
    details = {"redirect": {"location": "http://127.0.0.1:9/", "when": "after"}}
    _send_through(world, *((effect, details.get(effect, {})) for effect in effects))
    _judged(world)
    all_published(world)
    assert _calls(world) == len(effects), "sent again"
    return f"{len(effects)} kinds, each found and bound"


@fault(23, "200 with the id of something else", part="b", engines=POSTGRESQL, seconds=60)
def wrong_id(world: World) -> str:
    """A well-formed answer with an id that is not the post's. The hub cannot know; it must not send again."""
    _send_through(world, ("wrong_id", {}))
    world.stop_all()
    from tests.faults import oracle

    facts, verdict = oracle.Facts.read(world), oracle.Verdict()
    oracle.every_delivery_has_an_end(facts, verdict)
    oracle.attempts_come_first(facts, verdict, exactly=True)
    oracle.counts_add_up(facts, verdict)
    world.verdict = verdict
    assert not verdict.problems, verdict.problems
    assert len(world.network.posts()) == 1, "not exactly one post"
    return "one post"


@fault(24, "429 with every kind of Retry-After", engines=POSTGRESQL, seconds=120)
def limits(world: World) -> str:
    """Far, past, missing, negative, a date, absurd: the lane rests as said, within bounds, and goes on."""
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=4), usegmt=True)
    past = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
    values = ("7", "0", None, "-30", soon, past, "86400000", "soon", "9" * 40)
    targets = world.accounts(len(values))
    for target, value in zip(targets, values, strict=True):
        world.network.misbehave(target.handle, "rate_limit", retry_after=value)
    world.publisher()
    made = [world.schedule(target)[0] for target in targets]
    eventually(
        lambda: Attempt.objects.filter(outcome="limited").count() == len(values),
        "all are limited",
        seconds=20,
    )
    rests = list(Lane.objects.filter(not_before__isnull=False).values_list("not_before", flat=True))
    longest = max(rests) - datetime.now(UTC)
    assert longest <= timedelta(hours=1.2), f"a lane would rest for {longest}"
    far = [
        lane
        for lane in Lane.objects.all()
        if lane.not_before and lane.not_before > datetime.now(UTC) + timedelta(minutes=10)
    ]
    world.let_pass(3700 * 1.2)
    world.quiet(seconds=30)
    _judged(world)
    all_published(world)
    assert not Delivery.objects.filter(pk__in=[d.pk for d in made], tries__gt=0).exists(), (
        "a limit cost a try"
    )
    return f"{len(values)} kinds, {far} cut to the longest rest"


@fault(25, "what the account shows is late, partial, shuffled, edited", engines=POSTGRESQL, seconds=150)
def untrue_listings(world: World) -> str:
    """Never bound to the wrong post: the right one, or a person is asked."""
    kinds = (
        {"invisible_for": 1.0}, {"order": "shuffled"}, {"edits": "both"}, {"show_keys": False},
        {"listing": "partial", "hidden_share": 1}, {"show_keys": False, "edits": "both", "order": "shuffled"},
        {"clock_skew": -5},
    )  # fmt: skip
    world.publisher()
    for few in (kinds[:4], kinds[4:]):  # not all at once, so that no breaker opens
        for traits in few:
            _with_neighbours(world, traits)
        world.quiet(seconds=LOOKED)
    _judged(world)
    told = world.statuses()
    assert set(told) <= {Status.PUBLISHED, Status.UNCONFIRMED}, told
    return f"{told}"


def _with_neighbours(world: World, traits: dict) -> None:
    """A post whose answer is lost, on an account that shows others as well and is like `traits`."""
    target = world.account()
    for number in range(3):
        text = f"Something else, number {number}, of {target.handle}"
        world.foreign.add(world.network.publish(world.token(target), text)["id"])
    world.network.traits(target.handle, **traits)
    world.network.misbehave(target.handle, "accept_then_drop")
    world.schedule(target)


@fault(25, "a neighbour that looks the same", part="b", engines=POSTGRESQL, seconds=90)
def twins(world: World) -> str:
    """Somebody posts the same words by hand while the hub's own call is in doubt. No key is shown."""
    target, text = world.account(), "Repair café this Saturday, ten to four"
    world.network.traits(target.handle, show_keys=False)
    world.network.misbehave(target.handle, "drop_before")
    world.publisher()
    world.schedule(target, text=text)
    eventually(lambda: Delivery.objects.filter(status=Status.UNCONFIRMED).exists(), "in doubt", seconds=15)
    world.foreign.add(world.network.publish(world.token(target), text + "!")["id"])
    world.quiet(seconds=LOOKED)
    _judged(world)
    delivery = Delivery.objects.get()
    assert delivery.external_id not in world.foreign, "bound to somebody else's post"
    return f"{delivery.status}"


@fault(26, "the key is ignored, forgotten, raced", engines=POSTGRESQL, seconds=120)
def keys(world: World) -> str:
    """Nothing relies on the platform's key: doubts are settled by looking, with and without it."""
    world.publisher()
    for keys_are in ("ignored", "forgotten", "racing"):
        for effect in ("accept_then_drop", "drop_before"):
            target = world.account()
            world.quiet(seconds=LOOKED)  # one after the other, so that no breaker opens
            world.network.traits(
                target.handle,
                keys=keys_are,
                **({"keys_forgotten_after": 0} if keys_are == "forgotten" else {}),
            )
            world.network.misbehave(target.handle, effect)
            world.schedule(target)
    world.quiet(seconds=LOOKED)
    _judged(world)
    all_published(world)
    return "one post each"


@fault(26, "refused as a duplicate", part="b", engines=POSTGRESQL, seconds=90)
def duplicate_filter(world: World) -> str:
    """A platform that refuses what somebody posted by hand: never bound to that, not sent over and over."""
    target = world.account()
    world.network.traits(target.handle, duplicates_refused_for=3600, keys="ignored")
    text = "The same words as last week"
    world.foreign.add(world.network.publish(world.token(target), text)["id"])
    world.publisher()
    world.schedule(target, text=text)
    world.quiet(seconds=LOOKED)
    _judged(world)
    delivery = Delivery.objects.get()
    assert delivery.status == Status.FAILED, f"{delivery.status}"
    assert delivery.attempts.count() == 1, "it was sent again"
    assert delivery.external_id not in world.foreign, "bound to an older post"
    return f"{delivery.status}: {delivery.message[:60]}"


@fault(27, "access ends in flight, refresh tokens rotate", engines=POSTGRESQL, seconds=120)
def access_ends(world: World) -> str:
    """Expired before and during a call: one refresh, its tokens kept, every post out once."""
    targets = [world.renewable_account() for _ in range(4)]
    for target in targets[:2]:
        world.network.expire(target.handle)
    for target in targets[2:]:
        world.network.misbehave(target.handle, "expire_in_flight", when="before")
    workers = [world.publisher() for _ in range(2)]
    world.schedule_many(targets, 3)
    world.quiet(seconds=LOOKED)
    assert all(worker.running for worker in workers)
    _judged(world)
    all_published(world)
    assert not SocialAccount.objects.filter(broken_at__isnull=False).exists(), "an account counts as broken"
    spent = [event for event in world.network.events() if event.get("action") == "spent"]
    assert len(spent) <= len(targets), f"{len(spent)} refresh tokens spent for {len(targets)} accounts"
    return f"{len(spent)} refreshes of {len(targets)} accounts, none lost"


@fault(27, "access revoked", part="b", engines=BOTH, seconds=90)
def access_revoked(world: World) -> str:
    """No refresh helps: the lane rests, people are told, and everything goes out after a new connection."""
    target = world.account()
    world.network.expire(target.handle)
    world.publisher()
    world.schedule_many([target], 2)
    eventually(
        lambda: Lane.objects.filter(paused_at__isnull=False).exists(), "the lane is paused", seconds=20
    )
    assert SocialAccount.objects.get(pk=target.pk).is_broken
    _reconnect(world, target)
    world.quiet(seconds=LOOKED)
    _judged(world)
    all_published(world)
    return "kept, and sent after the new connection"


def _reconnect(world: World, target: SocialAccount) -> None:
    from chapters.events import SYSTEM
    from posts import accounts
    from posts.platforms.base import Connection, Profile

    given = world.network.open_account(target.handle)
    world.tokens.add(given["token"])
    profile = Profile(target.external_id, target.handle, target.display_name)
    accounts.connect(
        chapter=world.chapter, by=SYSTEM, platform="sandbox", host="",
        connection=Connection(profile, {"access_token": given["token"]}),
    )  # fmt: skip
