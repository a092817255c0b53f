"""Suggested edits and proposed playbooks: taken piecewise into the draft, published by a step of its own."""

from __future__ import annotations

import uuid

import pytest

from chapters.models import Notice
from playbooks import edits, entry_proposals, proposals, teaching, todos
from playbooks.errors import NotNow
from playbooks.models import EntryProposal, Playbook, Proposal, VersionCredit
from tests.playbooks import shelf

BODY = "## Steps\n\nAsk one question.\n\nBring a lamp.\n\nTea is free.\n"


@pytest.fixture
def playbook(cast):
    return shelf.published(cast.cato, body=BODY)


def suggest(cast, playbook, body, who=None, **more):
    who = who or cast.ana
    [proposal] = edits.suggest(
        version=playbook.current,
        wording={"body": body},
        by=cast.actor(who),
        by_chapter=cast.membership(who).chapter,
        central=cast.central,
        **more,
    )
    return proposal


def settle(cast, proposal, *taken, answer="", who=None):
    return edits.settle(proposal=proposal, taken=taken, answer=answer, by=cast.actor(who or cast.cato))


def fresh(playbook):
    return Playbook.objects.select_related("current").get(pk=playbook.pk)


def test_half_of_an_edit_goes_into_the_draft_and_chapters_read_it_after_publication(cast, playbook):
    offered = BODY.replace("one question", "two questions").replace("Tea is", "Tea and cake are")
    proposal = suggest(cast, playbook, offered, note="Nobody answers one")
    [todo] = todos.waiting_for(cast.cato)
    assert todo.said == "Nobody answers one"
    settled = settle(cast, proposal, 1, answer="The cake we leave to you")
    assert settled.proposal.state == Proposal.State.PARTLY
    half = BODY.replace("one question", "two questions")
    now = fresh(playbook)
    assert (now.body, now.current.body) == (half, BODY)
    notice = Notice.objects.get(person=cast.ana)
    assert (notice.kind, notice.body) == ("proposal_settled", "The cake we leave to you")
    assert VersionCredit.objects.filter(version=None).count() == 1
    shelf.looked_at(now, cast.cleo)
    published = teaching.publish(
        playbook=now, draft_number=now.draft_number, change_note="Two questions", by=cast.actor(cast.cato)
    )
    assert [credit.chapter for credit in published.credits.all()] == [cast.lisbon]


def test_an_edit_is_answered_once(cast, playbook):
    proposal = suggest(cast, playbook, BODY.replace("lamp", "torch"))
    settle(cast, proposal, 1)
    with pytest.raises(NotNow):
        settle(cast, proposal, 1, who=cast.cleo)
    assert fresh(playbook).draft_number == playbook.draft_number + 1


def test_pieces_that_have_no_place_any_more_are_named_and_the_others_taken(cast, playbook):
    offered = BODY.replace("one question", "two questions").replace("a lamp", "a torch")
    proposal = suggest(cast, playbook, offered)
    draft = teaching.Draft.of(playbook)
    teaching.save_draft(
        playbook=playbook, draft_number=playbook.draft_number, by=cast.actor(cast.cleo),
        draft=teaching.Draft(**{**draft.__dict__, "body": BODY.replace("Bring a lamp", "Carry lamps")}),
    )  # fmt: skip
    settled = settle(cast, proposal, 1, 2)
    assert "torch" in edits.named(settled)
    assert fresh(playbook).body == BODY.replace("one question", "two questions").replace(
        "Bring a lamp", "Carry lamps"
    )


def test_where_no_chosen_piece_fits_nothing_is_settled(cast, playbook):
    proposal = suggest(cast, playbook, BODY.replace("a lamp", "a torch"))
    draft = teaching.Draft.of(playbook)
    teaching.save_draft(
        playbook=playbook, draft_number=playbook.draft_number, by=cast.actor(cast.cleo),
        draft=teaching.Draft(**{**draft.__dict__, "body": BODY.replace("Bring a lamp", "Carry lamps")}),
    )  # fmt: skip
    with pytest.raises(NotNow, match="torch"):
        settle(cast, proposal, 1)
    proposal.refresh_from_db()
    assert proposal.state == Proposal.State.OPEN
    assert not VersionCredit.objects.exists()


def test_leaving_all_of_it_needs_a_word_and_changes_nothing(cast, playbook):
    proposal = suggest(cast, playbook, BODY.replace("lamp", "torch"))
    with pytest.raises(NotNow):
        settle(cast, proposal)
    settle(cast, proposal, answer="Lamps are what we mean")
    assert fresh(playbook).draft_number == playbook.draft_number
    assert not VersionCredit.objects.exists()


def test_the_same_edit_twice_is_one_and_no_change_is_refused(cast, playbook):
    first = suggest(cast, playbook, BODY.replace("lamp", "torch"))
    assert suggest(cast, playbook, BODY.replace("lamp", "torch")) == first
    with pytest.raises(NotNow):
        suggest(cast, playbook, BODY)
    assert Proposal.objects.count() == 1


def test_what_would_be_too_long_is_refused_whole(cast, playbook):
    [proposal] = edits.suggest(
        version=playbook.current, wording={"title": "Ask " * 50}, by=cast.actor(cast.ana),
        by_chapter=cast.lisbon, central=cast.central,
    )  # fmt: skip
    with pytest.raises(NotNow, match="140"):
        settle(cast, proposal, 1)
    proposal.refresh_from_db()
    assert proposal.state == Proposal.State.OPEN


def test_a_proposal_for_something_else_is_not_taken_into_a_playbook(cast, playbook):
    foreign = proposals.offer(
        subject=cast.lisbon, of_chapter=cast.lisbon, part="text", base="One", offered="Two",
        by=cast.actor(cast.cato), by_chapter=cast.central,
    )  # fmt: skip
    with pytest.raises(NotNow):
        settle(cast, foreign, 1)


def test_going_back_to_an_earlier_version_thanks_nobody_for_words_that_went(cast, playbook):
    settle(cast, suggest(cast, playbook, BODY.replace("lamp", "torch")), 1)
    now = fresh(playbook)
    teaching.revise(
        playbook=now, version=now.current, draft_number=now.draft_number, by=cast.actor(cast.cato)
    )
    assert not VersionCredit.objects.exists()


# ---- proposed playbooks


def propose(cast, **words):
    fields = {
        "title": "Thank helpers",
        "why": "They come back. It is quick.",
        "first_steps": "Write one name",
    }
    return entry_proposals.propose(chapter=cast.lisbon, by=cast.actor(cast.ana), **{**fields, **words})


def test_a_proposed_playbook_becomes_a_draft_with_the_chapters_words_and_thanks_it(cast):
    proposal = propose(cast)
    assert [todo.what for todo in todos.waiting_for(cast.cleo)] == ["Thank helpers"]
    playbook = entry_proposals.make_draft(proposal=proposal, by=cast.actor(cast.cato), answer="Lovely")
    assert (playbook.status, playbook.summary) == ("draft", "They come back.")
    assert "Write one name" in playbook.body
    assert Notice.objects.get(person=cast.ana).kind == "entry_proposal_answered"
    shelf.looked_at(playbook, cast.cleo)
    version = teaching.publish(playbook=playbook, draft_number=1, change_note="", by=cast.actor(cast.cato))
    assert [(c.chapter, c.reason) for c in version.credits.all()] == [(cast.lisbon, "entry")]


def test_a_proposed_playbook_is_answered_once(cast):
    proposal = propose(cast)
    with pytest.raises(NotNow):
        entry_proposals.decline(proposal=proposal, reason="", by=cast.actor(cast.cato))
    entry_proposals.decline(proposal=proposal, reason="We have one on that", by=cast.actor(cast.cato))
    for verb in (entry_proposals.make_draft, entry_proposals.withdraw):
        with pytest.raises(NotNow):
            verb(proposal=proposal, by=cast.actor(cast.cleo))
    assert not Playbook.objects.exists()
    assert Notice.objects.get(person=cast.ana).body == "We have one on that"


def test_a_double_press_proposes_once(cast):
    key = uuid.uuid4()
    assert propose(cast, key=key) == propose(cast, key=key)
    propose(cast, key=key, title="Another")
    assert EntryProposal.objects.count() == 2
