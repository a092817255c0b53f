"""What happens to a delivery, against a real practice network."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from PIL import Image

from chapters.models import Chapter, Event, Notice
from posts import composing, media_store, workflow
from posts.models import Attempt, Delivery, Lane, Post, SocialAccount
from posts.problems import Refused
from posts.publishing import claim, finish, ledger, queue, repair, send, sweep
from posts.publishing.decide import Kind
from posts.publishing.drain import Drain
from tests.posts.publishing.conftest import end_quarantine

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account(cast, practice):
    return practice.connect(cast.porto)


@pytest.fixture
def write(cast):
    """A draft of Alba's in Porto, for the accounts given."""

    def draft(*accounts: SocialAccount, text: str = "Repair café on Saturday", pictures=()) -> Post:
        return composing.create(
            chapter=cast.porto, by=cast.actor(cast.alba), form_key=uuid.uuid4(),
            draft=composing.Draft(text, targets={a.pk: None for a in accounts}, pictures=pictures),
        )  # fmt: skip

    return draft


def publish_now(cast, post):
    workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba))
    Drain().run_due()
    post.refresh_from_db()
    return post


def only_delivery(post) -> Delivery:
    return post.deliveries.get()


def test_due_post_reaches_the_platform_once(cast, practice, account, write):
    post = publish_now(cast, write(account))

    assert post.status == Post.Status.PUBLISHED
    assert [p["text"] for p in practice.received(account)] == ["Repair café on Saturday"]
    assert only_delivery(post).permalink.startswith(practice.url)
    assert post.published_at is not None


def test_pictures_arrive_with_their_alt_text(cast, practice, account, write):
    data = io.BytesIO()
    Image.new("RGB", (80, 60), "teal").save(data, "PNG")
    data.seek(0)
    media = media_store.store(data, size=100, chapter=cast.porto, by=cast.alba)

    publish_now(cast, write(account, pictures=(composing.Picture(str(media.uid), "A teal toaster"),)))

    assert [m["alt"] for m in practice.received(account)[0]["media"]] == ["A teal toaster"]


def test_future_post_waits(cast, practice, account, write):
    post = write(account)
    workflow.schedule(post=post, at=timezone.now() + timedelta(hours=1), by=cast.actor(cast.alba))

    Drain().run_due()

    post.refresh_from_db()
    assert post.status == Post.Status.SCHEDULED
    assert practice.received(account) == []


def test_what_was_scheduled_is_sent_even_if_the_rows_change_later(cast, practice, account, write):
    post = write(account, text="As it was approved")
    workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba))
    Post.objects.filter(pk=post.pk).update(text="Changed behind everybody's back")

    Drain().run_due()

    assert [p["text"] for p in practice.received(account)] == ["As it was approved"]


def test_posts_of_one_account_keep_their_order(cast, practice, account, write):
    for number in range(12):
        workflow.schedule(
            post=write(account, text=f"Post {number}"), at=timezone.now(), by=cast.actor(cast.alba)
        )

    Drain(senders=8).run_due()

    assert [p["text"] for p in practice.received(account)] == [f"Post {number}" for number in range(12)]


@pytest.mark.parametrize("effect", ["accept_then_drop", "error_after_accept"])
def test_lost_answer_becomes_unconfirmed_and_is_never_sent_again_by_guess(
    cast, practice, account, write, effect
):
    practice.misbehave(account, effect)

    post = publish_now(cast, write(account))
    Drain().run_due()
    sweep.run(owner="test")

    assert post.status == Post.Status.NEEDS_ATTENTION
    assert only_delivery(post).status == Delivery.Status.UNCONFIRMED
    assert len(practice.received(account)) == 1
    assert Attempt.objects.get().outcome is None


def test_refused_post_fails_and_says_why(cast, practice, account, write):
    practice.misbehave(account, "refuse", status=422, message="No shouting here")

    post = publish_now(cast, write(account))

    assert post.status == Post.Status.FAILED
    assert only_delivery(post).message
    assert Attempt.objects.get().outcome == Attempt.Outcome.REJECTED
    assert practice.received(account) == []


def test_rate_limit_rests_the_lane_and_costs_no_try(cast, practice, account, write):
    practice.misbehave(account, "rate_limit", retry_after=120)

    post = publish_now(cast, write(account))

    delivery = only_delivery(post)
    lane = Lane.objects.get(account=account)
    assert delivery.status == Delivery.Status.PENDING
    assert delivery.tries == 0
    assert lane.not_before - timezone.now() > timedelta(seconds=110)
    assert claim.claim(10, owner="test") == []


def test_expired_token_pauses_the_lane_and_tells_who_can_reconnect(cast, practice, account, write):
    practice.expire_token(account)

    post = publish_now(cast, write(account))

    account.refresh_from_db()
    assert account.is_broken
    assert only_delivery(post).status == Delivery.Status.PENDING
    assert Lane.objects.get(account=account).paused_at is not None
    assert list(Notice.objects.filter(kind="account_broken").values_list("person__email", flat=True)) == [
        cast.paulo.email
    ]


def test_platform_that_cannot_be_reached_is_tried_again(cast, practice, account, write, settings):
    from posts.platforms import registry

    registry.load({"allow_loopback": True, "sandbox_url": "http://127.0.0.1:9"})
    post = publish_now(cast, write(account))
    delivery = only_delivery(post)
    assert (delivery.status, delivery.tries) == (Delivery.Status.PENDING, 1)

    registry.load({"allow_loopback": True, "sandbox_url": practice.url})
    Delivery.objects.update(next_attempt_at=timezone.now())
    queue.retime([account.pk])
    Drain().run_due()

    post.refresh_from_db()
    assert post.status == Post.Status.PUBLISHED
    assert len(practice.received(account)) == 1


def test_late_post_asks_a_person_instead_of_going_out(cast, practice, account, write):
    post = write(account)
    workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba))
    past = timezone.now() - timedelta(minutes=1)
    Delivery.objects.update(due_at=past - timedelta(hours=3), late_after=past)
    queue.retime([account.pk])

    Drain().run_due()

    post.refresh_from_db()
    assert post.status == Post.Status.NEEDS_ATTENTION
    assert only_delivery(post).held_reason == Delivery.HeldReason.LATE
    assert practice.received(account) == []
    assert Notice.objects.filter(kind="needs_attention", person=cast.alba).count() == 1


def test_post_waiting_in_a_paused_lane_is_held_when_its_grace_ends(cast, practice, account, write):
    post = write(account)
    queue.pause_lane(account, reason="Storm", by=cast.actor(cast.paulo))
    workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba))
    Drain().run_due()
    assert practice.received(account) == []

    Delivery.objects.update(late_after=timezone.now() - timedelta(seconds=1))
    sweep.run(owner="test")

    post.refresh_from_db()
    assert post.status == Post.Status.NEEDS_ATTENTION


def test_paused_chapter_sends_nothing_until_it_resumes(cast, practice, account, write):
    post = write(account)
    workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba))
    Chapter.objects.filter(pk=cast.porto.pk).update(state=Chapter.State.PAUSED)
    Drain().run_due()
    assert practice.received(account) == []

    Chapter.objects.filter(pk=cast.porto.pk).update(state=Chapter.State.ACTIVE)
    Drain().run_due()

    assert len(practice.received(account)) == 1


def test_chapter_paused_after_the_claim_still_sends_nothing(cast, practice, account, write):
    workflow.schedule(post=write(account), at=timezone.now(), by=cast.actor(cast.alba))
    (lease,) = claim.claim(1, owner="test")
    Chapter.objects.filter(pk=cast.porto.pk).update(state=Chapter.State.PAUSED)

    assert ledger.begin([lease]) == {lease.lane_id: None}
    assert Attempt.objects.count() == 0


def test_account_disconnected_meanwhile_holds_the_post(cast, practice, account, write):
    post = write(account)
    workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba))
    SocialAccount.objects.filter(pk=account.pk).update(disconnected_at=timezone.now())

    Drain().run_due()

    assert only_delivery(post).held_reason == Delivery.HeldReason.DISCONNECTED
    assert practice.received(account) == []


def test_approval_that_no_longer_binds_holds_the_post(cast, practice, account, write):
    post = write(account)
    workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba))
    Chapter.objects.filter(pk=cast.porto.pk).update(review_rule=Chapter.ReviewRule.REQUIRED)

    Drain().run_due()

    assert only_delivery(post).held_reason == Delivery.HeldReason.UNAPPROVED
    assert practice.received(account) == []


def test_one_account_out_and_one_refused_needs_attention(cast, practice, write):
    good, bad = practice.connect(cast.porto), practice.connect(cast.porto)
    practice.misbehave(bad, "refuse", status=422, message="No")

    post = publish_now(cast, write(good, bad))

    assert post.status == Post.Status.NEEDS_ATTENTION
    with pytest.raises(Refused):
        workflow.reopen(post=post, by=cast.actor(cast.alba))


# ---- what people settle


@pytest.fixture
def doubtful(cast, practice, account, write):
    practice.misbehave(account, "accept_then_drop")
    post = publish_now(cast, write(account))
    return only_delivery(post)


def test_confirming_with_the_link_publishes_without_sending(cast, practice, account, doubtful):
    repair.confirm(delivery=doubtful, by=cast.actor(cast.alba), permalink=f"{practice.url}/@x/1")

    Drain().run_due()

    doubtful.post.refresh_from_db()
    assert doubtful.post.status == Post.Status.PUBLISHED
    assert len(practice.received(account)) == 1
    assert Attempt.objects.get().outcome == Attempt.Outcome.OK
    assert Event.objects.filter(verb="confirmed", actor=cast.alba).exists()


def test_confirmed_post_is_out_since_the_call_without_an_answer(cast, practice, account, doubtful):
    began = Attempt.objects.get().started_at
    repair.confirm(delivery=doubtful, by=cast.actor(cast.alba), permalink=f"{practice.url}/@x/1")
    doubtful.refresh_from_db()
    doubtful.post.refresh_from_db()
    assert doubtful.published_at == doubtful.post.published_at == began


@pytest.mark.parametrize(
    "link", ["https://example.org/elsewhere", "nonsense", "https:///x", "ftp://127.0.0.1/1"]
)
def test_link_that_is_not_on_the_accounts_server_confirms_nothing(cast, doubtful, link):
    with pytest.raises(Refused):
        repair.confirm(delivery=doubtful, by=cast.actor(cast.alba), permalink=link)
    doubtful.refresh_from_db()
    assert doubtful.status == "unconfirmed"


def test_link_that_a_person_gave_can_be_corrected(cast, practice, account, doubtful):
    by = cast.actor(cast.alba)
    repair.confirm(delivery=doubtful, by=by, permalink=f"{practice.url}/@x/1")
    repair.correct(delivery=doubtful, by=by, permalink=f"{practice.url}/@x/2")
    doubtful.refresh_from_db()
    assert doubtful.permalink == f"{practice.url}/@x/2"
    with pytest.raises(Refused):
        repair.correct(delivery=doubtful, by=by, permalink="https://example.org/elsewhere")
    assert Event.objects.filter(verb="link_corrected", actor=cast.alba).count() == 1


def test_link_that_the_platform_gave_stays(cast, practice, account, write):
    delivery = only_delivery(publish_now(cast, write(account)))
    with pytest.raises(Refused):
        repair.correct(delivery=delivery, by=cast.actor(cast.alba), permalink=f"{practice.url}/@x/2")


def test_denying_sends_again_under_the_same_key(cast, practice, account, doubtful):
    end_quarantine(doubtful)
    repair.deny(delivery=doubtful, by=cast.actor(cast.alba))

    Drain().run_due()

    doubtful.post.refresh_from_db()
    assert doubtful.post.status == Post.Status.PUBLISHED
    # the person was wrong, and the platform honours the key: still one post
    assert len(practice.received(account)) == 1
    assert Attempt.objects.values_list("key", flat=True).distinct().count() == 1


def test_doubtful_delivery_cannot_be_retried(cast, doubtful):
    with pytest.raises(Refused):
        repair.retry(delivery=doubtful, by=cast.actor(cast.alba))

    doubtful.refresh_from_db()
    assert doubtful.status == Delivery.Status.UNCONFIRMED


def test_skipping_the_only_delivery_gives_a_draft_back(cast, doubtful):
    repair.skip(delivery=doubtful, by=cast.actor(cast.alba))

    doubtful.post.refresh_from_db()
    assert doubtful.post.status == Post.Status.DRAFT


def test_failed_delivery_is_sent_again_as_it_was_approved(cast, practice, account, write):
    practice.misbehave(account, "refuse", status=422, message="No")
    post = publish_now(cast, write(account, text="Try me twice"))

    repair.retry(delivery=only_delivery(post), by=cast.actor(cast.alba))
    Drain().run_due()

    post.refresh_from_db()
    assert post.status == Post.Status.PUBLISHED
    assert [p["text"] for p in practice.received(account)] == ["Try me twice"]


# ---- what the database refuses


def test_database_refuses_a_second_open_publish_attempt(doubtful):
    again = Attempt.objects.get()
    again.pk, again.number = None, 2

    with pytest.raises(IntegrityError), transaction.atomic():
        again.save(force_insert=True)


def test_worker_that_lost_its_lane_writes_nothing_but_evidence(cast, practice, account, write):
    post = write(account)
    workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba))
    (lease,) = claim.claim(1, owner="slow")
    call = ledger.begin([lease])[lease.lane_id]
    Lane.objects.filter(pk=lease.lane_id).update(lease_until=timezone.now() - timedelta(seconds=1))
    sweep.run(owner="fast")

    practice.misbehave(account, "accept_then_drop")
    assert finish.finish([(call, send.perform(call))]) == {lease.lane_id: False}

    delivery = only_delivery(post)
    assert delivery.status == Delivery.Status.UNCONFIRMED
    assert Attempt.objects.get().outcome is None
    assert Attempt.objects.get().evidence["fenced"] is True


def test_late_word_of_the_platform_that_it_published_settles_the_doubt(cast, practice, account, write):
    post = write(account)
    workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba))
    (lease,) = claim.claim(1, owner="slow")
    call = ledger.begin([lease])[lease.lane_id]
    Lane.objects.filter(pk=lease.lane_id).update(lease_until=timezone.now() - timedelta(seconds=1))
    sweep.run(owner="fast")

    assert finish.finish([(call, send.perform(call))]) == {lease.lane_id: False}

    post.refresh_from_db()
    assert post.status == Post.Status.PUBLISHED
    assert Attempt.objects.get().outcome == Attempt.Outcome.OK


def test_frozen_worker_does_not_send_after_its_lease(cast, practice, account, write):
    workflow.schedule(post=write(account), at=timezone.now(), by=cast.actor(cast.alba))
    (lease,) = claim.claim(1, owner="slow")
    call = ledger.begin([lease])[lease.lane_id]
    lease.taken -= lease.seconds  # it slept through its lease

    result = send.perform(call)

    assert result.error is not None
    assert practice.received(account) == []


def test_unsent_upload_of_a_dead_worker_is_done_again(cast, practice, account, write):
    data = io.BytesIO()
    Image.new("RGB", (80, 60), "olive").save(data, "PNG")
    data.seek(0)
    media = media_store.store(data, size=100, chapter=cast.porto, by=cast.alba)
    post = write(account, pictures=(composing.Picture(str(media.uid), "An olive square"),))
    workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba))
    (lease,) = claim.claim(1, owner="dead")
    assert ledger.begin([lease])[lease.lane_id].kind == Kind.STAGE
    Lane.objects.filter(pk=lease.lane_id).update(lease_until=timezone.now() - timedelta(seconds=1))

    Drain().run_due()

    post.refresh_from_db()
    assert post.status == Post.Status.PUBLISHED
    assert len(practice.received(account)) == 1
