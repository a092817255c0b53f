"""A notice stays new while what it asks for is to be done, and no longer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chapters import notices
from chapters.models import Notice
from playbooks import asking, reviewing
from playbooks.models import Question
from posts import helping, workflow
from tests.access import inquiring
from tests.playbooks import shelf
from tests.support import posts

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(django_capture_on_commit_callbacks):
    """Does something as a whole request would, with what follows its commit."""

    def doing(act):
        with django_capture_on_commit_callbacks(execute=True):
            return act()

    return doing


def new(kind, person=None):
    found = Notice.objects.filter(kind=kind, read_at=None)
    return (found.filter(person=person) if person else found).count()


def test_a_review_is_over_for_all_when_one_has_decided_and_asked_anew_with_the_next(cast, done):
    post = posts.in_review(cast.lisbon, cast.ana, posts.account(cast.lisbon))
    assert new("review_wanted", cast.rui) == new("review_wanted", cast.lucia) == 1
    rui = cast.membership(cast.rui)
    post = done(lambda: workflow.request_changes(post=post, membership=rui, revision=1, text="Shorter"))
    assert new("review_wanted") == 0
    assert new("changes_requested", cast.ana) == 1
    Notice.objects.filter(kind="review_wanted").update(cause="some seconds ago")
    done(lambda: workflow.submit(post=post, by=cast.actor(cast.ana)))
    assert (new("changes_requested"), new("review_wanted", cast.rui)) == (0, 1)


def test_help_that_ended_asks_nobody_and_that_of_another_post_goes_on(cast, done):
    mine, other = (posts.draft(cast.lisbon, cast.ana, text=text) for text in ("Mine", "Other"))
    by = cast.actor(cast.ana)
    ended, _open = (helping.ask_help(post=post, of_chapter=cast.porto, by=by) for post in (mine, other))
    before = new("help_asked")
    done(lambda: helping.close_help(request=ended, by=by))
    assert new("help_asked") == before // 2 > 0


def test_a_question_is_over_for_the_team_when_answered_and_for_the_asker_when_settled(cast, done):
    question = inquiring.ask(cast.ana, cast.lisbon, "The hall echoes", Question.Audience.EVERYBODY)
    said = done(lambda: inquiring.answer(question, cast.eva, cast.porto))
    assert new("question_asked") == 0
    assert new("question_answered", cast.ana) == 1
    done(lambda: asking.accept(question=question, answer=said, membership=cast.membership(cast.ana)))
    assert new("question_answered") == 0
    assert new("answer_accepted", cast.eva) == 1


def test_a_second_look_is_over_with_the_verdict(cast, done):
    playbook = shelf.drafted(cast.cato)
    by = cast.actor(cast.cato)
    reviewing.ask(playbook=playbook, draft_number=playbook.draft_number, by=by)
    assert new("look_asked", cast.cleo) == 1
    reviewer = cast.actor(cast.cleo)
    done(lambda: reviewing.approve(playbook=playbook, draft_number=playbook.draft_number, by=reviewer))
    assert new("look_asked") == 0
    assert new("looked_at", cast.cato) == 1


def test_only_what_was_told_before_and_of_the_very_thing_is_over(cast, done):
    def tell(cause):
        notices.notify(
            [cast.ana], chapter=cast.lisbon, cause=cause, kind="failed", title=cause, body="", path="/"
        )

    def act():
        notices.over("failed", about="post:1")
        tell("post:1:later")

    for cause in ("post:1", "post:1:failed", "post:12:failed"):
        tell(cause)
    Notice.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    done(act)
    left = set(Notice.objects.filter(read_at=None).values_list("cause", flat=True))
    assert left == {"post:12:failed", "post:1:later"}
