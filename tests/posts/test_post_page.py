"""The page of one post, in every state and for every role, and what can be done there."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from chapters.models import Chapter, Event, Membership
from posts import workflow
from posts.models import Delivery, HelpRequest, Lane, Post, Review
from posts.views.post_page import seconds_until_news
from tests.support import posts

pytestmark = pytest.mark.django_db


def page_url(post):
    return reverse("post_detail", args=[post.chapter.slug, post.uid])


def url(name, post, *more):
    return reverse(name, args=[post.chapter.slug, post.uid, *more])


@pytest.fixture
def two(cast):
    return [posts.account(cast.lisbon, "@one"), posts.account(cast.lisbon, "@two")]


@pytest.fixture
def scheduled(cast, two):
    return lambda **details: posts.scheduled(cast.lisbon, cast.ana, *two, reviewer=cast.rui, **details)


def every_state(cast, two, scheduled):
    return {
        "draft": posts.draft(cast.lisbon, cast.ana, *two),
        "in_review": posts.in_review(cast.lisbon, cast.ana, *two),
        "approved": posts.approved(cast.lisbon, cast.ana, cast.rui, *two),
        "scheduled": scheduled(),
        "publishing": posts.begun(scheduled()),
        "published": posts.settled(scheduled(), "published", "published"),
        "failed": posts.settled(scheduled(), "failed", "failed"),
        "needs_attention": posts.settled(scheduled(), "unconfirmed", "held"),
    }


@pytest.mark.parametrize("name", ["vera", "ana", "eduardo", "lucia"])
def test_opens_in_every_state(cast, two, scheduled, name):
    client = cast.client(cast.people[name])
    for status, post in every_state(cast, two, scheduled).items():
        page = client.get(page_url(post))
        assert post.status == status
        assert page.status_code == 200, status


def test_viewer_sees_no_buttons(cast, two, scheduled):
    client = cast.client(cast.vera)
    for status, post in every_state(cast, two, scheduled).items():
        content = client.get(page_url(post)).content.decode()
        forms = content.count("<form") - content.count("<form", 0, content.index('id="standing"'))
        assert forms == 0, status


def test_outsiders_and_other_chapters_posts_are_not_found(cast, two):
    post = posts.draft(cast.lisbon, cast.ana, *two)
    assert cast.client(cast.otto).get(page_url(post)).status_code == 404
    assert cast.client(cast.alba).get(f"/c/porto/posts/{post.uid}/").status_code == 404
    assert cast.client(cast.alba).post(f"/c/porto/posts/{post.uid}/submit/").status_code == 404


def test_says_whom_it_waits_for(cast, two):
    post = posts.in_review(cast.lisbon, cast.ana, *two)
    content = cast.client(cast.ana).get(page_url(post)).content.decode()
    assert "Waiting for Eduardo, Rui or Lucia to review it." in content


def test_says_what_to_do_when_nobody_can_approve(cast, two):
    Membership.objects.filter(user__in=[cast.eduardo, cast.rui, cast.lucia]).update(role="author")
    post = posts.in_review(cast.lisbon, cast.ana, *two)
    content = cast.client(cast.ana).get(page_url(post)).content.decode()
    assert "Nobody else in Lisbon can approve it." in content
    assert "Ask the central team" in content


def test_what_platforms_object_to_stands_beside_a_draft(cast, two):
    post = posts.draft(cast.lisbon, cast.ana, *two, text="a" * 501)
    assert "@one: The text is 1 too long" in cast.client(cast.ana).get(page_url(post)).content.decode()


def test_difference_from_an_earlier_wording(cast, two):
    post = posts.draft(cast.lisbon, cast.ana, *two, text="The market opens at nine")
    cast.client(cast.ana).post(
        url("post_edit", post),
        {"text": "The market opens at ten", "form_key": post.form_key, "revision": 1, "do": "save"}
        | {"targets": [account.pk for account in two]},
    )
    content = cast.client(cast.ana).get(f"{page_url(post)}?compare=1").content.decode()
    assert "nine</del>" in content
    assert "ten</ins>" in content
    assert cast.client(cast.ana).get(f"{page_url(post)}?compare=nonsense").status_code == 200


def test_history_in_words(cast, two, scheduled):
    post = posts.settled(scheduled(), "published", "failed")
    cast.client(cast.ana).post(url("delivery_skip", post, post.deliveries.last().uid))
    content = cast.client(cast.ana).get(page_url(post)).content.decode()
    for line in (
        "Ana began this post",
        "Ana submitted it for review",
        "Rui approved it",
        "Ana scheduled it for",
        "The hub began to send it",
        "It needs somebody to look",
        "Ana skipped @two",
    ):
        assert line in content, line


def test_query_count_does_not_grow(cast, django_assert_max_num_queries):
    def post_to(count):
        accounts = [posts.account(cast.lisbon) for _ in range(count)]
        post = posts.scheduled(cast.lisbon, cast.ana, *accounts, reviewer=cast.rui)
        post = posts.settled(post, *["unconfirmed"] * count)
        for number in range(count):
            workflow.comment(post=post, membership=cast.membership(cast.rui), text=f"Comment {number}")
        return post

    client = cast.client(cast.ana)
    small, large = post_to(1), post_to(9)
    client.get(page_url(small))
    with django_assert_max_num_queries(40) as few:
        client.get(page_url(small))
    with django_assert_max_num_queries(len(few)):
        client.get(page_url(large))


class TestVerbs:
    def test_submit_withdraw_schedule_unschedule_publish(self, cast):
        post = posts.draft(cast.porto, cast.alba)
        client = cast.client(cast.alba)
        for name, data, status in [
            ("post_submit", {}, "in_review"),
            ("post_withdraw", {}, "draft"),
            ("post_schedule", {"date": "2099-07-01", "time": "10:00"}, "scheduled"),
            ("post_unschedule", {}, "draft"),
            ("post_publish_now", {}, "scheduled"),
            ("post_reopen", {}, "draft"),
        ]:
            assert client.post(url(name, post), data).status_code == 302
            post.refresh_from_db()
            assert post.status == status, name

    def test_role_that_lacks_the_right_is_forbidden(self, cast, two):
        post = posts.draft(cast.lisbon, cast.ana, *two)
        assert cast.client(cast.vera).post(url("post_submit", post)).status_code == 403

    def test_author_may_not_act_on_another_authors_post(self, cast, two):
        Membership.objects.filter(user=cast.eduardo).update(role="author")
        post = posts.draft(cast.lisbon, cast.ana, *two)
        client = cast.client(cast.eduardo)
        for name in ("post_submit", "post_delete", "post_ask_help"):
            assert client.post(url(name, post)).status_code == 403, name
        assert client.post(url("post_duplicate", post)).status_code == 302

    def test_wrong_state_is_told_and_changes_nothing(self, cast, two):
        post = posts.draft(cast.lisbon, cast.ana, *two)
        before = Event.objects.count()
        for name in ("post_withdraw", "post_unschedule", "post_reopen", "post_publish_now", "post_reuse"):
            answer = cast.client(cast.ana).post(url(name, post), follow=True)
            assert answer.redirect_chain[-1][0] == page_url(post), name
            assert 'class="notice failure"' in answer.content.decode(), name
        assert Event.objects.count() == before

    def test_opening_an_action_shows_the_post(self, cast, two):
        post = posts.draft(cast.lisbon, cast.ana, *two)
        for name in ("post_submit", "post_comment", "post_delete", "post_ask_help"):
            assert cast.client(cast.ana).get(url(name, post))["Location"] == page_url(post)
        assert Post.objects.filter(pk=post.pk, status="draft").exists()

    def test_refused_time_comes_back_as_it_was_typed(self, cast):
        post = posts.draft(cast.porto, cast.alba)
        answer = cast.client(cast.alba).post(
            url("post_schedule", post), {"date": "2020-01-01", "time": "09:15"}
        )
        content = answer.content.decode()
        assert answer.status_code == 422
        assert "That time has passed" in content
        assert 'value="09:15"' in content

    def test_duplicate_twice_clicked_makes_one_copy(self, cast, two):
        post = posts.draft(cast.lisbon, cast.ana, *two)
        key = {"form_key": str(uuid.uuid4())}
        client = cast.client(cast.ana)
        first, second = (
            client.post(url("post_duplicate", post), key),
            client.post(url("post_duplicate", post), key),
        )
        assert first["Location"] == second["Location"]
        copy = Post.objects.exclude(pk=post.pk).get()
        assert (copy.text, copy.reused_from) == (post.text, post)

    def test_reuse_twice_clicked_makes_one_post_for_what_did_not_go_out(self, cast, two, scheduled):
        post = posts.settled(scheduled(), "published", "failed")
        key = {"form_key": str(uuid.uuid4())}
        client = cast.client(cast.ana)
        first, second = client.post(url("post_reuse", post), key), client.post(url("post_reuse", post), key)
        assert first["Location"] == second["Location"]
        copy = Post.objects.exclude(pk=post.pk).get()
        assert [target.account for target in copy.targets.all()] == [two[1]]
        post.refresh_from_db()
        assert post.status == "published"

    def test_never_submitted_draft_is_deleted(self, cast, two):
        post = posts.draft(cast.lisbon, cast.ana, *two)
        cast.client(cast.ana).post(url("post_delete", post))
        assert not Post.objects.exists()

    def test_comment_needs_words_and_keeps_its_place(self, cast, two):
        post = posts.draft(cast.lisbon, cast.ana, *two)
        answer = cast.client(cast.rui).post(url("post_comment", post), {"text": " "})
        assert answer.status_code == 422
        assert "Write something first." in answer.content.decode()
        cast.client(cast.rui).post(url("post_comment", post), {"text": "Name the hall."})
        assert Review.objects.get().text == "Name the hall."
        assert "Rui commented" in cast.client(cast.ana).get(page_url(post)).content.decode()

    def test_ask_the_central_team_and_end_it(self, cast, two):
        post = posts.in_review(cast.lisbon, cast.ana, *two)
        client = cast.client(cast.ana)
        client.post(url("post_ask_help", post), {"note": "Too long?", "may_approve": "on"})
        asked = HelpRequest.objects.get()
        assert (asked.of_chapter, asked.may_approve, asked.note) == (cast.central, True, "Too long?")
        assert "Central team has been asked" not in client.get(page_url(post)).content.decode()
        client.post(url("post_close_help", post))
        asked.refresh_from_db()
        assert asked.closed_at is not None


class TestDeliveries:
    def test_what_failed_comes_before_what_else_could_be_done(self, cast, two, scheduled):
        page = cast.client(cast.ana).get(page_url(posts.settled(scheduled(), "failed", "failed"))).text
        assert page.index('id="deliveries"') < page.index('id="actions"')
        assert page.count('class="button small primary"') == 1

    def test_failed_one_is_tried_again(self, cast, two, scheduled):
        post = posts.settled(scheduled(), "failed", "failed")
        cast.client(cast.ana).post(url("delivery_retry", post, post.deliveries.first().uid))
        post.refresh_from_db()
        assert post.status == "publishing"
        assert post.deliveries.first().status == "pending"

    def test_doubt_is_settled_with_the_link(self, cast, two, scheduled):
        post = posts.settled(scheduled(), "published", "unconfirmed")
        delivery = post.deliveries.last()
        client = cast.client(cast.ana)
        answer = client.post(url("delivery_confirm", post, delivery.uid), {"permalink": "not an address"})
        content = answer.content.decode()
        assert answer.status_code == 422
        assert "as your browser shows it" in content
        assert 'value="not an address"' in content

        client.post(
            url("delivery_confirm", post, delivery.uid), {"permalink": "practice.example.org/posts/9"}
        )
        delivery.refresh_from_db()
        post.refresh_from_db()
        assert (delivery.status, delivery.permalink) == ("published", "https://practice.example.org/posts/9")
        assert post.status == "published"

    def test_link_is_corrected_where_it_was_given(self, cast, two, scheduled):
        post = posts.settled(scheduled(), "published", "unconfirmed")
        delivery = post.deliveries.last()
        client = cast.client(cast.ana)
        address = url("delivery_confirm", post, delivery.uid)
        client.post(address, {"permalink": "https://practice.example.org/posts/9"})
        assert client.get(page_url(post)).text.count("Correct the link") == 1
        client.post(address, {"permalink": "https://practice.example.org/posts/10"})
        delivery.refresh_from_db()
        assert delivery.permalink == "https://practice.example.org/posts/10"

    def test_doubt_is_settled_by_sending_again(self, cast, two, scheduled):
        post = posts.settled(scheduled(), "published", "unconfirmed")
        cast.client(cast.ana).post(url("delivery_deny", post, post.deliveries.last().uid), {"sure": "on"})
        assert post.deliveries.last().status == "pending"

    def test_doubt_is_never_simply_retried(self, cast, two, scheduled):
        post = posts.settled(scheduled(), "published", "unconfirmed")
        content = cast.client(cast.ana).post(
            url("delivery_retry", post, post.deliveries.last().uid), follow=True
        )
        assert "so nothing was changed" in content.content.decode()
        assert post.deliveries.last().status == "unconfirmed"

    def test_another_posts_delivery_is_not_found(self, cast, two, scheduled):
        one = posts.settled(scheduled(), "failed", "failed")
        other = posts.settled(posts.scheduled(cast.porto, cast.alba), "failed")
        answer = cast.client(cast.ana).post(url("delivery_skip", one, other.deliveries.get().uid))
        assert answer.status_code == 404
        assert other.deliveries.get().status == "failed"

    def test_rows_refresh_themselves_only_while_something_is_on_its_way(self, cast, two, scheduled):
        client = cast.client(cast.ana)
        post = posts.begun(scheduled())
        content = client.get(page_url(post)).content.decode()
        assert 'hx-trigger="load delay:2s"' in content
        fragment = client.get(url("post_now", post), headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in fragment
        assert 'id="standing" hx-swap-oob="true"' in fragment

        posts.settled(post, "published", "published")
        fragment = client.get(url("post_now", post), headers={"HX-Request": "true"}).content.decode()
        assert "hx-trigger" not in fragment
        assert "https://practice.example.org/posts/" in fragment
        assert "hx-trigger" not in client.get(page_url(post)).content.decode().split('id="deliveries"')[1]

    def test_post_that_moved_on_leaves_nothing_said_for_its_old_status(self, cast, two, scheduled):
        client = cast.client(cast.ana)
        post = posts.begun(scheduled())
        assert "?was=publishing" in client.get(page_url(post)).text
        ask = {"data": {"was": "publishing"}, "headers": {"HX-Request": "true"}}
        assert 'id="notices"' not in client.get(url("post_now", post), **ask).text
        posts.settled(post, "published", "published")
        fragment = client.get(url("post_now", post), **ask).text
        assert "As it went out" in fragment
        for part in ("looks", "help", "notices"):
            assert f'id="{part}"' in fragment

    def test_fragment_opened_as_a_page_goes_to_the_post(self, cast, two, scheduled):
        post = posts.begun(scheduled())
        assert cast.client(cast.ana).get(url("post_now", post))["Location"] == page_url(post)

    def test_waiting_says_why(self, cast, two, scheduled):
        post = scheduled()
        post.deliveries.update(due_at=timezone.now() - timedelta(minutes=1))
        Lane.objects.filter(account=two[0]).update(paused_at=timezone.now(), paused_reason="Summer break.")
        type(two[1]).objects.filter(pk=two[1].pk).update(broken_at=timezone.now())
        content = cast.client(cast.ana).get(page_url(post)).content.decode()
        assert "It waits: the account is paused. Summer break." in content
        assert "It waits until the account is connected again." in content
        Chapter.objects.filter(pk=cast.lisbon.pk).update(state="paused")
        content = cast.client(cast.ana).get(page_url(post)).content.decode()
        assert "publishing is paused for Lisbon" in content
        assert "It waits: publishing is paused. It is planned for" in content
        assert "It goes out on" not in content


class TestSecondsUntilNews:
    def seconds(self, post):
        return seconds_until_news(list(post.deliveries.select_related("account__lane")))

    def test_sleeps_until_the_due_time(self, cast, scheduled):
        post = scheduled(at=timezone.now() + timedelta(minutes=5))
        assert 295 <= self.seconds(post) <= 300

    def test_far_away_looks_again_every_quarter_of_an_hour(self, cast, scheduled):
        assert self.seconds(scheduled()) == 900

    def test_paused_account_is_not_asked_about_every_two_seconds(self, cast, two, scheduled):
        post = scheduled()
        post.deliveries.update(due_at=timezone.now())
        Lane.objects.update(paused_at=timezone.now())
        assert self.seconds(post) == 30

    def test_settled_ends_it(self, cast, scheduled):
        assert self.seconds(posts.settled(scheduled(), "published", "unconfirmed")) is None
        assert Delivery.objects.exists()
