"""Which of an account's deliveries come next: the SQL twin of `decide.next_job` and `decide.next_time`.

Written by hand and the same on both engines: this runs for every delivery, and must not grow with an
account's queue. Each sub-select reads one row of a partial index.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from posts.publishing.decide import Waiting

_CHECKING = """
    SELECT {columns} FROM posts_delivery
    WHERE account_id = posts_lane.account_id AND status = 'unconfirmed' AND check_at IS NOT NULL
    ORDER BY check_at, id LIMIT 1"""
_FIRST = """
    SELECT {columns} FROM posts_delivery
    WHERE account_id = posts_lane.account_id AND status = 'pending'
    ORDER BY due_at, id LIMIT 1"""
_AHEAD = """
    SELECT {columns} FROM posts_delivery
    WHERE account_id = posts_lane.account_id AND status = 'pending'
        AND stage_at IS NOT NULL AND next_attempt_at IS NULL
    ORDER BY stage_at, id LIMIT 1"""

_NEXT = f"""
    SELECT posts_lane.id, posts_lane.refresh_at,
        checking.id, checking.check_at,
        first.id, COALESCE(first.next_attempt_at, first.due_at),
        ahead.id, ahead.stage_at,
        checking.post_id, first.post_id, ahead.post_id
    FROM posts_lane
    LEFT JOIN posts_delivery checking ON checking.id = ({_CHECKING.format(columns="id")})
    LEFT JOIN posts_delivery first ON first.id = ({_FIRST.format(columns="id")})
    LEFT JOIN posts_delivery ahead ON ahead.id = ({_AHEAD.format(columns="id")})
    WHERE posts_lane.id IN (%s)"""  # noqa: S608

_RETIME = f"""
    UPDATE posts_lane SET next_due_at = COALESCE(
        ({_CHECKING.format(columns="check_at")}),
        (SELECT MIN(at) FROM (
            SELECT at FROM ({_FIRST.format(columns="COALESCE(next_attempt_at, due_at) AS at")}) AS first
            UNION ALL
            SELECT stage_at FROM ({_AHEAD.format(columns="stage_at")}) AS ahead
        ) AS either)
    )"""  # noqa: S608


_NOW = {"postgresql": "statement_timestamp()", "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"}

_DUE = """
    WITH due AS (
        SELECT lane.id, lane.since, account.chapter_id,
            ROW_NUMBER() OVER (PARTITION BY account.chapter_id ORDER BY lane.since, lane.id) AS place
        FROM (
            SELECT *, CASE WHEN released_at > next_due_at THEN released_at ELSE next_due_at END AS since
            FROM posts_lane
        ) lane
        JOIN posts_socialaccount account ON account.id = lane.account_id
        JOIN chapters_chapter chapter ON chapter.id = account.chapter_id
        WHERE lane.next_due_at <= {now} AND lane.paused_at IS NULL AND chapter.state = 'active'
            AND (lane.lease_until IS NULL OR lane.lease_until < {now})
            AND (lane.not_before IS NULL OR lane.not_before <= {now})
            AND (lane.breaker_until IS NULL OR lane.breaker_until <= {now})
    ), busy AS (
        SELECT account.chapter_id, COUNT(*) AS lanes
        FROM posts_lane lane JOIN posts_socialaccount account ON account.id = lane.account_id
        WHERE lane.lease_until > {now}
        GROUP BY account.chapter_id
    )
    SELECT due.id FROM due LEFT JOIN busy ON busy.chapter_id = due.chapter_id
    WHERE due.place + COALESCE(busy.lanes, 0) <= %s
    ORDER BY due.place + COALESCE(busy.lanes, 0), due.since, due.id
    LIMIT %s"""


def due_lanes(limit: int, *, of_one_chapter: int) -> list[int]:
    """Up to `limit` lanes that may be claimed now, chapters in turn.

    Among equals comes first who waits longest: since it is due, or since its last turn. Lanes count that a
    chapter has leased already, of which it may have `of_one_chapter`: however much one chapter has to send,
    room is left for the others.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DUE.format(now=_NOW[connection.vendor]), [of_one_chapter, limit])
        return [lane for (lane,) in cursor.fetchall()]


def of_lanes(lane_ids: Sequence[int]) -> tuple[dict[int, Waiting], dict[int, int]]:
    """What waits in each of these lanes, and the posts of what waits: delivery to post."""
    found: dict[int, Waiting] = {}
    posts: dict[int, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_NEXT % _marks(lane_ids), lane_ids)
        for lane, refresh_at, *waits in cursor.fetchall():
            check, check_at, first, first_at, ahead, ahead_at, *of_posts = waits
            found[lane] = Waiting(
                checking=_one(check, check_at),
                first=_one(first, first_at),
                ahead=_one(ahead, ahead_at),
                refresh_at=_moment(refresh_at),
            )
            posts.update(zip((check, first, ahead), of_posts, strict=True))
    return found, posts


def retime(account_ids: Collection[int]) -> None:
    """Let each account's lane know when its next job is due."""
    if account_ids:
        ids = sorted(set(account_ids))
        with connection.cursor() as cursor:
            cursor.execute(f"{_RETIME} WHERE account_id IN ({_marks(ids)})", ids)


def give_back(held: Sequence[tuple[int, int]]) -> None:
    """End the leases of these lanes, given with their fences, and let each know its next job."""
    if held:
        pairs = " OR ".join(["(id = %s AND fence = %s)"] * len(held))
        now = _NOW[connection.vendor]
        sql = f"{_RETIME}, lease_until = NULL, lease_owner = '', released_at = {now} WHERE {pairs}"
        with connection.cursor() as cursor:
            cursor.execute(sql, [number for pair in held for number in pair])


def _marks(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def _one(delivery: int | None, at: Any) -> tuple[int, datetime] | None:
    moment = _moment(at)
    return None if delivery is None or moment is None else (delivery, moment)


def _moment(value: Any) -> datetime | None:
    """A moment as the driver gives it: those of SQLite are in UTC without saying so, some of them as text."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value
