"""A post that may be out: what its page says is known, what the hub does about it, and what people can do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from chapters.models import Event, Notice
from hubsite.lib import times
from posts import accounts, needs, workflow
from posts.models import Attempt, Delivery, Lane, Post, SocialAccount
from posts.problems import Refused
from posts.publishing import queue, repair, restored
from posts.views.post_page import seconds_until_news
from tests.support import posts

pytestmark = pytest.mark.django_db

SENT_AGAIN = "It is not there, send it again"
SAFE = "so it is safe to send it again."
WARNING = "Nobody can prove that it is not there."


def in_doubt(cast, *, listing="complete", checks=(), candidates=(), **columns):
    """A delivery of Porto's without an answer, with what the looks at its account showed."""
    account = posts.account(
        cast.porto, "@here", capabilities={"listing": listing}, url="https://practice.example.org/@here"
    )
    made = posts.settled(posts.scheduled(cast.porto, cast.alba, account), "unconfirmed")
    delivery = made.deliveries.get()
    Delivery.objects.filter(pk=delivery.pk).update(**columns)
    evidence = {"checks": list(checks), "candidates": list(candidates)}
    delivery.attempts.update(evidence=evidence)
    return Delivery.objects.select_related("post__chapter", "account").get(pk=delivery.pk)


def look(found=0, *, complete=True, **ago):
    at = timezone.now() - timedelta(**ago or {"minutes": 1})
    return {"at": at.isoformat(), "found": found, "complete": complete}


def soon(**length):
    return timezone.now() + timedelta(**length)


def page_of(cast, delivery, person=None):
    return (
        cast.client(person or cast.alba).get(reverse("post_detail", args=["porto", delivery.post.uid])).text
    )


def press(cast, name, delivery, data=None):
    url = reverse(name, args=["porto", delivery.post.uid, delivery.uid])
    return cast.client(cast.alba).post(url, data or {})


def shown(at, cast):
    return times.to_the_second(at, cast.porto.zone)


# ---- while the hub looks


def test_says_what_is_known_and_until_when_we_look(cast):
    delivery = in_doubt(cast, check_at=soon(seconds=40), checking_until=soon(minutes=4))
    text = page_of(cast, delivery)
    sent = delivery.attempts.get().started_at
    assert f"Sent at {shown(sent, cast)}, no clear answer came." in text
    assert f"next look {shown(delivery.check_at, cast)}, until {shown(delivery.checking_until, cast)}" in text
    assert shown(sent, cast).endswith(" Lisbon")
    assert text.count("Being looked for") == 2  # the post's badge and the account's
    assert "Needs attention" not in text
    assert "There is nothing you have to do yet." in text
    for way in ("It is there", SENT_AGAIN, "Skip this account"):
        assert way in text


def test_says_what_the_last_look_showed(cast):
    seen = look(minutes=1)
    delivery = in_doubt(cast, checks=[seen], check_at=soon(seconds=9), checking_until=soon(minutes=4))
    assert "and it did not show." in page_of(cast, delivery)
    failed = {"at": timezone.now().isoformat(), "error": "No answer"}
    delivery = in_doubt(cast, checks=[failed], check_at=soon(seconds=9), checking_until=soon(minutes=4))
    assert "We tried to look at" in page_of(cast, delivery)


@pytest.mark.parametrize(
    ("listing", "resend", "then"),
    [
        ("complete", True, "it is sent again by itself"),
        ("complete", False, "we ask you"),
        ("partial", True, "we ask you"),
    ],
)
def test_says_what_follows(cast, listing, resend, then):
    delivery = in_doubt(cast, listing=listing, check_at=soon(seconds=9), checking_until=soon(minutes=4))
    SocialAccount.objects.update(resend_absent=resend)
    assert then in page_of(cast, delivery)


def test_page_looks_again_after_the_next_look_and_stops_when_the_check_ends(cast):
    delivery = in_doubt(cast, check_at=soon(seconds=20), checking_until=soon(minutes=4))
    assert 20 <= seconds_until_news([delivery]) <= 22
    delivery.check_at = timezone.now()
    assert seconds_until_news([delivery]) == 5
    delivery.check_at = soon(minutes=3)
    assert seconds_until_news([delivery]) == 30
    delivery.check_at = delivery.checking_until = None
    assert seconds_until_news([delivery]) is None

    part = cast.client(cast.alba).get(
        reverse("post_now", args=["porto", delivery.post.uid]), headers={"HX-Request": "true"}
    )
    assert "We are looking at the account" in part.text


def test_nobody_is_asked_while_the_hub_looks(cast):
    delivery = in_doubt(cast, check_at=soon(seconds=9), checking_until=soon(minutes=4))
    assert needs.of(cast.membership(cast.alba)).count == 0
    Delivery.objects.filter(pk=delivery.pk).update(check_at=None, checking_until=None)
    assert [need.kind for need in needs.of(cast.membership(cast.alba)).rows] == ["trouble"]


def test_a_post_that_needs_somebody_elsewhere_too_is_shown(cast):
    one, two = posts.account(cast.porto), posts.account(cast.porto)
    post = posts.settled(posts.scheduled(cast.porto, cast.alba, one, two), "unconfirmed", "failed")
    post.deliveries.filter(status="unconfirmed").update(checking_until=soon(minutes=3))
    (need,) = needs.of(cast.membership(cast.alba)).rows
    assert two.handle in need.why
    assert one.handle not in need.why


# ---- once a person is asked


def test_absent_twice_on_a_complete_list_is_safe_to_send_again(cast):
    delivery = in_doubt(cast, checks=[look(minutes=3), look(minutes=2)])
    text = page_of(cast, delivery)
    assert "We looked twice and it did not show." in text
    assert SAFE in text
    assert WARNING not in text
    press(cast, "delivery_deny", delivery)
    delivery.refresh_from_db()
    assert delivery.status == "pending"


@pytest.mark.parametrize(
    ("listing", "checks"),
    [
        ("partial", [look(), look()]),  # the platform may hide posts
        ("none", []),  # cannot be read
        ("complete", []),  # was not read
        ("complete", [look()]),  # once is not enough
        ("complete", [look(), look(complete=False)]),  # not to its end
        ("complete", [look(), look(2)]),  # something is there
    ],
)
def test_anything_else_warns_and_wants_to_hear_that_somebody_looked(cast, listing, checks):
    delivery = in_doubt(cast, listing=listing, checks=checks)
    text = page_of(cast, delivery)
    assert WARNING in text
    assert SAFE not in text
    answer = press(cast, "delivery_deny", delivery)
    assert answer.status_code == 422
    assert "Look at the account first, then tick this." in answer.text
    delivery.refresh_from_db()
    assert delivery.status == "unconfirmed"
    press(cast, "delivery_deny", delivery, {"sure": "on"})
    delivery.refresh_from_db()
    assert delivery.status == "pending"
    assert Event.objects.filter(verb="denied", actor=cast.alba).count() == 1


def test_while_it_is_looked_for_sending_again_is_warned_of_too(cast):
    delivery = in_doubt(
        cast, checks=[look(), look()], check_at=soon(seconds=9), checking_until=soon(minutes=4)
    )
    assert "It may still appear in the next minutes." in page_of(cast, delivery)
    assert press(cast, "delivery_deny", delivery).status_code == 422


def test_several_that_look_like_it_are_there_to_choose_from_with_one_press(cast):
    links = ["https://practice.example.org/posts/7", "https://practice.example.org/posts/8"]
    delivery = in_doubt(cast, checks=[look(2)], candidates=[*links, "no-address-17"])
    text = page_of(cast, delivery)
    assert "Several posts there look like it." in text
    assert text.count("It is this one") == 2
    press(cast, "delivery_confirm", delivery, {"permalink": links[1]})
    delivery.refresh_from_db()
    assert (delivery.status, delivery.permalink) == ("published", links[1])
    assert Event.objects.filter(verb="confirmed", actor=cast.alba).count() == 1


def test_a_candidate_is_shown_as_text_and_never_as_markup(cast):
    delivery = in_doubt(cast, checks=[look(2)], candidates=['https://x.example/"><b>', "javascript:alert(1)"])
    text = page_of(cast, delivery)
    assert "javascript:" not in text
    assert "<b>" not in text


def test_an_account_set_to_ask_says_so(cast):
    delivery = in_doubt(cast, checks=[look(), look()])
    SocialAccount.objects.update(resend_absent=False)
    assert "This account is set to ask a person before anything is sent again." in page_of(cast, delivery)


def test_what_people_settle_ends_the_search_and_frees_the_account(cast):
    for name, data in (
        ("delivery_confirm", {"permalink": "https://practice.example.org/posts/9"}),
        ("delivery_deny", {"sure": "on"}),
        ("delivery_skip", {}),
    ):
        delivery = in_doubt(
            cast, due_at=timezone.now(), check_at=soon(minutes=9), checking_until=soon(minutes=10), absences=1
        )
        queue.retime([delivery.account_id])
        assert Lane.objects.get(account=delivery.account).next_due_at == delivery.check_at
        press(cast, name, delivery, data)
        delivery.refresh_from_db()
        assert (delivery.check_at, delivery.checking_until, delivery.absences) == (None, None, 0), name
        next_due_at = Lane.objects.get(account=delivery.account).next_due_at
        assert next_due_at is None or next_due_at <= timezone.now(), name
        SocialAccount.objects.filter(pk=delivery.account_id).update(disconnected_at=timezone.now())


def test_a_viewer_reads_it_all_and_gets_no_buttons(cast):
    delivery = in_doubt(cast, checks=[look(2)], candidates=["https://practice.example.org/posts/7"])
    other = posts.settled(
        posts.scheduled(cast.lisbon, cast.ana, reviewer=cast.rui), "unconfirmed"
    ).deliveries.get()
    text = cast.client(cast.vera).get(reverse("post_detail", args=["lisbon", other.post.uid])).text
    assert SENT_AGAIN not in text
    assert "no clear answer came." in text
    assert (
        cast.client(cast.otto).get(reverse("post_detail", args=["porto", delivery.post.uid])).status_code
        == 404
    )


def test_page_asks_one_query_more_for_any_number_of_doubts(cast, django_assert_max_num_queries):
    targets = [posts.account(cast.porto) for _each in range(6)]
    post = posts.settled(posts.scheduled(cast.porto, cast.alba, *targets), *["unconfirmed"] * 6)
    client, url = cast.client(cast.alba), reverse("post_detail", args=["porto", post.uid])
    client.get(url)
    one = posts.settled(posts.scheduled(cast.porto, cast.alba), "unconfirmed")
    with django_assert_max_num_queries(60) as few:
        client.get(reverse("post_detail", args=["porto", one.uid]))
    with django_assert_max_num_queries(len(few)):
        client.get(url)


def test_after_a_restored_backup_no_moment_of_sending_is_claimed(cast):
    account = posts.account(cast.porto)
    post = posts.scheduled(cast.porto, cast.alba, account)
    post.deliveries.update(due_at=timezone.now() - timedelta(minutes=2))
    restored.after_restore(backup_taken=timezone.now() - timedelta(minutes=5))
    delivery = Delivery.objects.select_related("post__chapter", "account").get(post=post)
    text = page_of(cast, delivery)
    assert "A backup from before its time was restored" in text
    assert "Sent at" not in text
    assert "We are looking at the account" in text


# ---- held


def held(cast, reason, message=""):
    delivery = posts.settled(posts.scheduled(cast.porto, cast.alba), "held").deliveries.get()
    Delivery.objects.filter(pk=delivery.pk).update(held_reason=reason, message=message, crashes=2, faults=3)
    return Delivery.objects.select_related("post__chapter", "account").get(pk=delivery.pk)


def test_poison_is_explained_and_a_new_try_begins_from_nothing(cast):
    delivery = held(cast, "poison", "The hub stumbled over this post several times.")
    text = page_of(cast, delivery)
    assert "Something in this post makes the hub stumble" in text
    assert "It is not out." in text
    press(cast, "delivery_retry", delivery)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.crashes, delivery.faults) == ("pending", 0, 0)


def test_restored_may_be_out_so_somebody_says_first_whether_it_is(cast):
    delivery = held(cast, "restored")
    text = page_of(cast, delivery)
    assert "A backup of the hub was restored." in text
    assert "Try again" not in text
    with pytest.raises(Refused, match="may be out already"):
        repair.retry(delivery=delivery, by=cast.actor(cast.alba))
    with pytest.raises(Refused, match="may be"):
        workflow.schedule(post=delivery.post, at=soon(hours=1), by=cast.actor(cast.alba))
    assert press(cast, "delivery_deny", delivery).status_code == 422
    press(cast, "delivery_confirm", delivery, {"permalink": "https://practice.example.org/posts/9"})
    delivery.refresh_from_db()
    assert (delivery.status, delivery.held_reason) == ("published", "")
    assert Post.objects.get(pk=delivery.post_id).status == "published"


def test_what_is_known_not_to_be_out_is_not_confirmed(cast):
    delivery = held(cast, "late")
    with pytest.raises(Refused):
        repair.confirm(delivery=delivery, by=cast.actor(cast.alba), permalink="https://example.org/1")
    assert not Attempt.objects.filter(outcome="ok").exists()


# ---- the account's switch


def test_switch_is_changed_by_who_manages_accounts_and_is_in_the_history(cast):
    account = posts.account(cast.lisbon)
    client, url = cast.client(cast.lucia), reverse("account_doubt", args=["lisbon", account.uid])
    assert "checked" in client.get(url).text
    client.post(url)
    account.refresh_from_db()
    assert account.resend_absent is False
    client.post(url)  # again: nothing changes, nothing is written down
    assert (
        Event.objects.filter(verb="resending_forbidden", actor=cast.lucia, chapter=cast.lisbon).count() == 1
    )
    client.post(url, {"resend_absent": "on"})
    account.refresh_from_db()
    assert account.resend_absent is True
    assert Event.objects.filter(verb="resending_allowed").count() == 1
    assert cast.client(cast.eduardo).get(url).status_code == 403
    assert cast.client(cast.paulo).get(url).status_code == 404


@pytest.mark.parametrize(
    ("listing", "why"), [("none", "does not let the hub look"), ("partial", "may not show")]
)
def test_where_the_list_proves_nothing_the_page_says_why_a_person_is_asked(cast, listing, why):
    account = posts.account(cast.lisbon, capabilities={"listing": listing})
    client, url = cast.client(cast.lucia), reverse("account_doubt", args=["lisbon", account.uid])
    text = client.get(url).text
    assert why in text
    assert "a person is always asked" in text
    assert "resend_absent" not in text
    assert "a person is always asked" in client.post(url, follow=True).text
    account.refresh_from_db()
    assert account.resend_absent is True
    with pytest.raises(Refused):
        accounts.set_resend_absent(account=account, allowed=False, by=cast.actor(cast.lucia))


def test_nobody_gets_a_notice_while_the_hub_looks(cast):
    account = posts.account(cast.porto)
    post = posts.begun(posts.scheduled(cast.porto, cast.alba, account))
    post.deliveries.update(status="unconfirmed", check_at=soon(seconds=9), checking_until=soon(minutes=4))
    workflow.settle(post=post)
    assert not Notice.objects.filter(kind="needs_attention").exists()
