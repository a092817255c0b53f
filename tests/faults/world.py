"""One row's world: a fresh database, its own practice network, and the hub's processes around them."""

from __future__ import annotations

import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from chapters.events import SYSTEM, Actor
from chapters.models import Chapter, User
from posts import accounts, composing, workflow
from posts.models import Attempt, Breaker, Delivery, DrainSlot, Lane, Post, SocialAccount, Target
from posts.platforms import registry as adapters
from posts.platforms.base import Connection, Profile
from posts.publishing import queue
from posts.publishing.drain import Drain
from tests.faults import oracle, processes, servers
from tests.faults.network import Network
from tests.faults.processes import Process, eventually
from tests.support import servers as support

CELERY = ["-m", "celery", "-A", "hubsite", "--quiet"]
LEASE, DEADLINE, QUARANTINE, RECHECK = 6.0, 1.5, 2.0, 1.0  # seconds
SHORT = {
    "HUB_LEASE_SECONDS": LEASE, "HUB_SEND_DEADLINE_SECONDS": DEADLINE, "HUB_QUARANTINE_SECONDS": QUARANTINE,
    "HUB_RECHECK_SECONDS": RECHECK, "HUB_DRAINS": 2, "HUB_SENDERS": 8,
}  # fmt: skip
ROOT = Path(__file__).resolve().parents[2]
_numbers = count(1)

Status = Delivery.Status


class World:
    """What a row works with. `session` lends the engine, everything else is the row's own."""

    def __init__(self, session, row, folder: Path) -> None:
        self.session, self.row, self.folder = session, row, folder
        self.folder.mkdir()
        self.data = folder / "data"
        self.data.mkdir()
        self.options = session.options
        self.processes: list[Process] = []
        self.scheduled: set[str] = set()
        self.foreign: set[str] = set()
        self.tokens: set[str] = set()
        self.redis: support.Redis | None = None
        self.verdict: oracle.Verdict | None = None
        self._undo: list[Callable[[], object]] = []
        self.env: dict[str, str] = {}
        self.network = Network(folder / "network")
        self.use_database(session.new_database(row))
        self.use_settings(**SHORT, DATA_DIR=self.data, BROKER_DIR=self.data / "broker")
        self.reach_network_at(self.network.url)
        self.chapter = Chapter.objects.get(slug="porto")
        self.author = User.objects.get(name="Alba")

    @property
    def engine(self) -> str:
        return self.session.engine

    # ---- where things are

    def use_database(self, url: str) -> None:
        """From now on this process and those it starts use the database at `url`."""
        self.database_url = url
        point_at(url)

    def use_settings(self, **values: Any) -> None:
        """Change settings for this row, here and in what is started from now on."""
        for name, value in values.items():
            before = getattr(settings, name, None)
            self._undo.append(lambda name=name, before=before: setattr(settings, name, before))
            setattr(settings, name, value)
            if name.startswith("HUB_"):
                self.env[name] = str(value)

    def reach_network_at(self, url: str) -> None:
        """Where the hub believes the practice network to be: a proxy in front of it, say."""
        self.use_settings(SANDBOX_URL=url)
        self.env["SANDBOX_URL"] = url
        adapters.load({"allow_loopback": True, "sandbox_url": url})

    def use_redis(self, *options: str) -> support.Redis:
        """A Redis of this row, as broker of the workers that are started from now on."""
        self.redis = support.Redis.start(self.folder / "redis", options=options)
        self.env["REDIS_URL"] = self.redis.url
        return self.redis

    def environment(self, **more: str) -> dict[str, str]:
        """What a process started from nothing needs to see."""
        return os.environ | {
            "DATABASE_URL": self.database_url, "HUB_DATA": str(self.data), "LOG_FORMAT": "json",
            "MEDIA_ROOT": str(settings.MEDIA_ROOT), "PYTHONPATH": str(ROOT),
            **self.env, **more,
        }  # fmt: skip

    def log(self, name: str) -> Path:
        return self.folder / f"{name}-{len(self.processes)}.log"

    # ---- processes

    def fork(self, run: Callable[[], object], name: str = "child") -> Process:
        """Run `run` in a process forked from this warm one."""
        self.processes.append(processes.fork(run, self.log(name)))
        return self.processes[-1]

    def start(self, command: list[str], name: str, *, cwd: Path = ROOT, **more: str) -> Process:
        """Start Python from nothing with `command`."""
        self.processes.append(processes.start(command, self.environment(**more), self.log(name), cwd=cwd))
        return self.processes[-1]

    def publisher(self, plant: Callable[[], object] | None = None) -> Process:
        """`manage.py publish --forever`, forked. `plant` runs first, there, and may change the code."""

        def run() -> None:
            if plant is not None:
                plant()
            call_command("publish", "--forever")

        return self.fork(run, "publisher")

    def worker(self, **more: str) -> Process:
        """A Celery worker as in production."""
        command = [*CELERY, "worker", "--pool", "threads", "--queues", "publish,default", "--loglevel"]
        return self.start([*command, "INFO", "--without-gossip", "--without-mingle"], "worker", **more)

    def beat(self) -> Process:
        return self.start([*CELERY, "beat", "--pidfile=", "--schedule", str(self.data / "beat")], "beat")

    def wake(self, *, times: int = 1) -> None:
        """Send the wake-up that a page sends, `times` times."""
        from celery import Celery

        with Celery("faults", broker=self.redis.url) as app:
            for _ in range(times):
                app.send_task("posts.drain", queue="publish", expires=60)

    def once(self, run: Callable[[], object], name: str = "once", *, seconds: float = 30) -> Process:
        """Run `run` in a forked process to its end. AssertionError where it fails."""
        child = self.fork(run, name)
        code = child.wait(seconds)
        if code:
            raise AssertionError(f"{name} ended with {code}:\n{child.said()[-1500:]}")
        self.processes.remove(child)
        return child

    def drain(self) -> None:
        """One look: send what is due, and settle what an earlier worker left."""
        self.once(lambda: Drain().run_due(), "drain")

    # ---- what is there to send

    def account(self) -> SocialAccount:
        """A new account on the practice network, connected to the chapter."""
        given = self.network.open_account(f"account-{next(_numbers)}")
        return self._connect(given, {"access_token": given["token"]})

    def renewable_account(self, *, grace: float = 600) -> SocialAccount:
        """One with a refresh token; a spent one still works for `grace` seconds."""
        given = self.network.open_account(f"account-{next(_numbers)}")
        self.network.traits(given["handle"], refresh_grace=grace)
        pair = self.network.admin("POST", "tokens/issue", json={"account": given["handle"]})
        return self._connect(given, {name: pair[name] for name in ("access_token", "refresh_token")})

    def _connect(self, given: dict[str, Any], tokens: dict[str, str]) -> SocialAccount:
        self.tokens.update(tokens.values())
        return accounts.connect(
            chapter=self.chapter, by=SYSTEM, platform="sandbox", host="",
            connection=Connection(Profile(given["id"], given["handle"], given["name"]), tokens),
        )  # fmt: skip

    def accounts(self, number: int) -> list[SocialAccount]:
        return [self.account() for _ in range(number)]

    def token(self, account: SocialAccount) -> str:
        """The account's access token in the clear, to act on the platform as its owner."""
        from posts import credentials

        return credentials.load(account).tokens["access_token"]

    def draft(self, *targets: SocialAccount, text: str = "", pictures: Iterable[Any] = ()) -> Post:
        by = Actor.person(self.author)
        words = text or f"Repair café number {next(_numbers)} opens its doors"
        draft = composing.Draft(words, targets={a.pk: None for a in targets}, pictures=tuple(pictures))
        return composing.create(chapter=self.chapter, by=by, form_key=uuid.uuid4(), draft=draft)

    def picture(self) -> Any:
        """A stored picture, to be given to `draft`."""
        from posts import media_store
        from tests.support.posts import image_file

        file = image_file()
        stored = media_store.store(file, size=len(file.getvalue()), chapter=self.chapter, by=self.author)
        return composing.Picture(str(stored.uid), "A teal toaster")

    def schedule(
        self,
        *targets: SocialAccount,
        at: datetime | None = None,
        text: str = "",
        pictures: Iterable[Any] = (),
    ) -> list[Delivery]:
        """One post by the real verbs, due now or at `at`; its deliveries."""
        post = self.draft(*targets, text=text, pictures=pictures)
        post = workflow.schedule(post=post, at=at or timezone.now(), by=Actor.person(self.author))
        made = list(post.deliveries.order_by("id"))
        self.scheduled.update(delivery.uid.hex for delivery in made)
        return made

    def schedule_many(
        self, targets: list[SocialAccount], each: int, *, at: datetime | None = None, apart: float = 0.0
    ) -> None:
        """`each` posts for each of `targets`, due `apart` seconds one after the other.

        The first goes through the verbs; the others are copies of its rows.
        """
        with transaction.atomic():  # nobody sends the first before the others are there
            model = self.schedule(targets[0], at=at)[0]
            made = [
                _copy(model, account, model.due_at + timedelta(seconds=apart * n))
                for n in range(each) for account in targets if n or account != targets[0]
            ]  # fmt: skip
            Post.objects.bulk_create([post for post, _, _ in made], batch_size=500)
            Target.objects.bulk_create([target for _, target, _ in made], batch_size=500)
            Delivery.objects.bulk_create([delivery for _, _, delivery in made], batch_size=500)
            queue.retime(account.pk for account in targets)
        self.scheduled.update(delivery.uid.hex for _, _, delivery in made)

    # ---- waiting and judging

    def unsettled(self) -> int:
        """How many deliveries still have something before them that needs no person."""
        waiting = Delivery.objects.filter(status__in=[Status.PENDING, Status.SENDING]).count()
        looked_for = Delivery.objects.filter(status=Status.UNCONFIRMED, checking_until__isnull=False).count()
        return waiting + looked_for

    def quiet(self, *, seconds: float = 30) -> float:
        """Wait until nothing is left to do; the seconds it took."""
        return eventually(lambda: self.unsettled() == 0, "everything settled", seconds=seconds, every=0.1)

    def published(self) -> int:
        return Delivery.objects.filter(status=Status.PUBLISHED).count()

    def statuses(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for status in Delivery.objects.values_list("status", flat=True):
            found[status] = found.get(status, 0) + 1
        return found

    def lags(self, targets: Iterable[SocialAccount] | None = None) -> list[float]:
        """Seconds from due to accepted, by the platform's clock, in ascending order."""
        posts = {post["idempotency_key"]: post for post in self.network.posts()}
        deliveries = Delivery.objects.filter(status=Status.PUBLISHED)
        if targets is not None:
            deliveries = deliveries.filter(account__in=list(targets))
        return sorted(
            (datetime.fromisoformat(posts[d.uid.hex]["received_at"]) - d.due_at).total_seconds()
            for d in deliveries if d.uid.hex in posts
        )  # fmt: skip

    def let_pass(self, seconds: float) -> None:
        """Let time pass at once: every moment that the engine waits for comes `seconds` nearer."""
        let_pass(seconds)

    def stop_all(self) -> None:
        """End this row's processes in an orderly way."""
        for process in self.processes:
            process.end()

    def judge(self, **how: bool) -> oracle.Verdict:
        """Ask the oracle; AssertionError with what does not hold."""
        self.verdict = oracle.judge(self, **how)
        if self.verdict.problems:
            more = len(self.verdict.problems) - 5
            told = "; ".join(self.verdict.problems[:5]) + (f"; and {more} more" if more > 0 else "")
            raise AssertionError(told)
        return self.verdict

    def places_to_search(self) -> list[Path]:
        """Where no token may stand: logs, what is in the broker, the journal."""
        self._dump_redis()
        places = [*self.folder.glob("*.log"), *self.folder.glob("*.dump"), *self.data.rglob("*")]
        return [place for place in places if place.is_file() and place != self.network.log]

    def _dump_redis(self) -> None:
        import redis

        if self.redis is None or not self.redis.answers():
            return
        with redis.Redis.from_url(self.redis.url) as client:
            dumps = [client.dump(key) or b"" for key in client.scan_iter()]
        (self.folder / "redis.dump").write_bytes(b"\n".join(dumps))

    def said(self, last: int = 1500) -> str:
        """The end of what each process said, for a failed row."""
        texts = [f"--- {p.log.name} ({p.poll()})\n{p.said()[-last:]}" for p in self.processes if p.said()]
        return "\n".join(texts)

    def close(self) -> None:
        for process in self.processes:
            process.thaw()
            process.kill()
        if self.redis is not None:
            self.redis.stop()
        self.network.stop()
        connection.close()
        for undo in reversed(self._undo):
            undo()
        self.session.forget_database(self)
        if not self.options.keep:
            shutil.rmtree(self.folder, ignore_errors=True)


def point_at(url: str) -> None:
    """Let Django's connection in this process use another database of the same engine."""
    connection.close()
    if url.startswith("sqlite"):
        connection.settings_dict["NAME"] = url.removeprefix("sqlite:///")
    else:
        connection.settings_dict.update(servers.parts(url))


def let_pass(seconds: float) -> None:
    """See `World.let_pass`. Only moments that somebody waits for; what has happened keeps its time."""
    by = timedelta(seconds=seconds)
    waiting = [Status.PENDING, Status.SENDING, Status.UNCONFIRMED]
    _shift(Lane.objects.all(), by, "next_due_at", "lease_until", "not_before", "breaker_until", "refresh_at")
    _shift(DrainSlot.objects.all(), by, "lease_until")
    _shift(Breaker.objects.all(), by, "open_until", "retries_at")
    _shift(Delivery.objects.filter(status__in=waiting), by, "next_attempt_at", "check_at", "checking_until")
    _shift(Attempt.objects.filter(outcome=None), by, "started_at", "send_deadline")


def _shift(rows: QuerySet, by: timedelta, *names: str) -> None:
    rows.update(**{name: F(name) - by for name in names})


def _copy(model: Delivery, account: SocialAccount, at: datetime) -> tuple[Post, Target, Delivery]:
    """New rows like those of `model`'s post, for another account and time, with a text of their own."""
    text = f"Market day {next(_numbers)}"
    origin = (
        Post.objects.get(pk=model.post_id) if model._state.fields_cache.get("post") is None else model.post
    )
    post = _row_like(origin, uid=uuid.uuid4(), form_key=uuid.uuid4(), text=text, planned_at=at)
    target = Target(chapter_id=post.chapter_id, post=post, account=account)
    grace = model.late_after - model.due_at
    delivery = _row_like(
        model, uid=uuid.uuid4(), post=post, account=account, due_at=at, late_after=at + grace,
        payload={**model.payload, "text": text}, next_attempt_at=None,
    )  # fmt: skip
    return post, target, delivery


def _row_like(row: Any, **changes: Any) -> Any:
    names = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
    values = {name: getattr(row, name) for name in names}
    made = type(row)(
        **{name: value for name, value in values.items() if name.removesuffix("_id") not in changes}
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """AssertionError in this thread once `seconds` are over."""
    import signal

    def ring(*_: object) -> None:
        raise AssertionError(f"still running after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def measured(run: Callable[[], object]) -> float:
    """Seconds that `run` takes."""
    begun = time.monotonic()
    run()
    return time.monotonic() - begun
