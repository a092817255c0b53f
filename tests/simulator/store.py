"""The rows of the engine in memory, with transactions and the constraints that the database has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from posts.publishing import decide
from posts.publishing.decide import Change, Waiting
from posts.publishing.rollup import rollup


class IntegrityError(Exception):
    """A transaction would have left rows that the database forbids."""


@dataclass
class Account:
    id: int
    tokens: tuple[int, int]  # access and refresh, as the platform numbers them
    connected: bool = True
    resend: bool = True


@dataclass
class Post:
    id: int
    status: str = "scheduled"
    approved: bool = True


@dataclass
class Delivery:
    id: int
    post: int
    account: int
    text: str
    media: int
    due_at: datetime
    late_after: datetime
    status: str = "pending"
    held_reason: str = ""
    next_attempt_at: datetime | None = None
    stage_at: datetime | None = None
    staged_at: datetime | None = None
    staged: dict[str, Any] = field(default_factory=dict)
    tries: int = 0
    faults: int = 0
    crashes: int = 0
    check_at: datetime | None = None
    absences: int = 0
    checking_until: datetime | None = None
    external_id: str = ""
    permalink: str = ""
    published_at: datetime | None = None
    message: str = ""

    @property
    def key(self) -> str:
        return f"key-{self.id}"

    @property
    def is_checking(self) -> bool:
        return self.status == "unconfirmed" and self.check_at is not None


@dataclass
class Lane:
    id: int
    account: int
    next_due_at: datetime | None = None
    lease_until: datetime | None = None
    fence: int = 0
    not_before: datetime | None = None
    breaker_until: datetime | None = None
    refresh_at: datetime | None = None
    paused: str = ""

    def is_hindered(self, now: datetime) -> bool:
        holds = (self.not_before, self.breaker_until)
        return bool(self.paused) or any(at is not None and at > now for at in holds)


@dataclass
class Attempt:
    id: int
    delivery: int
    phase: str
    fence: int
    started_at: datetime
    send_deadline: datetime
    outcome: str | None = None
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.outcome is None


class Store:
    """The tables. Rows keep their identity; everything is written inside `transaction`."""

    def __init__(self) -> None:
        self.accounts: dict[int, Account] = {}
        self.posts: dict[int, Post] = {}
        self.deliveries: dict[int, Delivery] = {}
        self.lanes: dict[int, Lane] = {}
        self.attempts: dict[int, Attempt] = {}
        self.health = decide.Health()

    @property
    def _tables(self) -> tuple[dict[int, Any], ...]:
        return self.accounts, self.posts, self.deliveries, self.lanes, self.attempts

    @contextmanager
    def transaction(self) -> Iterator[Store]:
        """All or nothing: whatever is raised inside leaves the rows as they were. Not nested."""
        before = [[(row, dict(row.__dict__)) for row in table.values()] for table in self._tables]
        health = self.health
        try:
            yield self
            self._check()
        except BaseException:
            for table, rows in zip(self._tables, before, strict=True):
                table.clear()
                for row, columns in rows:
                    row.__dict__.clear()
                    row.__dict__.update(columns)
                    table[row.id] = row
            self.health = health
            raise

    # ---- constraints

    def _check(self) -> None:
        self._one_open_publish_attempt()
        self._bound_once()

    def _one_open_publish_attempt(self) -> None:
        open_ones = [a.delivery for a in self.attempts.values() if a.is_open and a.phase == "publish"]
        if len(open_ones) != len(set(open_ones)):
            raise IntegrityError("one_open_publish_attempt")

    def _bound_once(self) -> None:
        bound = [(d.account, d.external_id) for d in self.deliveries.values() if d.external_id]
        if len(bound) != len(set(bound)):
            raise IntegrityError("external_id_bound_once")

    # ---- reading

    def of_account(self, account: int, *statuses: str) -> list[Delivery]:
        """The account's deliveries in these statuses, in the order of due times."""
        found = [d for d in self.deliveries.values() if d.account == account and d.status in statuses]
        return sorted(found, key=lambda d: (d.due_at, d.id))

    def of_post(self, post: int) -> list[Delivery]:
        return [d for d in self.deliveries.values() if d.post == post]

    def attempts_of(self, delivery: int) -> list[Attempt]:
        return [a for a in self.attempts.values() if a.delivery == delivery]

    def first_begun(self, delivery: int) -> datetime:
        """When the delivery was tried first: an early try may have come through after all."""
        publishing = [a.started_at for a in self.attempts_of(delivery) if a.phase == "publish"]
        return min(publishing, default=datetime.max.replace(tzinfo=UTC))

    def open_publish_attempt(self, delivery: int) -> Attempt | None:
        return next((a for a in self.attempts_of(delivery) if a.is_open and a.phase == "publish"), None)

    def waiting(self, account: int) -> Waiting:
        """What of the account may come next, as the queries of the engine see it."""
        checking = [d for d in self.of_account(account, "unconfirmed") if d.is_checking]
        pending = self.of_account(account, "pending")
        ahead = sorted(
            (d for d in pending if d.stage_at is not None and d.next_attempt_at is None),
            key=lambda d: (d.stage_at, d.id),
        )
        return Waiting(
            checking=(checking[0].id, checking[0].check_at) if checking else None,
            first=(pending[0].id, pending[0].next_attempt_at or pending[0].due_at) if pending else None,
            ahead=(ahead[0].id, ahead[0].stage_at) if ahead else None,
            refresh_at=self.lanes[account].refresh_at,
        )

    # ---- writing

    def apply(self, delivery: Delivery, change: Change, attempt: Attempt | None) -> None:
        """Write what a `Change` says of delivery and attempt, and let the post add it up."""
        delivery.status = change.status
        for column, value in change.delivery.items():
            if column not in delivery.__dict__:
                raise AttributeError(f"a delivery has no column {column!r}")
            delivery.__dict__[column] = value
        if change.attempt is not None and attempt is not None and attempt.is_open:
            attempt.outcome = change.attempt
        self.settle(delivery.post)

    def settle(self, post: int) -> None:
        """The post says what its deliveries add up to; a scheduled one stays so while all of them wait."""
        row = self.posts[post]
        adds_up_to = rollup(d.status for d in self.of_post(post))
        if row.status != "scheduled" or adds_up_to != "publishing":
            row.status = adds_up_to

    def retime(self, account: int) -> None:
        """Let the lane know when it has its next job."""
        self.lanes[account].next_due_at = decide.next_time(self.waiting(account))

    def new_id(self, table: dict[int, Any]) -> int:
        return max(table, default=0) + 1
