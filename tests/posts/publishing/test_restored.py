"""After a backup was restored nothing that may be out is sent again before it was looked for."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from chapters.models import Event
from posts import workflow
from posts.models import Attempt, Delivery, Lane, Post
from posts.platforms.base import Listing
from posts.platforms.sandbox import SandboxAdapter
from posts.publishing import claim, restored, sweep
from posts.publishing.clock import database_now
from posts.publishing.drain import Drain
from tests.support import posts as made
from tests.support.backup import Backup

pytestmark = pytest.mark.django_db

Status = Delivery.Status
TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def hour_ago():
    return database_now() - timedelta(hours=1)


@pytest.fixture
def readable(monkeypatch):
    """Say how far the practice network's lists can be trusted."""

    def say(listing: Listing) -> None:
        monkeypatch.setattr(SandboxAdapter, "listing", lambda self, capabilities: listing, raising=False)

    say(Listing.COMPLETE)
    return say


def due(cast, **details) -> Post:
    """A post that was due a while ago and still waits."""
    post = made.scheduled(cast.porto, cast.alba, **details)
    post.deliveries.update(due_at=timezone.now() - timedelta(minutes=30))
    return post


def everything() -> list:
    return [list(model.objects.order_by("pk").values()) for model in (Delivery, Attempt, Lane, Post, Event)]


def test_what_was_due_is_looked_for_and_cannot_be_sent_blindly(cast, hour_ago, readable):
    post = due(cast)
    done = restored.after_restore(backup_taken=hour_ago, margin=TEN_MINUTES)

    delivery = post.deliveries.get()
    (attempt,) = delivery.attempts.all()
    assert (done.looked_for, done.asked, done.failed) == (1, 0, 0)
    assert delivery.status == Status.UNCONFIRMED
    assert "A backup from before its time was restored" in delivery.message
    assert delivery.check_at == done.now
    assert delivery.checking_until == done.now + timedelta(minutes=15)
    assert (attempt.phase, attempt.outcome, attempt.key) == ("publish", None, delivery.uid.hex)
    assert (attempt.started_at, attempt.send_deadline) == (hour_ago - TEN_MINUTES, done.now)
    assert attempt.evidence["restored"] is True
    assert attempt.fence == Lane.objects.get(account=delivery.account).fence
    (event,) = Event.objects.filter(verb="restored", subject_uid=str(delivery.uid))
    assert event.data["was"] == Status.PENDING


@pytest.mark.parametrize("unreadable", ["list", "disconnected", "platform"])
def test_person_is_asked_where_the_account_cannot_be_read(cast, hour_ago, readable, unreadable):
    post = due(cast)
    account = post.deliveries.get().account
    if unreadable == "list":
        readable(Listing.NONE)
    elif unreadable == "disconnected":
        account.disconnected_at = timezone.now()
    else:
        account.platform = "gone"
    account.save()

    done = restored.after_restore(backup_taken=hour_ago)

    delivery = post.deliveries.get()
    post.refresh_from_db()
    assert (done.looked_for, done.asked) == (0, 1)
    assert (delivery.status, delivery.check_at, delivery.checking_until) == (Status.UNCONFIRMED, None, None)
    assert post.status == Post.Status.NEEDS_ATTENTION


def test_future_and_settled_deliveries_stay_as_they_are(cast, hour_ago, readable):
    for status in (Status.PUBLISHED, Status.FAILED, Status.HELD, Status.SKIPPED):
        made.settled(due(cast), status)
    made.scheduled(cast.porto, cast.alba)
    before = list(Delivery.objects.values())

    restored.after_restore(backup_taken=hour_ago)

    assert list(Delivery.objects.values()) == before


def test_open_publish_attempt_is_kept_and_reaches_until_now(cast, hour_ago, readable):
    """It may have been found absent and repeated after the backup."""
    posts = [made.begun(due(cast)), made.settled(due(cast), Status.UNCONFIRMED)]
    before = {attempt.delivery_id: attempt for attempt in Attempt.objects.all()}

    done = restored.after_restore(backup_taken=hour_ago)

    for post in posts:
        delivery = post.deliveries.get()
        (attempt,) = delivery.attempts.all()
        assert delivery.status == Status.UNCONFIRMED
        assert delivery.check_at == done.now
        assert (attempt.pk, attempt.started_at, attempt.outcome) == (
            before[delivery.pk].pk, before[delivery.pk].started_at, None,
        )  # fmt: skip
        assert attempt.send_deadline >= done.now


def test_upload_in_progress_is_closed_since_it_made_nothing_public(cast, hour_ago, readable):
    post = made.begun(due(cast))
    Attempt.objects.update(phase=Attempt.Phase.MEDIA)

    restored.after_restore(backup_taken=hour_ago)

    outcomes = dict(post.deliveries.get().attempts.values_list("phase", "outcome"))
    assert outcomes == {"media": "not_sent", "publish": None}


def test_old_worker_is_fenced_and_its_lease_is_gone(cast, hour_ago, readable):
    post = due(cast)
    Lane.objects.update(next_due_at=hour_ago)
    (lease,) = claim.take(claim.due(1), owner="a worker of before")

    restored.after_restore(backup_taken=hour_ago)

    lane = Lane.objects.get(account=post.deliveries.get().account)
    assert claim.renew([lease]) == []
    assert lane.fence == lease.fence + 1_000_000
    assert (lane.lease_until, lane.lease_owner) == (None, "")


def test_second_run_changes_nothing(cast, hour_ago, readable):
    due(cast)
    made.begun(due(cast))
    restored.after_restore(backup_taken=hour_ago)
    due(cast)  # came due after the first run
    before = everything()

    done = restored.after_restore(backup_taken=hour_ago)

    assert done.done_before
    assert everything() == before


def test_broken_post_stops_no_other_and_the_next_run_does_the_rest(cast, hour_ago, readable):
    first, broken, last = due(cast), due(cast), due(cast)
    lane = Lane.objects.get(account=broken.deliveries.get().account)
    Lane.objects.filter(pk=lane.pk).delete()

    done = restored.after_restore(backup_taken=hour_ago)
    assert (done.looked_for, done.failed) == (2, 1)
    assert broken.deliveries.get().status == Status.PENDING

    lane.save(force_insert=True)
    settled = first.deliveries.get()  # found absent meanwhile, so it waits again
    settled.attempts.update(outcome=Attempt.Outcome.NOT_PUBLISHED)
    Delivery.objects.filter(pk=settled.pk).update(status=Status.PENDING)
    again = restored.after_restore(backup_taken=hour_ago)

    assert (again.looked_for, again.failed) == (1, 0)
    assert [post.deliveries.get().status for post in (first, broken, last)] == [
        Status.PENDING, Status.UNCONFIRMED, Status.UNCONFIRMED,
    ]  # fmt: skip
    assert Attempt.objects.count() == 3


def test_accounts_of_one_post_are_put_in_doubt_together(cast, hour_ago, readable):
    readable(Listing.NONE)
    accounts = [made.account(cast.porto) for _ in range(3)]
    post = made.scheduled(cast.porto, cast.alba, *accounts)
    post.deliveries.update(due_at=hour_ago)

    assert restored.after_restore(backup_taken=hour_ago).asked == 3

    assert set(post.deliveries.values_list("status", flat=True)) == {Status.UNCONFIRMED}
    assert Event.objects.filter(verb="restored").count() == 3


# ---- the command


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("after_restore", *arguments, stdout=out)
    return out.getvalue()


def test_dry_run_says_what_it_would_do_and_does_nothing(cast, hour_ago, readable):
    post = due(cast)
    before = everything()

    said = run("--backup-taken", hour_ago.isoformat(), "--dry-run")

    assert f"{post.first_words} (Waiting for its time): looked for" in said
    assert "1 will be looked for by the hub, 0 wait for a person. Nothing was changed" in said
    assert everything() == before


def test_margin_widens_the_doubt_and_a_second_run_says_so(cast, hour_ago, readable):
    due(cast)
    run("--backup-taken", hour_ago.isoformat(), "--margin-minutes", "25")
    assert Attempt.objects.get().started_at == hour_ago - timedelta(minutes=25)
    assert "done before" in run("--backup-taken", hour_ago.isoformat())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--backup-taken", "2026-11-25T10:00"], "with its zone"),
        (["--backup-taken", "yesterday"], "with its zone"),
        (["--backup-taken", "2126-11-25T10:00Z"], "still to come"),
        (["--backup-taken", "2025-11-25T10:00Z", "--margin-minutes", "-5"], "no number of minutes"),
    ],
)
def test_command_refuses_what_it_cannot_understand(arguments, says):
    with pytest.raises(CommandError, match=says):
        run(*arguments)


# ---- for real


@pytest.mark.django_db(transaction=True)
def test_posts_sent_after_the_backup_are_not_sent_again_from_it(cast, practice, tmp_path):
    practice.trait(None, keys="ignored")  # a key would hide the second post
    sent, waiting = practice.connect(cast.porto), practice.connect(cast.porto)
    now = timezone.now()
    out = made.draft(cast.porto, cast.alba, sent, text="Out after the backup")
    workflow.schedule(post=out, at=now, by=cast.actor(cast.alba))
    later = made.scheduled(cast.porto, cast.alba, waiting, text="Tomorrow's", at=now + timedelta(days=1))

    backup, taken = Backup(tmp_path), database_now()
    Drain().run_due()
    assert out.deliveries.get().status == Status.PUBLISHED
    backup.restore()
    assert out.deliveries.get().status == Status.PENDING

    call_command("after_restore", "--backup-taken", taken.isoformat(), stdout=io.StringIO())
    Drain().run_due()
    sweep.run(owner="test")
    Drain().run_due()

    assert [post["text"] for post in practice.received(sent)] == ["Out after the backup"]
    assert out.deliveries.get().status in {Status.UNCONFIRMED, Status.PUBLISHED}
    assert later.deliveries.get().status == Status.PENDING
    assert practice.received(waiting) == []
