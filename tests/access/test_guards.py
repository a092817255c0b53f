"""What the database refuses by itself, whatever the code above it does. Runs on PostgreSQL and on SQLite."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.migrations import Migration
from django.utils import timezone

from chapters import events
from chapters.guards import GUARDS as CHAPTER_GUARDS
from chapters.models import Chapter, Event
from hubsite.lib import db_guards
from hubsite.lib.db_guards import SameChapter
from playbooks.models import Practice
from posts import composing, connection_links, credentials, media_grants, media_store
from posts.guards import GUARDS as POST_GUARDS
from posts.models import Attempt, ConnectionAttempt, Delivery, MediaGrant, PostPractice
from posts.platforms.base import Limits
from tests.support import posts

pytestmark = pytest.mark.django_db

# A row that may point into another chapter, and why.
MAY_CROSS = {
    ("posts_socialaccount", "predecessor_id"),  # an account that was handed on to another chapter
    ("playbooks_comment", "parent_id"),  # a reply to another chapter
}


TINY = Limits(text_max=500, image_width_max=8)


@contextmanager
def refused(error=IntegrityError, match=None):
    """The database raises `error` in the block, or when it checks what it put off until the end."""
    with pytest.raises(error, match=match), _checked():
        yield


@contextmanager
def _checked():
    with transaction.atomic():
        yield
        connection.check_constraints()


def execute(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount


def clone(model, pk, **changes):
    """Insert a copy of a row by SQL, with some columns changed."""
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    for field in model._meta.concrete_fields:
        if field.name == "uid":
            changes.setdefault("uid", uuid.uuid4().hex)
    kept = [column for column in columns if column not in changes]
    table = model._meta.db_table
    into = ", ".join(f'"{column}"' for column in [*kept, *changes])
    values = ", ".join([*(f'"{column}"' for column in kept), *("%s" for _ in changes)])
    execute(f"INSERT INTO {table} ({into}) SELECT {values} FROM {table} WHERE id = %s", *changes.values(), pk)


@pytest.fixture
def rows(cast):
    """One row of each guarded table in Lisbon, and what it must not point at in Porto."""
    media = posts.picture(cast.lisbon, cast.ana)
    picture = composing.Picture(str(media.uid), alt="A bench")
    post = posts.scheduled(cast.lisbon, cast.ana, reviewer=cast.eduardo, pictures=(picture,))
    own, target, delivery = post.media_uses.get(), post.targets.get(), post.deliveries.get()
    copy = composing.duplicate(post=post, by=cast.actor(cast.ana), form_key=uuid.uuid4())
    copy.reused_from = post
    copy.save()
    by = cast.actor(cast.lucia)
    link, _address = connection_links.make(chapter=cast.lisbon, by=by, account=target.account)
    begun = ConnectionAttempt(
        chapter=cast.lisbon, link=link, platform="sandbox", state_hash="x", account=target.account,
        expires_at=timezone.now() + timedelta(minutes=10),
    )  # fmt: skip
    begun.sealed_verifier = credentials.ring().encrypt("verifier", place="test")
    begun.save()
    rendition = media_store.fitted(media, TINY)
    media_grants.grant([media_grants.Wanted(delivery, media, rendition)], timezone.now())
    marked = PostPractice.objects.create(
        chapter=cast.lisbon, post=post, practice=Practice.objects.create(slug="ask", name="Ask first")
    )
    theirs = posts.scheduled(cast.porto, cast.alba)
    their_media = posts.picture(cast.porto, cast.alba)
    foreign = {
        "posts_post": theirs.pk,
        "posts_socialaccount": theirs.targets.get().account_id,
        "posts_media": their_media.pk,
        "posts_delivery": theirs.deliveries.get().pk,
        "posts_rendition": media_store.fitted(their_media, TINY).pk,
        "posts_connectionlink": connection_links.make(chapter=cast.porto, by=cast.actor(cast.paulo))[0].pk,
    }
    granted = MediaGrant.objects.get()
    mine = {
        each._meta.db_table: each
        for each in (own, target, delivery, copy, begun, link, rendition, granted, marked)
    }
    return mine, foreign


same_chapter = pytest.mark.parametrize(
    "guard", [guard for guard in POST_GUARDS if isinstance(guard, SameChapter)], ids=lambda guard: guard.name
)


# ---- no row points into another chapter


@same_chapter
def test_a_row_that_points_into_another_chapter_cannot_be_inserted(rows, guard):
    mine, foreign = rows
    row = mine[guard.table]
    otherwise_new = {
        "posts_connectionattempt": {"state_hash": "y"},
        "posts_connectionlink": {"token_hash": "y"},
        "posts_post": {"form_key": uuid.uuid4().hex},
        "posts_mediause": {"order": 9},
        "posts_mediagrant": {"token_hash": "y"},
        "posts_rendition": {"spec": "y"},
    }.get(guard.table, {})
    with refused(match=guard.name):
        clone(type(row), row.pk, **{guard.column: foreign[guard.target]}, **otherwise_new)


@same_chapter
def test_a_row_cannot_be_turned_towards_another_chapter(rows, guard):
    mine, foreign = rows
    with refused():
        execute(
            f"UPDATE {guard.table} SET {guard.column} = %s WHERE id = %s",
            foreign[guard.target], mine[guard.table].pk,
        )  # fmt: skip


@same_chapter
def test_a_row_cannot_move_to_another_chapter_away_from_what_it_points_at(cast, rows, guard):
    mine, _foreign = rows
    with refused():
        execute(
            f"UPDATE {guard.table} SET chapter_id = %s WHERE id = %s", cast.porto.pk, mine[guard.table].pk
        )


@same_chapter
def test_what_is_pointed_at_cannot_move_to_another_chapter(cast, rows, guard):
    mine, _foreign = rows
    pointed_at = getattr(mine[guard.table], guard.column)
    with refused():
        execute(f"UPDATE {guard.target} SET chapter_id = %s WHERE id = %s", cast.porto.pk, pointed_at)


def test_a_copy_within_the_chapter_is_taken(rows):
    mine, _foreign = rows
    target = mine["posts_target"]
    other = posts.account(target.chapter)
    with transaction.atomic():
        clone(type(target), target.pk, account_id=other.pk)
        connection.check_constraints()
    assert target.post.targets.count() == 2


def test_every_reference_between_rows_of_chapters_is_guarded():
    guarded = {(guard.table, guard.column) for guard in POST_GUARDS if isinstance(guard, SameChapter)}
    found = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if _has_chapter(model) and field.is_relation and _has_chapter(field.related_model)
    }
    lacking = found - guarded - MAY_CROSS
    assert not lacking, (
        f"{sorted(lacking)}: add a SameChapter to posts/guards.py, or say why not in MAY_CROSS"
    )


def _has_chapter(model):
    return any(field.column == "chapter_id" for field in model._meta.concrete_fields)


# ---- history stays


@pytest.fixture
def event(cast):
    return events.record("settings_changed", cast.lisbon, chapter=cast.lisbon, by=cast.actor(cast.lucia))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE chapters_event SET verb = 'nothing'",
        "UPDATE chapters_event SET actor_id = NULL WHERE id = {pk}",
        "DELETE FROM chapters_event",
        "DELETE FROM chapters_event WHERE id = {pk}",
    ],
)
def test_events_are_never_changed_and_never_removed(event, statement):
    with refused(DatabaseError):
        execute(statement.format(pk=event.pk))
    assert Event.objects.get(pk=event.pk).verb == "settings_changed"


def test_events_cannot_be_truncated(event, postgresql):
    with refused(DatabaseError):
        execute("TRUNCATE chapters_event")
    with refused(DatabaseError):
        execute("TRUNCATE chapters_event CASCADE")
    assert Event.objects.filter(pk=event.pk).exists()


def test_events_cannot_be_replaced(event):
    again = (
        "INSERT INTO chapters_event SELECT * FROM chapters_event ON CONFLICT (id) DO UPDATE SET verb = 'x'"
    )
    if connection.vendor == "sqlite":
        again = "INSERT OR REPLACE INTO chapters_event SELECT * FROM chapters_event"
    with refused(DatabaseError):
        execute(again)


def test_every_guard_stands():
    assert db_guards.missing(connection, [*CHAPTER_GUARDS, *POST_GUARDS]) == []


def test_a_migration_may_rebuild_a_table_that_guards_name_and_they_stand_again(cast):
    options = {"verbosity": 0, "interactive": False, "db": "default"}
    with transaction.atomic():
        emit_pre_migrate_signal(**options, plan=[(Migration("0002_rebuild", "posts"), False)])
        if connection.vendor == "sqlite":
            # what Django does there to change a table
            for statement in (
                "CREATE TABLE new__posts_media AS SELECT * FROM posts_media",
                "DROP TABLE posts_media",
                "ALTER TABLE new__posts_media RENAME TO posts_media",
            ):
                execute(statement)
        emit_post_migrate_signal(**options)
        assert db_guards.missing(connection, [*CHAPTER_GUARDS, *POST_GUARDS]) == []
        transaction.set_rollback(True)


def test_guards_stay_where_there_is_nothing_to_migrate(db):
    emit_pre_migrate_signal(verbosity=0, interactive=False, db="default", plan=[])
    assert db_guards.missing(connection, [*CHAPTER_GUARDS, *POST_GUARDS]) == []


# ---- one of each


def test_a_delivery_has_one_open_publish_attempt(cast):
    post = posts.begun(posts.scheduled(cast.porto, cast.alba))
    attempt = Attempt.objects.get(delivery__post=post, outcome=None)
    with refused():
        clone(Attempt, attempt.pk, number=attempt.number + 1)


def test_a_closed_publish_attempt_makes_room_for_the_next(cast):
    post = posts.settled(posts.scheduled(cast.porto, cast.alba), Delivery.Status.FAILED)
    attempt = Attempt.objects.get(delivery__post=post)
    clone(Attempt, attempt.pk, number=attempt.number + 1, outcome=None)
    assert Attempt.objects.filter(delivery__post=post).count() == 2


def test_there_is_one_central_team(cast):
    with refused():
        clone(Chapter, cast.central.pk, slug="another", name="Another")
    with refused():
        execute("UPDATE chapters_chapter SET kind = 'central' WHERE id = %s", cast.lisbon.pk)


@pytest.mark.parametrize("email", ["Ana@example.org", "ANA@EXAMPLE.ORG", "new@Example.org"])
def test_an_address_is_stored_in_lower_case(cast, email):
    with refused():
        execute("UPDATE chapters_user SET email = %s WHERE id = %s", email, cast.vera.pk)


def test_a_post_has_a_status_that_the_workflow_knows(cast):
    post = posts.draft(cast.porto, cast.alba)
    with refused():
        execute("UPDATE posts_post SET status = 'sent' WHERE id = %s", post.pk)


def test_an_account_is_connected_to_one_chapter(cast):
    account = posts.account(cast.lisbon)
    with refused():
        clone(type(account), account.pk, chapter_id=cast.porto.pk)
