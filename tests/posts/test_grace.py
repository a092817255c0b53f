"""How late a post may be before somebody is asked: chosen for the post, else as its chapter has it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from chapters.models import Chapter
from hubsite.lib import times
from posts import composing, workflow
from posts.models import Delivery, Post
from posts.publishing import repair
from tests.support import posts

pytestmark = pytest.mark.django_db

MAY = {"date": f"{timezone.now().year + 1}-05-04", "time": "12:00"}


def url(name, post):
    return reverse(name, args=[post.chapter.slug, post.uid])


def lateness(post):
    delivery = post.deliveries.get()
    return delivery.late_after - delivery.due_at


def sheet(account, **fields):
    return {"text": "Come on Saturday", "targets": [account.pk], "form_key": uuid.uuid4(), **fields}


@pytest.mark.parametrize(
    ("grace", "minutes", "stored"), [("15", 15, 15), ("1440", 1440, 1440), ("", 120, None)]
)
def test_schedule_form_of_a_post_decides_its_grace(cast, grace, minutes, stored):
    post = posts.draft(cast.porto, cast.alba)
    cast.client(cast.alba).post(url("post_schedule", post), {**MAY, "grace": grace})
    post.refresh_from_db()
    assert (post.status, post.grace_minutes) == ("scheduled", stored)
    assert lateness(post) == timedelta(minutes=minutes)


def test_form_says_what_is_usual_here_and_what_was_chosen(cast):
    Chapter.objects.filter(pk=cast.porto.pk).update(late_after_minutes=90)
    post = posts.draft(cast.porto, cast.alba)
    page = cast.client(cast.alba).get(url("post_detail", post)).text
    assert "If it can’t go out in time, ask me after" in page
    assert "As usual here: 1 hour 30 minutes" in page
    Post.objects.update(grace_minutes=180)
    assert (
        '<option value="180" selected>3 hours</option>'
        in cast.client(cast.alba).get(url("post_detail", post)).text
    )


def test_no_other_grace_is_taken(cast):
    post = posts.draft(cast.porto, cast.alba)
    answer = cast.client(cast.alba).post(url("post_schedule", post), {**MAY, "grace": "999999"})
    assert answer.status_code == 422
    post.refresh_from_db()
    assert post.status == "draft"


@pytest.mark.parametrize("doing", ["schedule", "publish"])
def test_grace_is_chosen_on_the_sheet(cast, doing):
    account = posts.account(cast.porto)
    when = MAY if doing == "schedule" else {}
    cast.client(cast.alba).post("/c/porto/posts/new/", sheet(account, do=doing, grace="60", **when))
    post = Post.objects.get()
    assert (post.status, post.grace_minutes) == ("scheduled", 60)
    assert lateness(post) == timedelta(hours=1)


def test_the_authors_choice_survives_the_review(cast):
    account = posts.account(cast.lisbon)
    cast.client(cast.ana).post("/c/lisbon/posts/new/", sheet(account, do="submit", grace="180", **MAY))
    post = Post.objects.get()
    cast.client(cast.rui).post(url("post_approve", post), {"revision": "1", "then": "schedule"})
    post.refresh_from_db()
    assert (post.status, post.grace_minutes) == ("scheduled", 180)
    assert lateness(post) == timedelta(hours=3)


def test_publish_now_keeps_the_choice(cast):
    post = posts.draft(cast.porto, cast.alba)
    Post.objects.update(grace_minutes=15)
    cast.client(cast.alba).post(url("post_publish_now", post))
    assert lateness(post) == timedelta(minutes=15)


def test_sent_again_it_has_its_own_grace_from_now(cast):
    post = posts.draft(cast.porto, cast.alba)
    post = workflow.schedule(
        post=post, at=timezone.now() + timedelta(hours=1), by=cast.actor(cast.alba), grace_minutes=15
    )
    post = posts.settled(post, "held")
    Delivery.objects.update(
        due_at=timezone.now() - timedelta(days=1), late_after=timezone.now() - timedelta(hours=20)
    )
    repair.retry(delivery=post.deliveries.get(), by=cast.actor(cast.alba))
    left = post.deliveries.get().late_after - timezone.now()
    assert timedelta(minutes=14) < left <= timedelta(minutes=15)


def test_copies_take_the_choice_along(cast):
    post = posts.draft(cast.porto, cast.alba)
    Post.objects.update(grace_minutes=720)
    post.refresh_from_db()
    copy = composing.duplicate(post=post, by=cast.actor(cast.alba), form_key=uuid.uuid4())
    assert copy.grace_minutes == 720


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"), (1, "1 second"), (119, "1 minute"), (5400, "1 hour 30 minutes"), (7200, "2 hours"),
        (86400, "1 day"), (90000, "1 day 1 hour"), (172861, "2 days"), (-5, "0 seconds"),
    ],
)  # fmt: skip
def test_lengths_in_words(seconds, words):
    assert times.span(timedelta(seconds=seconds)) == words
