"""How long a claim takes as the table of deliveries grows.

The same lanes are due all the time; only `posts_delivery` grows, with every index, foreign key and trigger
that a hub has: 99 of 100 rows are published, the rest waits for a later day. A claim of 32 lanes is timed
inside a transaction that is rolled back, so that neither the disk nor earlier claims have a part in it.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from tools.bench.hub import TEMPLATE, connected_to
from tools.bench.machine import Machine
from tools.bench.report import Report

DATABASE = "claim"
CHAPTERS, ACCOUNTS = 100, 100  # accounts of each chapter; a post of each goes to all of them
DUE = 256  # lanes
LIMIT = 32  # lanes a claim
WARM_UP, TIMES, TIDY_EVERY = 30, 300, 50
FILL_WITHIN = 900.0  # seconds
STEP = 100_000  # rows a statement
WRITERS = 2


def measure(machine: Machine, report: Report, *, sizes: Sequence[int]) -> None:
    """Print the claim's median for each size, and its ratio to the first one."""
    lines: list[list[str]] = []
    with machine.database(DATABASE, TEMPLATE), connected_to(DATABASE):
        _prepare(machine, posts=-(-max(sizes) // (CHAPTERS * ACCOUNTS)))
        empty = reached = 0.0
        for size in sizes:
            begun = time.monotonic()
            reached = _fill(machine, int(reached), size, until=begun + FILL_WITHIN)
            _tidy(machine)
            filled = time.monotonic() - begun
            p50, p99 = _claims(machine)
            empty = empty or p50
            lines.append(
                [
                    f"{reached:,}", f"{p50 * 1000:.2f} ms", f"{p99 * 1000:.2f} ms", f"{p50 / empty:.2f}",
                    f"{filled:.0f} s",
                ]
            )  # fmt: skip
            report.progress(f"claim at {reached:,} rows: {p50 * 1000:.2f} ms")
            if reached < size:
                report.fail(
                    f"claim: only {reached:,} of {size:,} rows were written within {FILL_WITHIN:.0f} s"
                )
                break
    report.table(["rows", "p50", "p99", "p50 / first", "filled in"], lines)


def _prepare(machine: Machine, *, posts: int) -> None:
    """Chapters, accounts with lanes of which some are due, and posts: many copies of one of each."""
    from django.utils import timezone

    from chapters.models import Chapter
    from posts.models import Delivery, Lane, Post, SocialAccount
    from tools.bench import rows

    (account,) = rows.federation(1, name="claim")
    rows.schedule([account], [timezone.now() + timedelta(days=2)], label="claim")
    post, delivery = Post.objects.get(), Delivery.objects.get()
    with machine.sql(DATABASE) as sql:
        _multiply(
            sql, Chapter, account.chapter_id, f"generate_series(1, {CHAPTERS}) n",
            uid="gen_random_uuid()", name="'copy ' || n", slug="'copy-' || n",
        )  # fmt: skip
        _multiply(
            sql, SocialAccount, account.pk, f"chapters_chapter c, generate_series(1, {ACCOUNTS}) n",
            uid="gen_random_uuid()", chapter_id="c.id", external_id="c.id || '-' || n",
        )  # fmt: skip
        sql.execute("UPDATE posts_lane SET next_due_at = now() + interval '2 days'")
        _multiply(
            sql, Lane, account.lane.pk,
            "(SELECT id, row_number() OVER (ORDER BY id) FROM posts_socialaccount "
            f"WHERE id <> {account.pk}) a",
            account_id="a.id",
            next_due_at=f"CASE WHEN a.row_number <= {DUE} THEN now() - interval '1 minute' "
            "ELSE now() + interval '1 day' END",
        )  # fmt: skip
        _multiply(
            sql, Post, post.pk, f"chapters_chapter c, generate_series(1, {max(1, posts)}) n",
            uid="gen_random_uuid()", form_key="gen_random_uuid()", chapter_id="c.id",
        )  # fmt: skip
        sql.execute("CREATE SCHEMA bench")
        sql.execute(
            "CREATE TABLE bench.account AS SELECT id, chapter_id,"
            " dense_rank() OVER (ORDER BY chapter_id) - 1 AS c,"
            " row_number() OVER (PARTITION BY chapter_id ORDER BY id) - 1 AS a FROM posts_socialaccount"
            f" WHERE id <> {account.pk} AND chapter_id <> {account.chapter_id}"
        )
        sql.execute(
            "CREATE TABLE bench.post AS SELECT id, dense_rank() OVER (ORDER BY chapter_id) - 1 AS c,"
            " row_number() OVER (PARTITION BY chapter_id ORDER BY id) - 1 AS p FROM posts_post"
            f" WHERE id <> {post.pk} AND chapter_id <> {account.chapter_id}"
        )
        sql.execute("CREATE UNIQUE INDEX ON bench.account (c, a)")
        sql.execute("CREATE UNIQUE INDEX ON bench.post (c, p)")
        # the model stays outside the tables that are measured
        sql.execute(
            "CREATE TABLE bench.delivery AS SELECT * FROM posts_delivery WHERE id = %s", [delivery.pk]
        )
        sql.execute("DELETE FROM posts_delivery")
        sql.execute("ANALYZE")


def _multiply(sql: Any, model: Any, pk: int, source: str, **differs: str) -> None:
    """Insert a copy of one row for each row of `source`; `differs` has SQL for what is not copied."""
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    chosen = ", ".join(differs.get(column, f"m.{column}") for column in columns)
    table = model._meta.db_table
    sql.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) "
        f"SELECT {chosen} FROM (SELECT * FROM {table} WHERE id = {pk}) m, {source}"
    )


def _fill(machine: Machine, begin: int, size: int, *, until: float) -> int:
    """Write rows `begin` to `size`, several at a time. Returns how many there are now."""
    steps = iter(range(begin, size, STEP))
    taking = threading.Lock()
    written: list[int] = []
    failures: list[BaseException] = []

    def write() -> None:
        try:
            with machine.sql(DATABASE) as sql:
                while time.monotonic() < until:
                    with taking:
                        low = next(steps, None)
                    if low is None:
                        return
                    sql.execute(_statement(), [low, min(low + STEP, size) - 1])
                    written.append(sql.rowcount)
        except BaseException as error:
            failures.append(error)

    writers = [threading.Thread(target=write) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    if failures:
        raise failures[0]
    return begin + sum(written)


def _statement() -> str:
    from posts.models import Delivery

    pending = "n %% 100 = 0"
    # a second apart: ten million are four months, the published ones behind and the others ahead of today
    days = f"CASE WHEN {pending} THEN interval '1 day' ELSE interval '-120 days' END"
    due = f"now() + {days} + n * interval '1 s'"
    differs = {
        "uid": "gen_random_uuid()",
        "chapter_id": "a.chapter_id",
        "post_id": "p.id",
        "account_id": "a.id",
        "status": f"CASE WHEN {pending} THEN 'pending' ELSE 'published' END",
        "due_at": due,
        "late_after": f"{due} + interval '2 hours'",
        "external_id": f"CASE WHEN {pending} THEN '' ELSE 'e' || n END",
        "published_at": f"CASE WHEN {pending} THEN NULL ELSE {due} END",
    }
    columns = [field.column for field in Delivery._meta.concrete_fields if not field.primary_key]
    chosen = ", ".join(differs.get(column, f"m.{column}") for column in columns)
    return (
        f"INSERT INTO posts_delivery ({', '.join(columns)}) SELECT {chosen} "
        "FROM bench.delivery m, generate_series(%s, %s) n "
        f"JOIN bench.account a ON a.c = n %% {CHAPTERS} AND a.a = n / {CHAPTERS} %% {ACCOUNTS} "
        f"JOIN bench.post p ON p.c = n %% {CHAPTERS} AND p.p = n / {CHAPTERS * ACCOUNTS}"
    )


def _tidy(machine: Machine) -> None:
    """What autovacuum and the checkpointer would do sooner or later, so that they do not do it meanwhile."""
    with machine.sql(DATABASE) as sql:
        sql.execute("VACUUM (ANALYZE) posts_delivery")
        sql.execute("VACUUM (ANALYZE) posts_lane")
        sql.execute("CHECKPOINT")


def _claims(machine: Machine) -> tuple[float, float]:
    """Median and p99 of a claim's seconds."""
    from django.db import transaction

    from posts.publishing import claim

    taken = []
    with machine.sql(DATABASE) as sql:
        for number in range(WARM_UP + TIMES):
            if number % TIDY_EVERY == 0:
                sql.execute("VACUUM posts_lane")
            with transaction.atomic():
                begun = time.perf_counter()
                leases = claim.take(claim.due(LIMIT), owner="bench")
                taken.append(time.perf_counter() - begun)
                transaction.set_rollback(True)
            if len(leases) != LIMIT:
                raise RuntimeError(f"{len(leases)} of {LIMIT} lanes were claimed")
    cuts = statistics.quantiles(taken[WARM_UP:], n=100, method="inclusive")
    return cuts[49], cuts[98]
