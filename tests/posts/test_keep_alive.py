"""Access is kept alive where nothing is planned, and people are told before it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chapters.models import Notice
from chapters.permissions import Role
from posts import connecting, credentials
from posts.connecting import Party
from posts.models import ConnectionAttempt, Credential, Lane, SocialAccount
from posts.platforms.base import AuthExpired, ConfigError, RateLimited, Transient, UnknownOutcome
from posts.publishing import claim, keep_alive, queue
from tests.support import posts
from tests.support.cast import member
from tests.support.fake_platforms import TOKEN, page

pytestmark = pytest.mark.django_db

DAY = 86400.0


def made(cast, number=1, *, due=True, **terms):
    """An account of Lisbon's whose access was given a day ago; `due` to be renewed now."""
    party = Party(cast.lisbon, person=cast.lucia)
    account = connecting._keep(party, "fakepages", "", page(number, **{"expires_in": 5 * DAY, **terms}))
    Credential.objects.filter(account=account).update(changed_at=timezone.now() - timedelta(days=1))
    if due:
        Lane.objects.filter(account=account).update(refresh_at=timezone.now() - timedelta(minutes=1))
    return account


def run():
    return keep_alive.run(owner="test:1:keep")


def now_of(account):
    return SocialAccount.objects.select_related("lane").get(pk=account.pk)


# ---- renewing


def test_due_access_of_an_account_with_nothing_planned_is_renewed(cast, pages):
    account = made(cast)
    pages.renewed = page(2, expires_in=60 * DAY, renew_from=30 * DAY)

    assert run() == 1

    account = now_of(account)
    assert credentials.load(account).tokens == {"access_token": f"{TOKEN}-2"}
    assert account.expires_at - timezone.now() > timedelta(days=59)
    assert timedelta(days=29) < account.lane.refresh_at - timezone.now() < timedelta(days=31)
    assert (account.lane.lease_until, account.lane.lease_owner) == (None, "")
    assert run() == 0


def test_what_is_not_due_is_left_alone(cast, pages):
    made(cast, due=False)
    run()
    assert pages.asked == []


def test_end_that_a_renewal_does_not_speak_of_stays(cast, pages):
    account = made(cast, ends_in=300 * DAY)
    before = now_of(account).ends_at
    pages.renewed = page(1, expires_in=5 * DAY)
    run()
    assert now_of(account).ends_at == before


def test_short_lived_access_is_renewed_once_a_day_while_nothing_is_sent(cast, pages):
    account = made(cast, expires_in=7200.0)
    pages.renewed = page(1, expires_in=7200.0)
    run()
    Lane.objects.filter(account=account).update(refresh_at=timezone.now() - timedelta(minutes=1))
    run()
    assert pages.asked == ["refresh"]


def test_paused_account_is_renewed_and_stays_paused(cast, pages):
    account = made(cast)
    queue.pause_lane(account, reason="Summer", by=cast.actor(cast.lucia))
    pages.renewed = page(1, expires_in=5 * DAY)
    assert run() == 1
    assert now_of(account).lane.paused_reason == "Summer"


@pytest.mark.parametrize(
    "lane",
    [
        {"lease_until": timedelta(seconds=60), "lease_owner": "somebody"},
        {"not_before": timedelta(hours=1)},
        {"breaker_until": timedelta(hours=1)},
        {"next_due_at": timedelta(seconds=20)},
    ],
)
def test_lane_that_is_held_limited_or_about_to_send_is_left_alone(cast, pages, lane):
    account = made(cast)
    moments = {k: timezone.now() + v if isinstance(v, timedelta) else v for k, v in lane.items()}
    Lane.objects.filter(account=account).update(**moments)
    run()
    assert pages.asked == []


@pytest.mark.parametrize("column", ["disconnected_at", "broken_at"])
def test_account_that_is_let_go_or_broken_is_left_alone(cast, pages, column):
    account = made(cast)
    SocialAccount.objects.filter(pk=account.pk).update(**{column: timezone.now()})
    run()
    assert pages.asked == []


def test_refused_renewal_breaks_the_account_and_tells_once(cast, pages):
    account = made(cast)
    pages.error = AuthExpired("The access was taken back. Connect the account again.")
    run(), run()
    account = now_of(account)
    assert account.broken_message == "The access was taken back. Connect the account again."
    assert account.lane.paused_at is not None
    assert Notice.objects.filter(person=cast.lucia, kind="account_broken").count() == 1


@pytest.mark.parametrize(
    "error",
    [Transient("No answer."), RateLimited("Later."), UnknownOutcome("Lost."), ConfigError("Set up wrongly.")],
)
def test_renewal_that_fails_otherwise_is_tried_again_and_breaks_nothing(cast, pages, error):
    account = made(cast)
    pages.error = error
    assert run() == 0
    assert now_of(account).broken_at is None
    pages.error, pages.renewed = None, page(1, expires_in=5 * DAY)
    assert run() == 1


def test_platform_with_nothing_to_renew_is_not_asked_again(cast, pages):
    account = made(cast)
    run(), run()
    assert pages.asked == ["refresh"]
    assert now_of(account).lane.refresh_at is None
    assert now_of(account).broken_at is None


def test_one_account_in_trouble_keeps_no_other_waiting(cast, pages):
    first, second = made(cast, 1), made(cast, 2)
    Credential.objects.filter(account=first).update(sealed="gone:AAAA")
    pages.renewed = page(3, expires_in=5 * DAY)
    assert run() == 1
    assert credentials.load(now_of(second)).tokens["access_token"] == f"{TOKEN}-3"


def test_tokens_of_somebody_who_connected_it_anew_meanwhile_are_kept(cast, pages, monkeypatch):
    account = made(cast)

    def refresh(*args, **details):
        connecting._keep(Party(cast.lisbon, person=cast.lucia), "fakepages", "", page(1, expires_in=9 * DAY))
        credentials.save(account, {"access_token": "newer"})
        return page(2, expires_in=5 * DAY)

    monkeypatch.setattr(pages, "refresh", refresh)
    assert run() == 0
    assert credentials.load(account).tokens["access_token"] == "newer"


def test_new_tokens_are_kept_even_where_the_lane_was_lost_meanwhile(cast, pages, monkeypatch):
    account = made(cast)

    def refresh(*args, **details):
        Lane.objects.filter(account=account).update(fence=99, lease_owner="somebody else")
        return page(2, expires_in=5 * DAY)

    monkeypatch.setattr(pages, "refresh", refresh)
    run()
    assert credentials.load(account).tokens["access_token"] == f"{TOKEN}-2"
    assert now_of(account).lane.lease_owner == "somebody else"


def test_run_ends_between_two_accounts_when_the_worker_stops(cast, pages):
    made(cast, 1), made(cast, 2)
    pages.renewed = page(3, expires_in=5 * DAY)
    assert keep_alive.run(owner="test", stop=lambda: len(pages.asked) > 0) == 1


def test_sweep_wakes_it_where_something_is_due(cast, pages, wakes, monkeypatch):
    monkeypatch.setattr(keep_alive, "_woken_at", float("-inf"))
    made(cast, due=False)
    keep_alive.wake_now_and_then()
    assert "posts.keep_alive" not in [wake.task for wake in wakes]
    monkeypatch.setattr(keep_alive, "_woken_at", float("-inf"))
    made(cast)
    keep_alive.wake_now_and_then(), keep_alive.wake_now_and_then()
    assert [wake.task for wake in wakes].count("posts.keep_alive") == 1


def test_scheduler_runs_it_and_what_nobody_chose_is_wiped_with_it(cast, pages):
    from hubsite.celery import BEAT_SCHEDULE, app
    from posts.tasks import keep_access_alive

    assert BEAT_SCHEDULE["keep-alive"]["task"] in app.tasks
    made(cast)
    pages.renewed = page(1, expires_in=5 * DAY)
    attempt = ConnectionAttempt.objects.create(
        chapter=cast.lisbon, person=cast.lucia, platform="fakepages", state_hash="x", sealed_choices="sealed",
        expires_at=timezone.now(),
    )  # fmt: skip
    keep_access_alive()
    attempt.refresh_from_db()
    assert (pages.asked, attempt.sealed_choices) == (["refresh"], "")


def test_lane_taken_to_renew_is_given_back_with_its_next_job(cast, pages):
    account = made(cast)
    post = posts.scheduled(cast.lisbon, cast.ana, account, reviewer=cast.rui)
    (lease,) = claim.take_stale(5, owner="test")
    assert claim.take_stale(5, owner="other") == []
    claim.release([lease])
    assert now_of(account).lane.next_due_at == post.deliveries.get().due_at


def test_practice_network_renews_an_account_for_which_nothing_is_planned(cast, practice):
    account = practice.connect(cast.lisbon, renewable=True)
    before = credentials.load(account).tokens
    Credential.objects.update(changed_at=timezone.now() - timedelta(days=1))
    Lane.objects.update(refresh_at=timezone.now())
    practice.expire_token(account)

    assert run() == 1

    after = credentials.load(account).tokens
    assert after["access_token"] != before["access_token"]
    assert practice.limits(after["access_token"])["text_max"] == 500


def test_practice_network_that_took_the_grant_back_asks_for_a_new_connection(cast, practice):
    account = practice.connect(cast.lisbon, renewable=True)
    Credential.objects.update(changed_at=timezone.now() - timedelta(days=1))
    Lane.objects.update(refresh_at=timezone.now())
    practice.revoke_tokens(account, refresh=True)
    run()
    assert now_of(account).is_broken


# ---- telling


def told(cast):
    notices = Notice.objects.filter(person=cast.lucia, kind="access_ends").order_by("id")
    return [notice.body.split(".")[0] for notice in notices]


def ending(cast, pages, left):
    account = made(cast, due=False, ends_in=300 * DAY)
    ends = timezone.now() + timedelta(days=20)
    SocialAccount.objects.filter(pk=account.pk).update(ends_at=ends)
    for moment in left:  # time passes: the end comes nearer, which is the same end
        yield account, ends - moment


def at(monkeypatch, moment):
    monkeypatch.setattr(keep_alive, "database_now", lambda: moment)


def test_chapter_is_told_two_weeks_three_days_and_an_hour_before_each_once(cast, pages, monkeypatch):
    steps = [timedelta(days=15), timedelta(days=13), timedelta(days=9), timedelta(days=2),
             timedelta(hours=5), timedelta(minutes=50), timedelta(minutes=10)]  # fmt: skip
    counts = []
    for _account, moment in ending(cast, pages, steps):
        at(monkeypatch, moment)
        keep_alive.tell_of_endings()
        counts.append(len(told(cast)))
    assert counts == [0, 1, 1, 2, 2, 3, 3]


def test_somebody_who_may_manage_accounts_since_is_told_too(cast, pages, monkeypatch):
    ((_account, moment),) = ending(cast, pages, [timedelta(days=2)])
    at(monkeypatch, moment)
    keep_alive.tell_of_endings()
    lena = member("Lena", cast.lisbon, Role.LEAD)
    keep_alive.tell_of_endings()
    assert Notice.objects.filter(person=lena, kind="access_ends").count() == 1
    assert len(told(cast)) == 1


def test_notice_says_how_many_posts_are_planned_for_after_the_end(cast, pages, monkeypatch):
    ((account, moment),) = ending(cast, pages, [timedelta(days=2)])
    later = timezone.now() + timedelta(days=21)
    for when in (later, later, timezone.now() + timedelta(days=1)):
        posts.scheduled(cast.lisbon, cast.ana, account, reviewer=cast.rui, at=when)
    at(monkeypatch, moment)
    keep_alive.tell_of_endings()
    assert told(cast) == ["2 posts are planned for after that and would wait"]


def test_access_that_was_given_anew_is_told_of_anew(cast, pages, monkeypatch):
    ((account, moment),) = ending(cast, pages, [timedelta(days=2)])
    at(monkeypatch, moment)
    keep_alive.tell_of_endings()
    SocialAccount.objects.filter(pk=account.pk).update(ends_at=moment + timedelta(days=1))
    keep_alive.tell_of_endings()
    assert len(told(cast)) == 2


def test_access_that_ended_asks_for_a_new_connection_once(cast, pages, monkeypatch):
    ((account, moment),) = ending(cast, pages, [timedelta(minutes=-1)])
    at(monkeypatch, moment)
    assert keep_alive.end_what_is_over() == 0
    at(monkeypatch, moment + timedelta(minutes=5))
    assert keep_alive.end_what_is_over() == 1
    assert keep_alive.end_what_is_over() == 0
    account = now_of(account)
    assert account.is_broken
    assert account.lane.paused_at is not None
    assert Notice.objects.filter(person=cast.lucia, kind="account_broken").count() == 1


@pytest.mark.parametrize(
    ("expires_in", "more", "seconds"),
    [
        (None, {}, None),
        (3600.0, {}, 3000.0),
        (600.0, {}, 300.0),
        (60 * DAY, {"renew_from": 30 * DAY}, 30 * DAY),
        (60 * DAY, {"ends_in": 60 * DAY}, None),
        (3600.0, {"ends_in": 60 * DAY}, 3000.0),
    ],
)
def test_when_access_is_to_be_renewed(expires_in, more, seconds):
    now = timezone.now()
    at = queue.renewal(expires_in, now, **more)
    assert (at and (at - now).total_seconds()) == seconds
