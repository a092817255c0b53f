"""The demo federation, loaded for real, and on a later day."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from chapters import advisories, wishes
from chapters.events import history
from chapters.models import Chapter, Event, Notice, User
from hubsite.demo import clock, content, later
from playbooks import credits, keeping
from playbooks.models import Adoption, Playbook, Practice, Question, Suggestion, TemplateUse, Vote
from posts import adopting
from posts.models import Attempt, Delivery, HelpRequest, Post, Review, Thanks
from tests.support.practice import KEY

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(practice, monkeypatch):
    monkeypatch.setenv("SANDBOX_ADMIN_KEY", KEY)
    call_command("load_demo")
    return practice


def test_demo_tells_every_post_as_it_was_written_down_and_goes_on_later(demo):
    # one load is slow, so this test walks through all that follows from it
    wanted = Counter(entry["state"] for entry in content.posts()["posts"])
    copies = Adoption.objects.filter(mode="used").values("post_uid")
    told = Post.objects.exclude(uid__in=copies)
    assert Counter(told.values_list("status", flat=True)) == wanted
    assert Chapter.objects.count() == 13
    assert Playbook.objects.filter(status="published").count() >= 8

    every_delivery_is_bound_or_explained(demo)
    reviews_are_by_others()
    nobody_gets_mail_about_the_past()
    chapters_ask_and_use_what_is_taught()
    history_is_as_old_as_what_it_tells()
    chapters_and_central_team_talk()
    playbooks_are_kept_alive()
    nothing_said_lies_in_the_future()
    a_post_is_about_to_go_out()

    before = Post.objects.count()
    call_command("load_demo")
    assert Post.objects.count() == before

    with clock.at(timezone.now() + timedelta(days=3)):
        what_was_not_sent_moves_on()


def every_delivery_is_bound_or_explained(practice):
    published = Delivery.objects.filter(status="published")
    assert published.count() > 100
    assert not published.filter(external_id="").exists()
    assert not published.exclude(permalink__startswith=practice.url).exists()
    assert not Delivery.objects.filter(status__in=["failed", "held", "unconfirmed"], message="").exists()
    doubtful = Delivery.objects.get(status="unconfirmed")
    assert doubtful.external_id == ""
    assert Attempt.objects.get(outcome=None).delivery == doubtful
    assert doubtful.payload["text"] in [post["text"] for post in practice.received(doubtful.account)]


def reviews_are_by_others():
    for review in Review.objects.select_related("post").filter(verdict="approved"):
        assert review.reviewer_id != review.post.author_id
    goes_out = ["approved", "scheduled", "published"]
    for post in Post.objects.filter(status__in=goes_out, chapter__review_rule="required"):
        assert Review.objects.filter(post=post, revision=post.revision, verdict="approved").exists(), post


def nobody_gets_mail_about_the_past():
    assert not Notice.objects.filter(sent_at=None).exists()


def chapters_ask_and_use_what_is_taught():
    assert HelpRequest.objects.filter(closed_at=None, of_chapter__kind="central").count() == 3
    assert TemplateUse.objects.count() > 10


def chapters_and_central_team_talk():
    questions = content.read("questions")["questions"]
    assert Question.objects.count() == len(questions)
    assert Question.objects.filter(state="solved").count() == sum("accepted" in each for each in questions)
    waiting = Question.objects.filter(state="open", waiting_since__isnull=False)
    assert waiting.count() == 3
    assert waiting.get(promised_at__lt=timezone.now()).first_answered_at is None
    assert Question.objects.exclude(entry=None).filter(entry__status="draft").count() == 2

    stages = set(Suggestion.objects.values_list("status", flat=True))
    assert stages == set(Suggestion.Status.values)
    assert Suggestion.objects.filter(from_chapter__slug="galway", status="offered").exists()
    drafts = Post.objects.filter(uid__in=Adoption.objects.filter(mode="used").values("post_uid"))
    assert set(drafts.values_list("status", "is_demo")) == {("draft", True)}
    assert adopting.changed_copies(Chapter.objects.get(slug="leeds")).count() == 1
    for adoption in Adoption.objects.select_related("suggestion"):
        assert adoption.suggestion.offered_at < Post.objects.get(uid=adoption.post_uid).created_at

    assert Thanks.objects.count() == 2
    assert Practice.objects.count() == len(content.read("together")["practices"])
    assert not advisories.current().exists()
    assert not Chapter.objects.filter(state="paused").exists()
    assert wishes.emergency() is None
    assert Vote.objects.count() == len(content.read("backtalk")["votes"])
    thanked = Playbook.objects.get(slug="alt-text").current
    assert [credit.chapter.slug for credit in credits.of(thanked)] == ["kanazawa"]


def playbooks_are_kept_alive():
    published = Playbook.objects.filter(status="published").select_related("translated_version__playbook")
    german, portuguese = published.exclude(language="en").order_by("language")
    assert not keeping.has_moved_on(german)
    assert keeping.has_moved_on(portuguese)
    assert published.get(pk=german.translated_version.playbook_id).current.number == 3
    (gone,) = Playbook.objects.filter(status="archived")
    assert gone.replaced_by.status == "published"
    assert Counter(Playbook.objects.values_list("reviews__verdict", flat=True))["waiting"] == 1
    (planned,) = Playbook.objects.filter(publish_at__gt=timezone.now())
    assert planned.status == "published"
    assert published.filter(public_token__isnull=False).count() == 2
    assert published.filter(next_review__lt=timezone.localdate()).exists()
    shown = published.filter(pictures__isnull=False).distinct()
    assert shown.count() == 4
    assert all(str(playbook.pictures.get().uid) in playbook.current.body for playbook in shown)
    assert not published.filter(current__body__contains="scene:").exists()


def nothing_said_lies_in_the_future():
    assert not Event.objects.filter(at__gt=timezone.now()).exists()


def history_is_as_old_as_what_it_tells():
    last = timezone.now() - timedelta(hours=12)
    for post in Post.objects.filter(status="published", published_at__lt=last)[:20]:
        assert not history(post).filter(at__gte=last).exists()


def a_post_is_about_to_go_out():
    now = timezone.now()
    soon = Delivery.objects.filter(status="pending", due_at__lt=now + timedelta(minutes=1))
    assert soon.count() == 1
    assert soon.get().due_at > now


def what_was_not_sent_moves_on():
    now = timezone.now()
    overdue = Post.objects.filter(status="scheduled", planned_at__lt=now).order_by("id")
    walls = {post.pk: post.planned_at.astimezone(post.chapter.zone).time() for post in overdue}
    assert walls
    assert later.refresh()

    for post in Post.objects.select_related("chapter").filter(pk__in=walls):
        assert post.planned_at > now
        assert post.planned_at.astimezone(post.chapter.zone).time() == walls[post.pk]
        due = set(post.deliveries.filter(status="pending").values_list("due_at", flat=True))
        assert due == {post.planned_at}
    fresh = Post.objects.get(status="scheduled", planned_at__lt=now + timedelta(minutes=1))
    assert fresh.planned_at == now + later.FRESH_IN
    assert not later.refresh()


def test_demo_does_not_move_into_a_hub_of_somebody_elses(practice, cast):
    with pytest.raises(CommandError, match="chapters of its own"):
        call_command("load_demo")


def test_demo_needs_the_practice_network(settings):
    settings.SANDBOX_URL = ""
    with pytest.raises(CommandError, match="practice network"):
        call_command("load_demo")
    assert not User.objects.exists()
