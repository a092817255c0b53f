"""Two of the central team answer the same thing: the second keeps every word."""

from __future__ import annotations

import pytest
from django.urls import reverse

from playbooks import deciding, edits, entry_proposals, feedback
from playbooks.models import Comment, Decision
from tests.access import saying
from tests.playbooks import offers, shelf

pytestmark = pytest.mark.django_db
MINE = "My long and careful answer"


@pytest.fixture
def said(cast):
    return saying.waiting(cast, shelf.published(cast.cato))


def settle(cast, said):
    """A colleague answers everything."""
    by = cast.actor(cast.cleo)
    feedback.answer_vote(vote=said["said_vote"], times=1, answer="Theirs", by=by)
    feedback.answer_note(note=said["said_note"], answer="Theirs", by=by)
    feedback.answer_comment(comment=said["said_comment"], answer="Theirs", central=cast.central, by=by)
    edits.settle(proposal=said["said_edit"], taken=[], answer="Theirs", by=by)
    entry_proposals.decline(proposal=said["said_entry"], reason="Theirs", by=by)


PAGES = [("vote", "pk"), ("note", "uid"), ("comment", "uid"), ("edit", "uid"), ("entry", "uid")]


def address(said, kind, at):
    return reverse(f"todo_{kind}", args=[getattr(said[f"said_{kind}"], at)])


def test_the_slower_of_two_keeps_what_was_typed(cast, said):
    settle(cast, said)
    cato, cleo = cast.client(cast.cato), cast.client(cast.cleo)
    for kind, at in PAGES:
        late = cato.post(
            address(said, kind, at), {"times": "1", "answer": MINE, "decline": "1", "leave": "1"}
        )
        assert late.status_code == 409
        assert "Cleo settled it on" in late.text
        assert MINE in late.text
        assert 'href="#id_answer"' not in late.text
        again = cleo.post(
            address(said, kind, at), {"times": "1", "answer": "Theirs", "decline": "1", "leave": "1"}
        )
        assert again.status_code == 302  # the second press of two


def test_a_further_reply_stands_under_the_comment(cast, said):
    settle(cast, said)
    cato = cast.client(cast.cato)
    page = cato.post(address(said, "comment", "uid"), {"answer": MINE}).text
    assert "Add it as a further reply" in page
    made = {"parent": said["said_comment"].uid, "text": MINE}
    cato.post(reverse("playbook_comments", args=["central", said["said_comment"].playbook.slug]), made)
    assert Comment.objects.get(text=MINE).parent == said["said_comment"]


def test_what_was_taken_back_meanwhile_keeps_the_answer_and_shows_nothing_of_it(cast, said):
    feedback.take_back(row=said["said_comment"], by=cast.actor(cast.otto))
    feedback.take_back(row=said["said_note"], by=cast.actor(cast.otto))
    entry_proposals.withdraw(proposal=said["said_entry"], by=cast.actor(cast.otto))
    cato = cast.client(cast.cato)
    for kind, words in (("comment", "A remark"), ("note", "We tried it"), ("entry", "Thank helpers")):
        assert cato.get(address(said, kind, "uid")).status_code == 404
        late = cato.post(address(said, kind, "uid"), {"answer": MINE})
        assert late.status_code == 409
        assert MINE in late.text
        assert words not in late.text


def test_an_answer_to_words_that_changed_can_be_sent_once_they_are_read(cast, said):
    vote = said["said_vote"]
    feedback.vote(
        version=vote.version, chapter=cast.braga, helped=False, word="New", by=cast.actor(cast.otto)
    )
    cato, url = cast.client(cast.cato), address(said, "vote", "pk")
    late = cato.post(url, {"times": "1", "answer": MINE})
    assert late.status_code == 422
    assert cato.post(url, {"times": late.context["form"]["times"].value(), "answer": MINE}).status_code == 302


def test_a_suggestion_that_was_declined_is_answered_once(cast):
    suggestion = offers.offered(cast.cato, "Come")
    decision = deciding.decline(
        suggestion=suggestion,
        chapter=cast.lisbon,
        reason=Decision.Reason.OTHER,
        words="No",
        by=cast.actor(cast.ana),
    )
    url = reverse("suggestion_answer", args=[suggestion.uid, decision.pk])
    for _twice in range(2):
        assert cast.client(cast.cleo).post(url, {"note": "Theirs"}).status_code == 302
    late = cast.client(cast.cato).post(url, {"note": MINE})
    assert late.status_code == 409
    assert MINE in late.text
    too_long = cast.client(cast.cato).post(url, {"note": MINE * 20})
    assert MINE * 20 in too_long.text
