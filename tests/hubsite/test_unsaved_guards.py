"""Every page that keeps half-written words: once they are stored, the browser is told to drop its copy.

Otherwise people are offered to bring back what they sent, and send it twice.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from playbooks.models import Question
from posts import helping
from tests.access import inquiring, saying
from tests.playbooks import shelf
from tests.support import posts

pytestmark = pytest.mark.django_db

KEY = re.compile(r'<unsaved-guard\b[^>]*? key="([^"]+)"')
GUARD = re.compile(r'<unsaved-guard\b[^<]*? key="')  # in a template, where tags may stand inside
SAY = {"text": "Say it shorter", "answer": "A shorter one is coming"}


def guards_in(page: Any) -> set[str]:
    return set(KEY.findall(page.content.decode()))


def walk(client: Client, opened: str, sent_to: str, data: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Open a page, send its form: the templates it was made of, and the guards that nothing cleared."""
    page = client.get(opened)
    assert guards_in(page), f"{opened} has no guard"
    after = client.post(sent_to, data, follow=True)
    assert after.redirect_chain, f"{sent_to} refused"
    cleared = set(re.findall(r'clears="([^"]+)"', after.content.decode()))
    left = guards_in(client.get(opened)) & (guards_in(page) - cleared)
    return {template.name for template in page.templates}, left


def forms(cast: Any) -> Iterator[tuple[Client, str, str, dict[str, Any]]]:
    """Every guarded form: who opens it, where, where it is sent, and what it holds."""
    ana, cato, rui = (cast.client(who) for who in (cast.ana, cast.cato, cast.rui))
    playbook = shelf.published(cast.cato)
    said, key = saying.waiting(cast, playbook), uuid.uuid4()

    def page(client: Client, name: str, /, *args: Any, to: str = "", **data: Any) -> Any:
        return client, reverse(name, args=args), reverse(to or name, args=args), data

    question = inquiring.ask(cast.ana, cast.lisbon, "The hall echoes", Question.Audience.EVERYBODY)
    yield page(ana, "question_ask", "lisbon", title="Where do we begin?", audience="everybody", key=key)
    yield page(ana, "question_edit", "lisbon", question.uid, title="The hall echoes badly", body="")
    yield page(ana, "question_detail", "lisbon", question.uid, to="question_answer", body="We tried", key=key)
    yield page(cato, "question_help", question.uid, to="question_help_answer", body="Carpets", key=key)
    yield page(cato, "todo_vote", said["said_vote"].pk, times=1, **SAY)
    yield page(cato, "todo_note", said["said_note"].uid, **SAY)
    yield page(cato, "todo_comment", said["said_comment"].uid, **SAY)
    yield page(cato, "todo_edit", said["said_edit"].uid, leave="1", **SAY)
    yield page(cato, "todo_entry", said["said_entry"].uid, decline="1", **SAY)
    yield page(cato, "template_new", playbook.slug, name="Call", text="Come")
    yield page(cato, "playbook_new", title="T", summary="S", body="B", layout="whole")
    offer = {"title": "T", "why": "W", "key": key, "place": ["0"], "i0-text": "Come"}
    yield page(cato, "suggestion_new", **offer)
    yield page(ana, "note_new", "lisbon", playbook.slug, **SAY)
    yield page(ana, "edit_suggest", "lisbon", playbook.slug, version=1, title="T", summary="S", body="B")
    yield page(ana, "entry_propose", "lisbon", title="Thank helpers", why="They come back")
    account = posts.account(cast.lisbon)
    yield page(ana, "post_new", "lisbon", do="save", form_key=key, text="Come", targets=[account.pk])
    post = posts.draft(cast.lisbon, cast.ana, account, text="The market opens at nine")
    yield page(ana, "post_detail", "lisbon", post.uid, to="post_comment", **SAY)
    helping.ask_help(post=post, of_chapter=cast.central, by=cast.actor(cast.ana))
    yield page(cato, "asked_post", post.uid, to="asked_comment", **SAY)
    yield page(cato, "asked_wording", post.uid, text="The market opens at ten", revision=post.revision)
    waiting = posts.in_review(cast.lisbon, cast.ana, account, text="Waits")
    yield page(rui, "post_review", "lisbon", waiting.uid, to="post_request_changes", revision=1, **SAY)
    counts = posts.in_review(cast.lisbon, cast.ana, account, text="Counts")
    helping.ask_help(post=counts, of_chapter=cast.central, by=cast.actor(cast.ana), may_approve=True)
    yield page(cato, "asked_post", counts.uid, to="asked_request_changes", revision=1, **SAY)


def test_what_is_stored_is_never_offered_again(cast):
    seen: set[str] = set()
    for client, opened, sent_to, data in forms(cast):
        made_of, left = walk(client, opened, sent_to, data)
        assert not left, f"{sent_to} leaves {left}"
        seen |= made_of
    folder = Path(settings.BASE_DIR) / "templates"
    pages = [path for path in folder.rglob("*.html") if GUARD.search(path.read_text())]
    guarded = {str(path.relative_to(folder)) for path in pages}
    assert guarded <= seen, "a form with a guard that this test does not send"
