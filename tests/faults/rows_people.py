"""Rows 30 and 31: people who change their mind while it is being sent, and forms that arrive twice."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from functools import partial

from django.utils import timezone

from chapters.events import SYSTEM, Actor
from chapters.models import Chapter, Membership
from posts import accounts, workflow
from posts.models import Delivery, Post, SocialAccount
from posts.problems import Refused
from tests.faults import plants
from tests.faults.processes import eventually
from tests.faults.registry import fault
from tests.faults.rows_killed import AFTERMATH
from tests.faults.world import World

Status = Delivery.Status


def _cancel(world: World, post: Post) -> None:
    workflow.unschedule(post=post, by=Actor.person(world.author))


def _edit(world: World, post: Post) -> None:
    workflow.reopen(post=post, by=Actor.person(world.author))


def _disconnect(world: World, post: Post) -> None:
    SocialAccount.objects.filter(deliveries__post=post).update(disconnected_at=timezone.now())


def _pause(world: World, post: Post) -> None:
    accounts.pause(account=post.deliveries.get().account, reason="Storm", by=SYSTEM)


def _tighten(world: World, post: Post) -> None:
    """Somebody lets the chapter have everything approved: the approval no longer binds."""
    Chapter.objects.filter(pk=world.chapter.pk).update(review_rule=Chapter.ReviewRule.REQUIRED)


def _leave(world: World, post: Post) -> None:
    """The author leaves: that never stops a post."""
    Membership.objects.filter(user=world.author).delete()


CHANGES = {"cancel": _cancel, "edit": _edit, "disconnect": _disconnect, "pause": _pause, "tighten": _tighten,
           "leave": _leave}  # fmt: skip
MOMENTS: dict[str, Callable[[Callable], None]] = {
    "claim": partial(plants.before_sql, plants.CLAIM),
    "ledger": partial(plants.before_sql, plants.LEDGER),
    "send": plants.before_publish,
    "answer": plants.before_answer,
    "finish": partial(plants.before_sql, plants.FINISH),
}


@fault(30, "people change their mind at every moment", seconds=240)
def change_of_mind(world: World) -> str:
    """Each change meets a worker that stands at each step. It wins or loses visibly, never both."""
    wins = 0
    for moment, point in MOMENTS.items():
        for name, change in CHANGES.items():
            wins += _interleave(world, f"{moment}-{name}", point, change)
            _as_before(world)
    world.stop_all()
    world.judge()
    return f"{len(MOMENTS) * len(CHANGES)} meetings, the change came first {wins} times"


def _interleave(world: World, name: str, point: Callable, change: Callable) -> bool:
    """One meeting. Returns whether the post did not go out."""
    delivery = world.schedule(world.account())[0]
    post = delivery.post
    marker, go = world.folder / f"{name}-reached", world.folder / f"{name}-go"
    worker = world.publisher(lambda: point(plants.wait(marker, go, seconds=20)))
    eventually(marker.exists, f"{name}: the worker stands there", seconds=15)
    lost = _changed(world, post, change, go)
    go.touch()
    eventually(lambda: _ended(delivery), f"{name}: it comes to an end", seconds=AFTERMATH)
    worker.end()
    world.processes.remove(worker)
    out = any(made["idempotency_key"] == delivery.uid.hex for made in world.network.posts())
    there = Delivery.objects.filter(pk=delivery.pk).first()
    if there is None:  # taken off the schedule before anything was tried
        assert not lost, f"{name}: told that it was too late, and yet gone"
        assert not out, f"{name}: cancelled, and yet published"
        world.scheduled.discard(delivery.uid.hex)
    elif there.status == Status.PENDING:  # held back by the pause alone
        world.scheduled.discard(delivery.uid.hex)
        assert not out, f"{name}: waiting, and yet published"
        there.delete()
    return not out


def _changed(world: World, post: Post, change: Callable, go) -> bool:
    """Make the change while the worker stands still. True where it was refused.

    Where the worker holds the row's lock the change waits for it, so it is made by somebody else.
    """

    def make() -> None:
        try:
            change(world, Post.objects.select_related("chapter").get(pk=post.pk))
        except Refused:
            raise SystemExit(3) from None

    child = world.fork(make, "person")
    end = time.monotonic() + 1.0
    while child.running and time.monotonic() < end:
        time.sleep(0.02)
    go.touch()
    code = child.wait(25)
    world.processes.remove(child)
    assert code in (0, 3), f"the change ended with {code}:\n{child.said()[-1000:]}"
    return code == 3


def _ended(delivery: Delivery) -> bool:
    there = Delivery.objects.select_related("account__lane").filter(pk=delivery.pk).first()
    if there is None or (there.account.lane.paused_at is not None and there.status == Status.PENDING):
        return True
    waits = there.status in {Status.PENDING, Status.SENDING}
    return not waits and not (there.status == Status.UNCONFIRMED and there.checking_until)


def _as_before(world: World) -> None:
    Chapter.objects.filter(pk=world.chapter.pk).update(review_rule=Chapter.ReviewRule.OPTIONAL)
    Membership.objects.get_or_create(user=world.author, chapter=world.chapter, defaults={"role": "author"})


@fault(31, "the form arrives twice", seconds=90)
def double_click(world: World) -> str:
    """Double click, a retried form, the back button: over HTTP, at once and later. One post, one delivery."""
    target = world.account()
    world.publisher()
    for together in (2, 4):
        key = str(uuid.uuid4())
        children = [
            world.fork(lambda key=key: _submit(world, target, key), "browser") for _ in range(together)
        ]
        for child in children:
            code = child.wait(40)
            assert code == 0, f"a page failed:\n{child.said()[-1500:]}"
        world.once(lambda key=key: _submit(world, target, key), "back")
    for delivery in Delivery.objects.all():
        world.scheduled.add(delivery.uid.hex)
    world.quiet(seconds=30)
    world.stop_all()
    world.judge()
    assert Post.objects.count() == 2, f"{Post.objects.count()} posts of two forms"
    assert world.published() == 2, f"{world.published()} deliveries of two forms"
    return "two forms, sent eight times: two posts"


def _submit(world: World, target: SocialAccount, key: str) -> None:
    """What a browser sends when somebody writes a post and publishes it at once."""
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(world.author, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.post(
        f"/c/{world.chapter.slug}/posts/new/",
        {"form_key": key, "text": f"Written once {key}", "targets": [target.pk], "do": "publish"},
    )
    assert answer.status_code == 302, f"{answer.status_code}: {answer.content[-1500:]}"
