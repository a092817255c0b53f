"""Who may ask, read and answer questions. Each chapter has one for itself and the central team alone."""

import uuid
from datetime import timedelta

from django.utils import timezone

from tests.access.table import GET, POST, Matrix, flat, only_get, only_post, row, verb

OWN = {"uid": "question"}  # asked by the author, private
ANSWERED = {"uid": "question", "answer": "answer"}
ASKED = {"uid": "asked_question"}  # of another chapter, private
DECIDERS = ("author", "editor", "lead")  # whoever asked, and who edits other people's things
FOR_ALL = {"uid": "for_all"}
OF_ASKED = {"uid": "for_all", "answer": "answer_for_all"}


def _ask(at):
    return {"title": "How do we begin?", "audience": "everybody", "key": str(uuid.uuid4())}


def _answer(at):
    return {"body": "Like this", "key": str(uuid.uuid4())}


def _days(at):
    return {"working_days": "3"}


def _why(at):
    return {"why": "An advertisement"}


def _to(at):
    return {"to": str(at.stage.cast.cato.pk)}


def _on(at):
    return {"on": f"{timezone.localdate() + timedelta(days=3)}"}


MATRIX = Matrix(
    file="tests/access/rows_questions.py",
    chapter=flat(
        only_get("question_list", 200, 200, 200, 200),
        row("question_ask", GET, 200, 200, 200, 200),
        row("question_ask", POST, 302, 302, 302, 302, data=_ask),
        only_get("question_similar", 200, 200, 200, 200, query="?title=how+do+we+begin"),
        only_get("question_detail", 200, 200, 200, 200, of=OWN),
        row("question_edit", GET, 302, 200, 302, 302, of=OWN, why="the asker's own words"),
        row("question_edit", POST, 302, 302, 302, 302, of=OWN, data=_ask, changes=("author",)),
        verb("question_answer", 302, 302, 302, 302, of=OWN, data=_answer, get_ignores=()),
        only_post("question_accept", 302, 302, 302, 302, of=ANSWERED, changes=DECIDERS),
        only_post("question_close", 302, 302, 302, 302, of=OWN, changes=DECIDERS),
        only_post("question_open", 302, 302, 302, 302, of=OWN, changes=("author",)),
        only_post("answer_helpful", 302, 302, 302, 302, of=ANSWERED, at_central=False),
        only_post(
            "answer_take_back", 404, 404, 404, 404, of=ANSWERED, at_central=False, why="another's words"
        ),
    ),
    central=flat(
        only_get("questions_waiting", 403, 200, 200, 200),
        only_get("question_help", 403, 200, 200, 200, of=ASKED),
        verb("question_help_answer", 403, 302, 302, 302, of=ASKED, data=_answer, get_ignores=()),
        only_post("questions_promise", 403, 403, 302, 302, data=_days),
        only_post("answer_hide", 403, 302, 302, 302, of=OF_ASKED, data=_why),
        verb("question_take", 403, 302, 302, 302, of=ASKED, data=_on, get_ignores=()),
        only_post("question_assign", 403, 302, 302, 302, of=ASKED, data=_to),
        only_post("question_make_entry", 403, 403, 302, 302, of=FOR_ALL),
    ),
)  # fmt: skip
