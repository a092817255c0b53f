"""The pages of back-talk: what is typed is kept, what is private stays so, what waits is on its list."""

from __future__ import annotations

import pytest
from django.urls import reverse

from chapters.models import Notice
from playbooks import edits, entry_proposals, feedback
from playbooks.models import ChapterNote, Comment, Proposal, Vote
from tests.playbooks import shelf
from tests.support import posts


@pytest.fixture
def playbook(cast):
    return shelf.published(cast.cato)


def at(playbook, name, chapter="lisbon", **more):
    return reverse(name, kwargs={"slug": chapter, "playbook": playbook.slug, **more})


def page(cast, who, playbook, chapter="lisbon"):
    return cast.client(who).get(at(playbook, "playbook_detail", chapter)).content.decode()


def say(cast, playbook, who, text, **more):
    chapter = cast.membership(who).chapter
    return feedback.comment(playbook=playbook, chapter=chapter, text=text, by=cast.actor(who), **more)


def no(cast, playbook, word="Nobody had time"):
    return feedback.vote(
        version=playbook.current, chapter=cast.lisbon, helped=False, word=word, by=cast.actor(cast.ana)
    )


# ---- chapters


def test_a_vote_is_one_press_and_its_word_is_for_the_central_team_alone(cast, playbook):
    client = cast.client(cast.ana)
    sent = client.post(
        at(playbook, "playbook_vote"), {"helped": "no", "version": "1", "word": "Nobody had time"}
    )
    assert sent.status_code == 302
    assert "You said that it did not help." in page(cast, cast.ana, playbook)
    for who, chapter in ((cast.lucia, "lisbon"), (cast.alba, "porto")):
        shown = page(cast, who, playbook, chapter)
        assert "0 of 1 found it helped" in shown
        assert "Nobody had time" not in shown


def test_what_was_typed_stays_where_it_cannot_be_taken(cast, playbook):
    client = cast.client(cast.ana)
    own = posts.settled(posts.scheduled(cast.lisbon, cast.ana, reviewer=cast.rui, text="Out"), "published")
    foreign = posts.settled(posts.scheduled(cast.porto, cast.alba, text="Theirs"), "published")
    assert str(own.uid) in client.get(at(playbook, "note_new")).content.decode()
    for name, data in (
        ("playbook_vote", {"helped": "no", "version": "1", "word": "long " * 200}),
        ("note_new", {"text": "long words kept", "post": str(foreign.uid)}),
        ("playbook_comments", {"text": "long " * 1000}),
        ("edit_suggest", {"version": "1", "title": "", "summary": "S", "body": "long words"}),
    ):
        answer = client.post(at(playbook, name), data)
        assert answer.status_code == 422
        assert "long " in answer.content.decode()
    assert not ChapterNote.objects.exists()


def test_an_edit_is_offered_from_the_version_it_was_read_in(cast, playbook):
    shelf.revised(playbook, cast.cato, body="## Steps\n\nAll new.\n")
    body = shelf.BODY.replace("one thing", "two things").replace("\n", "\r\n")  # as browsers send it
    data = {"version": "1", "title": playbook.title, "summary": playbook.summary, "body": body}
    cast.client(cast.ana).post(at(playbook, "edit_suggest"), data)
    proposal = Proposal.objects.get()
    assert (proposal.part, proposal.base) == ("body", shelf.BODY)
    assert proposal.offered == shelf.BODY.replace("one thing", "two things")


def test_one_section_can_be_changed_alone(cast, playbook):
    client, address = cast.client(cast.ana), at(playbook, "edit_suggest")
    shown = client.get(address, {"section": "1"}).content.decode()
    assert "Name one thing" in shown
    assert "Look around the room" not in shown
    assert "## Steps" not in shown
    text = "Name two things you can see."
    data = {
        "version": "1",
        "section": "1",
        "title": playbook.title,
        "summary": playbook.summary,
        "body": text,
    }
    sent = client.post(address, data)
    assert Proposal.objects.get().offered == shelf.BODY.replace("one thing", "two things")
    assert "two things" in client.get(sent.url).content.decode()
    for odd in ("9", "-1", "x", "0000009"):
        assert "Look around the room" in client.get(address, {"section": odd}).content.decode()


def test_another_section_is_chosen_without_losing_what_was_typed(cast, playbook):
    client, address = cast.client(cast.ana), at(playbook, "edit_suggest")

    def sent(body, **data):
        words = {"version": "1", "title": playbook.title, "summary": playbook.summary, "note": "Why not"}
        return client.post(address, {**words, "body": body, **data})

    form = sent("Name two things you can see.", section="1", go="0").context["form"]
    assert (form["body"].value(), form["note"].value()) == ("Look around the room.", "Why not")
    assert not Proposal.objects.exists()
    sent("Look around the hall.", section="0", so_far=form["so_far"].value().replace("\n", "\r\n"))
    changed = shelf.BODY.replace("one thing", "two things").replace("the room", "the hall")
    assert Proposal.objects.get().offered == changed


def test_a_hidden_comment_is_read_by_its_writer_with_the_reason_and_by_no_other_chapter(cast, playbook):
    made = say(cast, playbook, cast.ana, "Call Maria on 555 0101")
    reply = say(cast, playbook, cast.alba, "I did, thank you", parent=made)
    feedback.hide(row=made, reason="A private number", by=cast.actor(cast.cato))
    own = page(cast, cast.ana, playbook)
    assert "555 0101" in own
    assert "A private number" in own
    others = page(cast, cast.alba, playbook, "porto")
    assert "555 0101" not in others
    assert "A private number" not in others
    assert "hid this comment" in others
    assert reply.text in others


def test_only_the_writer_takes_a_comment_back(cast, playbook):
    made = say(cast, playbook, cast.ana, "Mine")
    for who, chapter, code in (
        (cast.lucia, "lisbon", 404),
        (cast.alba, "porto", 404),
        (cast.ana, "lisbon", 302),
    ):
        address = at(playbook, "comment_remove", chapter, uid=made.uid)
        assert cast.client(who).post(address).status_code == code
    assert "Mine" not in page(cast, cast.ana, playbook)


def test_the_central_team_does_not_vote_for_itself(cast, playbook):
    client = cast.client(cast.cato)
    answer = client.post(at(playbook, "playbook_vote", "central"), {"helped": "yes", "version": "1"})
    assert answer.status_code == 404
    assert "It helped" not in page(cast, cast.cato, playbook, "central")
    assert not Vote.objects.exists()


def test_the_page_takes_the_same_queries_however_much_was_said(cast, playbook):
    def read():
        page(cast, cast.lucia, playbook)

    def talk():
        first = say(cast, playbook, cast.alba, "First")
        say(cast, playbook, cast.otto, "Reply", parent=first)
        feedback.add_note(
            version=playbook.current, chapter=cast.porto, text="Tried", by=cast.actor(cast.alba)
        )

    talk()
    before = shelf.queries(read)
    for _ in range(3):
        talk()
    assert shelf.queries(read) == before


# ---- the central team


def test_what_waits_stands_on_the_home_in_the_frame_and_on_its_page(cast, playbook):
    no(cast, playbook)
    for number in range(4):
        say(cast, playbook, cast.alba, f"Remark {number}")
    client = cast.client(cast.cato)
    home = client.get(reverse("chapter_home", args=["central"])).content.decode()
    assert "Nobody had time" in home
    assert "Remark 1" in home
    assert "Remark 2" not in home
    listed = client.get(reverse("todo_list")).content.decode()
    assert "Remark 3" in listed
    cleo = cast.client(cast.cleo).get(reverse("todo_list")).content.decode()
    assert "Remark 3" not in cleo
    assert "?tab=team" in cleo


def test_half_an_edit_is_taken_by_ticking_and_leaving_all_asks_why(cast, playbook):
    body = shelf.BODY.replace("the room", "the hall").replace("one thing", "two things")
    [proposal] = edits.suggest(
        version=playbook.current, wording={"body": body}, by=cast.actor(cast.ana),
        by_chapter=cast.lisbon, central=cast.central,
    )  # fmt: skip
    client, address = cast.client(cast.cato), reverse("todo_edit", args=[proposal.uid])
    assert client.post(address, {"leave": "1", "piece": ["1", "2"]}).status_code == 422
    assert client.post(address, {"piece": ["9"]}).status_code == 422
    nothing = client.post(address, {"answer": "The room stays"})
    assert nothing.status_code == 422
    assert "Tick what you want to take first." in nothing.content.decode()
    assert client.post(address, {"piece": ["2"], "answer": "The room stays"}).status_code == 302
    playbook.refresh_from_db()
    assert playbook.body == shelf.BODY.replace("one thing", "two things")
    publish = client.get(reverse("playbook_publish", args=[playbook.slug])).content.decode()
    assert "Lisbon (suggested wording)" in publish
    own = page(cast, cast.ana, playbook)
    assert "The room stays" in own
    assert "Taken in part" in own
    assert "The room stays" not in page(cast, cast.alba, playbook, "porto")


def test_a_proposal_that_is_not_about_a_playbook_has_no_page_here(cast, playbook):
    foreign = Proposal.objects.create(
        chapter=cast.lisbon, subject_type="post", subject_uid=str(playbook.pk), part="body", base="One",
        offered="Two", by=cast.cato, by_chapter=cast.central,
    )  # fmt: skip
    address = reverse("todo_edit", args=[foreign.uid])
    assert cast.client(cast.cato).post(address, {"piece": ["1"]}).status_code == 404


def test_a_proposed_playbook_is_declined_with_a_reason_that_the_chapter_reads(cast):
    proposal = entry_proposals.propose(
        chapter=cast.lisbon, title="Thank helpers", why="They come back", by=cast.actor(cast.ana)
    )
    client, address = cast.client(cast.cato), reverse("todo_entry", args=[proposal.uid])
    assert client.post(address, {"decline": "1", "answer": ""}).status_code == 422
    assert client.post(address, {"decline": "1", "answer": "We have one on that"}).status_code == 302
    own, other = (
        cast.client(who).get(reverse("entry_propose", args=[slug])).content.decode()
        for who, slug in ((cast.ana, "lisbon"), (cast.alba, "porto"))
    )
    assert "We have one on that" in own
    assert "Thank helpers" not in other


def test_an_answer_on_its_page_is_read_by_the_one_who_voted(cast, playbook):
    vote = no(cast, playbook)
    client, address = cast.client(cast.cato), reverse("todo_vote", args=[vote.pk])
    assert "Ana" not in client.get(address).content.decode()  # the chapter said it, nobody by name
    assert client.post(address, {"times": "1", "answer": ""}).status_code == 422
    assert client.post(address, {"times": "1", "answer": "A shorter one is coming"}).status_code == 302
    assert client.post(address, {"times": "1", "answer": "Again"}).status_code == 409
    assert "A shorter one is coming" in page(cast, cast.ana, playbook)
    assert "A shorter one is coming" not in page(cast, cast.lucia, playbook)


def test_hiding_needs_a_reason_and_can_be_undone(cast, playbook):
    made = say(cast, playbook, cast.ana, "Call 555 0101")
    client = cast.client(cast.cato)
    hide = reverse("comment_hide", args=[made.uid])
    assert client.post(hide, {"reason": ""}).status_code == 422
    assert client.post(hide, {"reason": "A private number"}).status_code == 302
    client.post(reverse("comment_show", args=[made.uid]))
    assert Comment.objects.get().is_shown


def test_a_note_can_be_settled_without_words_but_not_by_forgetting_them(cast, playbook):
    note = feedback.add_note(
        version=playbook.current, chapter=cast.porto, text="Tried", by=cast.actor(cast.alba)
    )
    client, address = cast.client(cast.cato), reverse("todo_note", args=[note.uid])
    assert client.post(address, {"answer": ""}).status_code == 422
    assert client.post(address, {"answer": "", "silent": "1"}).status_code == 302
    assert not Notice.objects.filter(person=cast.alba).exists()
    note.refresh_from_db()
    assert note.settled_by == cast.cato


def test_no_without_a_word_is_answered_in_its_panel_with_the_field_open(cast, playbook):
    client = cast.client(cast.ana)
    address = reverse("playbook_vote", args=["lisbon", playbook.slug])
    sent = client.post(address, {"version": playbook.current.number, "helped": "no", "word": ""})
    assert sent.url.endswith("?said=vote#vote")
    panel = client.get(sent.url).content.decode().partition('id="vote"')[2].partition('id="notes"')[0]
    assert "If you add a word on why" in panel
    assert "Add this word" in panel
    assert "<details" not in panel
