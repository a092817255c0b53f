"""Votes, notes and comments: said once, changeable, answered once, and the one who said it hears of it."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chapters.models import Event, Notice
from playbooks import feedback, helped, teaching, todos
from playbooks.errors import NotNow
from playbooks.models import ChapterNote, Comment, Vote
from tests.playbooks import shelf
from tests.support import posts


@pytest.fixture
def playbook(cast):
    return shelf.published(cast.cato)


@pytest.fixture
def no(cast, playbook):
    """Ana of Lisbon said that it did not help, and why."""
    return say(cast, playbook, cast.ana, helped=False, word="No time on Tuesdays")


def say(cast, playbook, who, *, chapter=None, **words):
    chapter = chapter or cast.membership(who).chapter
    return feedback.vote(
        version=playbook.current, chapter=chapter, by=cast.actor(who), **{"helped": True, **words}
    )


def comment(cast, playbook, who, text="Works in a library too", **more):
    chapter = cast.membership(who).chapter
    return feedback.comment(playbook=playbook, chapter=chapter, text=text, by=cast.actor(who), **more)


def note(cast, playbook, who, text="We tried it at the market", **more):
    chapter = cast.membership(who).chapter
    return feedback.add_note(version=playbook.current, chapter=chapter, text=text, by=cast.actor(who), **more)


def told(person):
    return list(Notice.objects.filter(person=person).values_list("kind", flat=True))


# ---- votes


def test_one_vote_a_person_and_version_and_the_last_word_counts(cast, playbook):
    say(cast, playbook, cast.ana, helped=False, word="Too long")
    say(cast, playbook, cast.ana, helped=True)
    say(cast, playbook, cast.alba, helped=False)
    assert Vote.objects.count() == 2
    assert helped.of([playbook])[playbook.pk] == helped.Helped(1, 2)
    assert Event.objects.get(verb="vote_changed").data["replaced"]["word"] == "Too long"


def test_a_new_version_is_voted_on_anew_and_each_person_counts_once(cast, playbook):
    say(cast, playbook, cast.ana, helped=False)
    newer = shelf.revised(playbook, cast.cato, summary="Shorter now.")
    say(cast, newer, cast.ana, helped=True)
    say(cast, newer, cast.cato, chapter=cast.central, helped=True)  # its own work: does not count
    assert helped.of([newer])[newer.pk] == helped.Helped(1, 1)


def test_a_no_with_a_word_waits_until_it_is_answered_once_and_is_told(cast, playbook, no):
    say(cast, playbook, cast.alba, helped=False)  # without a word there is nothing to answer
    [waiting] = todos.waiting_for(cast.cato)
    assert (waiting.what, waiting.said) == (playbook.title, "No time on Tuesdays")
    secretly = replace(teaching.Draft.of(playbook), title="A title nobody outside has seen")
    teaching.save_draft(playbook=playbook, draft_number=1, draft=secretly, by=cast.actor(cast.cato))
    feedback.answer_vote(vote=no, times=1, answer="A shorter one is coming", by=cast.actor(cast.cato))
    assert playbook.current.title in Notice.objects.get(person=cast.ana).title
    assert todos.waiting_for(cast.cato) == []
    assert told(cast.ana) == ["feedback_answered"]
    with pytest.raises(NotNow):
        feedback.answer_vote(vote=no, times=1, answer="Again", by=cast.actor(cast.cleo))
    assert told(cast.ana) == ["feedback_answered"]


def test_no_answer_goes_to_words_that_changed_since(cast, playbook, no):
    say(cast, playbook, cast.ana, helped=False, word="And the link is dead")
    with pytest.raises(NotNow, match="changed"):
        feedback.answer_vote(vote=no, times=1, answer="Choose another day", by=cast.actor(cast.cato))
    no.refresh_from_db()
    assert (no.answer, no.settled_at) == ("", None)


def test_changing_an_answered_vote_asks_again(cast, playbook, no):
    feedback.answer_vote(vote=no, times=1, answer="Soon", by=cast.actor(cast.cato))
    say(cast, playbook, cast.ana, helped=False, word="Still too long")
    assert [todo.said for todo in todos.waiting_for(cast.cato)] == ["Still too long"]


def test_somebody_who_left_the_chapter_is_not_told(cast, playbook, no):
    cast.membership(cast.ana).delete()
    feedback.answer_vote(vote=no, times=1, answer="Soon", by=cast.actor(cast.cato))
    assert told(cast.ana) == []


def test_what_is_no_longer_offered_takes_no_votes(cast, playbook):
    teaching.archive(playbook=playbook, by=cast.actor(cast.cato))
    playbook.refresh_from_db()
    with pytest.raises(NotNow):
        say(cast, playbook, cast.ana)


# ---- notes


def test_a_note_points_at_an_own_published_post_and_at_no_other(cast, playbook):
    own = posts.settled(posts.scheduled(cast.porto, cast.alba, text="The lamp works"), "published")
    draft = posts.draft(cast.porto, cast.alba, text="Not out yet")
    note(cast, playbook, cast.alba, post_uid=own.uid)
    kept = ChapterNote.objects.get()
    assert (kept.chapter, kept.post_uid, kept.post_words) == (cast.porto, own.uid, "The lamp works")
    for who, uid in ((cast.ana, own.uid), (cast.alba, draft.uid), (cast.alba, uuid.uuid4())):
        with pytest.raises(NotNow):
            note(cast, playbook, who, post_uid=uid)
    assert ChapterNote.objects.count() == 1


def test_a_double_press_makes_one_note_and_other_words_make_another(cast, playbook):
    key = uuid.uuid4()
    assert note(cast, playbook, cast.ana, key=key) == note(cast, playbook, cast.ana, key=key)
    note(cast, playbook, cast.ana, text="And again in May", key=key)
    assert note(cast, playbook, cast.alba, key=key).chapter == cast.porto  # somebody else's form
    assert ChapterNote.objects.count() == 3


def test_a_note_taken_back_waits_for_nobody(cast, playbook):
    made = note(cast, playbook, cast.ana)
    feedback.take_back(row=made, by=cast.actor(cast.lucia))
    feedback.take_back(row=made, by=cast.actor(cast.lucia))
    assert todos.count(None) == 0
    assert Event.objects.filter(verb="chapternote_taken_back").count() == 1


# ---- comments


def test_threads_are_one_level_deep_and_a_reply_is_told_to_whom_it_answers(cast, playbook):
    first = comment(cast, playbook, cast.ana)
    second = comment(cast, playbook, cast.alba, parent=first)
    third = comment(cast, playbook, cast.otto, parent=second)
    assert third.parent == first
    assert told(cast.ana) == ["feedback_answered"] * 2
    assert told(cast.alba) == ["feedback_answered"]


def test_nobody_replies_across_playbooks_or_to_what_is_gone(cast, playbook):
    other = shelf.published(cast.cato, title="Another")
    elsewhere = comment(cast, other, cast.alba)
    gone = feedback.take_back(row=comment(cast, playbook, cast.alba), by=cast.actor(cast.alba))
    for parent in (elsewhere, gone):
        with pytest.raises(NotNow):
            comment(cast, playbook, cast.ana, parent=parent)


def test_a_hidden_comment_is_hidden_with_a_reason_that_its_writer_hears(cast, playbook):
    made = comment(cast, playbook, cast.ana, text="Ask Maria, 555 0101")
    with pytest.raises(NotNow):
        feedback.hide(row=made, reason=" ", by=cast.actor(cast.cato))
    feedback.hide(row=made, reason="It has a private number", by=cast.actor(cast.cato))
    notice = Notice.objects.get(person=cast.ana)
    assert "It has a private number" in notice.body
    assert todos.count(None) == 0
    assert not Comment.objects.get().is_shown


def test_an_answer_to_a_comment_is_a_reply_that_all_read(cast, playbook):
    made = comment(cast, playbook, cast.ana)
    feedback.answer_comment(comment=made, answer="Good point", central=cast.central, by=cast.actor(cast.cato))
    assert Comment.objects.get(parent=made).text == "Good point"
    assert todos.count(None) == 0
    assert told(cast.ana) == ["feedback_answered"]


def test_a_reply_of_the_central_team_on_the_page_settles_the_comment(cast, playbook):
    made = comment(cast, playbook, cast.ana)
    comment(cast, playbook, cast.cato, text="We look into it", parent=made)
    assert todos.count(None) == 0
    assert told(cast.ana) == ["feedback_answered"]


# ---- the list of what waits


def test_the_owner_sees_theirs_the_team_sees_all_and_what_nobody_keeps_is_everybodys(cast, playbook, no):
    other = shelf.published(cast.cleo, title="Kept by Cleo")
    comment(cast, other, cast.alba)
    assert [todo.what for todo in todos.waiting_for(cast.cato)] == [playbook.title]
    assert [todo.what for todo in todos.waiting_for(cast.cleo)] == ["Kept by Cleo"]
    assert len(todos.waiting_for(None)) == 2
    cast.membership(cast.cato).delete()
    assert len(todos.waiting_for(cast.cleo)) == 2


def test_the_count_is_one_query_and_the_list_a_constant_number(cast, playbook, no):
    def read():
        with CaptureQueriesContext(connection) as counted:
            assert todos.count(cast.cato) == len(todos.waiting_for(cast.cato))
        return len(counted)

    before = read()
    for number in range(4):
        comment(cast, playbook, cast.alba, text=f"Remark {number}")
    assert read() == before
    with CaptureQueriesContext(connection) as counted:
        assert todos.count(cast.cato) == 5
    assert len(counted) == 1
