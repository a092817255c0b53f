"""The story of help, in Chromium: a volunteer finds, uses and asks; the central team answers, teaches and
revises; the volunteer takes half of it; and the scorecard has moved."""

from __future__ import annotations

import pytest

from playbooks.models import Playbook, Question
from posts.models import Post
from tests.playbooks import offers, shelf
from tests.support import posts

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = "Repair evening on Friday at the usual place.\nBring what is broken. Tea is free for everybody."
LATER = "Repair evening on Thursday at the usual place.\nBring what is broken. Tea and cake are free for all."


@pytest.fixture
def library(cast):
    playbook = shelf.published(
        cast.cato, "Photographs of people", body="## First small step\n\nAsk before you take a picture."
    )
    shelf.template(playbook, cast.cato, text="We took pictures, and everybody in them said yes.")
    return playbook


def press(page, words: str) -> None:
    page.locator(f"button:visible:has-text('{words}'), a.button:visible:has-text('{words}')").first.click()
    page.wait_for_load_state("load")


def test_help_goes_round(cast, library, visit, live_server):
    suggestion = offers.offered(cast.cato, FIRST)
    posts.account(cast.porto, "@porto")
    here = live_server.url

    # a volunteer finds a playbook by a misspelt word and begins a post from its template
    alba = visit("alba", "/c/porto/how-we-help/")
    before = alba.inner_text("main")
    alba.goto(f"{here}/c/porto/playbooks/?q=fotographs")
    alba.click("text=Photographs of people")
    alba.wait_for_load_state("load")
    press(alba, "Use this template")
    assert "everybody in them said yes" in alba.input_value("#id_text")
    press(alba, "Save draft")
    assert Post.objects.filter(chapter=cast.porto, template_version__isnull=False).exists()

    # takes a suggestion as it is: a draft, and nothing more
    alba.goto(f"{here}/c/porto/suggestions/")
    press(alba, "Use")
    copy = Post.objects.get(chapter=cast.porto, text=FIRST)
    assert copy.status == Post.Status.DRAFT

    # and asks a question
    alba.goto(f"{here}/c/porto/playbooks/{library.slug}/")
    press(alba, "Ask about it")
    alba.fill("#id_title", "What do we do when somebody says no?")
    press(alba, "Ask")
    question = Question.objects.get(chapter=cast.porto)
    assert question.about == library

    # the central team answers, and makes a playbook of it
    cato = visit("cato", "/central/questions/")
    cato.click("text=What do we do when somebody says no?")
    cato.wait_for_selector("#id_body")
    cato.fill("#id_body", "Put the camera down and thank them.")
    press(cato, "Send the answer")
    press(cato, "Make this a playbook")
    entry = Playbook.objects.get(pk=Question.objects.get().entry_id)
    assert "Put the camera down and thank them." in entry.body
    assert "Porto" in entry.body

    # and revises the suggestion: the copy is untouched
    offers.revised(suggestion, cast.cato, LATER, note="Thursday, and there is cake.")
    copy.refresh_from_db()
    assert copy.text == FIRST

    # the volunteer sees the difference and takes half of it
    alba.goto(f"{here}/c/porto/posts/{copy.uid}/suggestion/")
    assert "Thursday, and there is cake." in alba.inner_text("main")
    boxes = alba.locator("input[name=piece]")
    assert boxes.count() >= 2
    for at in range(1, boxes.count()):
        boxes.nth(at).uncheck()
    press(alba, "Take the ticked ones")
    copy.refresh_from_db()
    assert copy.text == FIRST.replace("Friday", "Thursday")

    # somebody asked and was answered: the scorecard says so, and names no chapter
    alba.goto(f"{here}/c/porto/how-we-help/")
    after = alba.inner_text("main")
    assert after != before
    assert "1 of 1" in after
