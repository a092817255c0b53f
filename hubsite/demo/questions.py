"""The demo's questions: asked, answered and settled by the same verbs as everybody's."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chapters.models import Membership
from hubsite.demo import clock, content
from hubsite.demo.cast import Cast, key
from playbooks import answer_marks, asking
from playbooks.models import Answer, Question

SOON = timedelta(minutes=25)  # after an answer, until somebody does something about it


def load(cast: Cast) -> None:
    """Ask everything of the content file, the oldest first."""
    for number, entry in enumerate(content.read("questions")["questions"]):
        _ask(cast, entry, number)


def _ask(cast: Cast, entry: dict[str, Any], number: int) -> None:
    asked_at = cast.moment(entry["days_ago"], entry["chapter"], number)
    asker = cast.membership(entry["by"], entry["chapter"])
    everybody, central = Question.Audience.EVERYBODY, Question.Audience.CENTRAL
    about = cast.playbooks[entry["about"]] if "about" in entry else None
    asked = asking.Asked(
        title=entry["title"],
        body=entry.get("body", ""),
        audience=central if entry.get("private") else everybody,
        about=about,
        topic=entry.get("topic") or (about.topics[0] if about else ""),
    )
    with clock.at(asked_at):
        question = asking.ask(membership=asker, asked=asked, form_key=key("question", number))
    if "taken_by" in entry:
        taker = cast.user(entry["taken_by"])
        with clock.at(asked_at + SOON):
            asking.assign(question=question, to=taker, by=cast.actor(entry["taken_by"]))
    said = [_answer(cast, question, answer, asked_at, at) for at, answer in enumerate(entry["answers"])]
    if "accepted" in entry:
        _settle(cast, entry, question, asker, said)


def _answer(cast: Cast, question: Question, answer: dict[str, Any], asked_at: datetime, at: int) -> Answer:
    moment = asked_at + timedelta(hours=answer["after_hours"])
    with clock.at(moment):
        said = asking.answer(
            question=question,
            membership=cast.membership(answer["by"], answer["of"]),
            body=answer["text"],
            form_key=key(f"answer {question.form_key}", at),
        )
    for person, chapter in answer.get("helped", []):
        with clock.at(moment + 3 * SOON):
            answer_marks.mark_helpful(answer=said, membership=cast.membership(person, chapter))
    return said


def _settle(
    cast: Cast, entry: dict[str, Any], question: Question, asker: Membership, said: list[Answer]
) -> None:
    moment = said[-1].created_at + 2 * SOON
    with clock.at(moment):
        asking.accept(question=question, answer=said[entry["accepted"]], membership=asker)
    if "entry_by" in entry:
        with clock.at(moment + timedelta(days=1)):
            asking.make_entry(question=question, by=cast.actor(entry["entry_by"]))
