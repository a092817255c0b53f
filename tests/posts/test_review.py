"""Reviewing: the list, the page of one post, the two verdicts, and help from the central team."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from hubsite.lib import times
from posts import composing, helping, workflow
from posts.models import HelpRequest, Post, Review
from tests.support import posts

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(cast):
    return posts.account(cast.lisbon, "@lisbon")


@pytest.fixture
def post(cast, account):
    return posts.in_review(cast.lisbon, cast.ana, account, text="The market opens at nine")


def url(name, post):
    return reverse(name, args=[post.chapter.slug, post.uid])


def change(cast, post, text, by=None):
    draft = composing.Draft(text=text, targets={target.account_id: None for target in post.targets.all()})
    return composing.update(
        post=post, by=cast.actor(by or cast.ana), draft=draft, seen_revision=post.revision
    )


class TestList:
    def test_shows_what_waits_and_what_waits_for_others(self, cast, account, post):
        own = posts.in_review(cast.lisbon, cast.rui, account, text="Rui's own post")
        content = cast.client(cast.rui).get("/c/lisbon/review/").content.decode()
        waiting, others = content.split('id="others-head"')
        assert url("post_review", post) in waiting
        assert url("post_detail", own) in others
        assert url("post_review", own) not in waiting

    def test_authors_have_no_such_list(self, cast):
        assert cast.client(cast.ana).get("/c/lisbon/review/").status_code == 403

    def test_empty(self, cast):
        assert "Nothing waits for you" in cast.client(cast.rui).get("/c/lisbon/review/").content.decode()

    def test_query_count_does_not_grow(self, cast, account, django_assert_max_num_queries):
        def fill(count):
            for _ in range(count):
                posts.in_review(cast.lisbon, cast.ana, account)

        client = cast.client(cast.rui)
        fill(3)
        client.get("/c/lisbon/review/")
        with django_assert_max_num_queries(40) as few:
            client.get("/c/lisbon/review/")
        fill(40)
        with django_assert_max_num_queries(len(few)):
            client.get("/c/lisbon/review/")


class TestPage:
    def test_button_says_what_happens_next(self, cast, account, post):
        planned = timezone.now() + timedelta(days=2)
        timed = posts.in_review(cast.lisbon, cast.ana, account, planned_at=planned)
        client = cast.client(cast.rui)
        words = f"Approve and schedule for {times.when(planned, cast.lisbon.zone)}"
        assert words in client.get(url("post_review", timed)).content.decode()
        assert "Approve and schedule" not in client.get(url("post_review", post)).content.decode()

    def test_own_work_has_no_button_but_the_reason(self, cast, account):
        own = posts.in_review(cast.lisbon, cast.rui, account)
        content = cast.client(cast.rui).get(url("post_review", own)).content.decode()
        assert "somebody else has to approve it" in content
        assert url("post_approve", own) not in content

    def test_difference_since_the_last_look(self, cast, post):
        workflow.request_changes(
            post=post, membership=cast.membership(cast.rui), revision=1, text="Ten, not nine."
        )
        post = change(cast, Post.objects.get(pk=post.pk), "The market opens at ten")
        workflow.submit(post=post, by=cast.actor(cast.ana))
        content = cast.client(cast.rui).get(url("post_review", post)).content.decode()
        assert "New since you looked on" in content
        assert "nine</del>" in content
        content = cast.client(cast.eduardo).get(url("post_review", post)).content.decode()
        assert "Changed since it was sent back on" in content

    def test_first_look_has_no_difference(self, cast, post):
        assert "New since" not in cast.client(cast.rui).get(url("post_review", post)).content.decode()

    def test_post_not_in_review_leads_to_its_page(self, cast, account):
        draft = posts.draft(cast.lisbon, cast.ana, account)
        assert cast.client(cast.rui).get(url("post_review", draft))["Location"] == url("post_detail", draft)


class TestVerdict:
    def test_approve(self, cast, post):
        cast.client(cast.rui).post(url("post_approve", post), {"revision": 1, "text": "Lovely."})
        post.refresh_from_db()
        assert post.status == "approved"
        assert Review.objects.get().text == "Lovely."

    def test_approve_and_schedule_in_one_click(self, cast, account):
        planned = timezone.now() + timedelta(days=2)
        post = posts.in_review(cast.lisbon, cast.ana, account, planned_at=planned)
        cast.client(cast.rui).post(url("post_approve", post), {"revision": 1, "then": "schedule"})
        post.refresh_from_db()
        assert post.status == "scheduled"
        assert post.deliveries.get().due_at == planned

    def test_approval_stands_where_the_time_has_passed(self, cast, account):
        post = posts.in_review(
            cast.lisbon, cast.ana, account, planned_at=timezone.now() - timedelta(minutes=5)
        )
        answer = cast.client(cast.rui).post(
            url("post_approve", post), {"revision": 1, "then": "schedule"}, follow=True
        )
        post.refresh_from_db()
        assert post.status == "approved"
        assert "Approved, but not scheduled. That time has passed." in answer.content.decode()

    def test_nobody_approves_what_they_changed(self, cast, post):
        change(cast, post, "Rui's words", by=cast.rui)
        answer = cast.client(cast.rui).post(url("post_approve", post), {"revision": 2, "text": "Good"})
        content = answer.content.decode()
        assert answer.status_code == 422
        assert "somebody else has to approve it" in content
        assert ">\nGood</textarea>" in content
        post.refresh_from_db()
        assert post.status == "in_review"

    def test_authors_do_not_approve(self, cast, account):
        post = posts.in_review(cast.lisbon, cast.rui, account)
        assert cast.client(cast.ana).post(url("post_approve", post), {"revision": 1}).status_code == 403
        assert not Review.objects.exists()

    def test_approval_binds_to_what_was_seen(self, cast, post):
        change(cast, post, "The market opens at ten")
        answer = cast.client(cast.rui).post(url("post_approve", post), {"revision": 1, "text": "Fine"})
        content = answer.content.decode()
        assert answer.status_code == 409
        assert "Look at the new wording first" in content
        assert "The market opens at ten" in content
        assert 'name="revision" value="2"' in content
        assert ">\nFine</textarea>" in content
        post.refresh_from_db()
        assert post.status == "in_review"

    @pytest.mark.parametrize("revision", ["", "x", "0"])
    def test_approval_without_a_revision_is_none(self, cast, post, revision):
        answer = cast.client(cast.rui).post(url("post_approve", post), {"revision": revision})
        assert answer.status_code == 422
        assert not Review.objects.exists()

    def test_ask_for_changes_needs_words(self, cast, post):
        client = cast.client(cast.rui)
        answer = client.post(url("post_request_changes", post), {"revision": 1})
        assert answer.status_code == 422
        assert "Say what should change" in answer.content.decode()
        client.post(url("post_request_changes", post), {"revision": 1, "text": "Ten, not nine."})
        post.refresh_from_db()
        assert post.status == "draft"

    def test_verdict_that_comes_too_late_keeps_the_words(self, cast, post):
        workflow.withdraw(post=post, by=cast.actor(cast.ana))
        answer = cast.client(cast.rui).post(
            url("post_request_changes", post), {"revision": 1, "text": "A long and careful answer"}
        )
        assert answer.status_code == 422
        assert "A long and careful answer</textarea>" in answer.content.decode()

    def test_opening_a_verdict_shows_the_review(self, cast, post):
        assert cast.client(cast.rui).get(url("post_approve", post))["Location"] == url("post_review", post)


class TestAsked:
    @pytest.fixture
    def asked(self, cast, post):
        return helping.ask_help(
            post=post, of_chapter=cast.central, by=cast.actor(cast.ana), note="Too long?", may_approve=True
        )

    def test_central_team_sees_only_what_it_was_asked_about(self, cast, account, post, asked):
        other = posts.in_review(cast.lisbon, cast.ana, account)
        client = cast.client(cast.cato)
        content = client.get(f"/central/asking/{post.uid}/").content.decode()
        assert "The market opens at nine" in content
        assert "Too long?" in content
        assert client.get(f"/central/asking/{other.uid}/").status_code == 404
        assert client.get(f"/c/lisbon/posts/{post.uid}/").status_code == 404
        assert cast.client(cast.otto).get(f"/central/asking/{post.uid}/").status_code == 404

    def test_what_was_said_before_they_were_asked_stays_in_the_chapter(self, cast, post):
        workflow.comment(post=post, membership=cast.membership(cast.rui), text="Between ourselves")
        helping.ask_help(post=post, of_chapter=cast.central, by=cast.actor(cast.ana))
        workflow.comment(post=post, membership=cast.membership(cast.rui), text="Dear central team")
        content = cast.client(cast.cleo).get(f"/central/asking/{post.uid}/").content.decode()
        assert "Dear central team" in content
        assert "Between ourselves" not in content

    def test_ended_request_closes_the_door(self, cast, post, asked):
        helping.close_help(request=asked, by=cast.actor(cast.ana))
        page = cast.client(cast.cleo).get(f"/central/asking/{post.uid}/")
        assert page.status_code == 409
        assert post.text not in page.text

    def test_approval_counts_where_the_chapter_said_so(self, cast, post, asked):
        answer = cast.client(cast.cleo).post(f"/central/asking/{post.uid}/approve/", {"revision": 1})
        assert answer["Location"] == "/central/asking/"
        post.refresh_from_db()
        assert (post.status, post.deliveries.count()) == ("approved", 0)

    def test_approval_is_refused_where_only_advice_was_asked(self, cast, post, asked):
        HelpRequest.objects.update(may_approve=False)
        client = cast.client(cast.cleo)
        assert "asking/" in client.get(f"/central/asking/{post.uid}/").content.decode()
        answer = client.post(f"/central/asking/{post.uid}/approve/", {"revision": 1})
        assert answer.status_code == 422
        assert "The chapter asked for advice" in answer.content.decode()
        assert not Review.objects.exists()

    def test_advice_reaches_the_chapter(self, cast, post, asked):
        cast.client(cast.cato).post(f"/central/asking/{post.uid}/comment/", {"text": "Cut the last line."})
        review = Review.objects.get()
        assert (review.kind, review.reviewer_chapter) == ("advice", cast.central)
        content = cast.client(cast.ana).get(url("post_detail", post)).content.decode()
        assert "Cato of Central team advises" in content

    def test_changes_can_be_asked_for(self, cast, post, asked):
        client = cast.client(cast.cleo)
        assert client.post(f"/central/asking/{post.uid}/changes/", {"revision": 1}).status_code == 422
        client.post(f"/central/asking/{post.uid}/changes/", {"revision": 1, "text": "Ten, not nine."})
        post.refresh_from_db()
        assert post.status == "draft"

    def test_changed_meanwhile_is_shown_anew(self, cast, post, asked):
        change(cast, post, "The market opens at ten")
        answer = cast.client(cast.cleo).post(f"/central/asking/{post.uid}/approve/", {"revision": 1})
        assert answer.status_code == 409
        assert "The market opens at ten" in answer.content.decode()
