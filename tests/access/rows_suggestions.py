"""Who may look at suggestions, answer them and write them. The same one is on every chapter's shelf."""

import uuid

from tests.access.table import GET, POST, Matrix, flat, only_get, only_post, row, verb

IT = {"uid": "suggestion"}
ITS_ITEM = {"uid": "suggestion", "item": "suggestion_item"}
ITS_PICTURE = {"uid": "suggestion", "media": "suggestion_image"}
NOT_OFFERED = {"uid": "suggestion_draft"}
FOR_OTHERS = {"uid": "suggestion_elsewhere"}
ENDED = {"uid": "suggestion_ended"}
DECLINED = {"uid": "suggestion_declined"}
SENT_IN = {"uid": "suggestion_sent_in"}
KIT_CHANGED = {"uid": "suggestion_kit", "number": 2}
A_DECLINE = {"uid": "suggestion_declined", "decision": "suggestion_decline"}
COPY = {"uid": "copy"}
LEADS_COPY = {"uid": "lead_copy"}
OUT = {"uid": "published"}
TWO = "2"


def _it(at):
    return {"suggestion": str(at.shared("suggestion").uid), "form_key": str(uuid.uuid4())}


def _dated(at):
    return _it(at) | dict.fromkeys(("item", "make"), str(at.shared("suggestion_item").pk))


def _no(at):
    return {"reason": "topic", "words": "Not here"}


def _take(at):
    return {"do": "take", "piece": "1", "version": TWO}


def _send_in(at):
    return {"title": "Six hands", "why": "Eleven people came"}


def _new(at):
    return {"title": "T", "why": "W", "place": "0", "i0-text": "See you there", "key": str(uuid.uuid4())}


def _changed(at):
    number = at.shared("suggestion").draft_number
    return {"title": "Other", "why": "W", "place": "0", "i0-text": "See you", "number": number}


def _first(at):
    return {"number": at.shared("suggestion_draft").draft_number}


def _few(at):
    return {"max_members": "9"}


def _note(at):
    return {"note": "Thank you"}


MATRIX = Matrix(
    file="tests/access/rows_suggestions.py",
    chapter=flat(
        only_get("shelf", 200, 200, 200, 200),
        only_get("shelf_one", 200, 200, 200, 200, of=IT),
        only_get("shelf_one", 404, 404, 404, 404, of=NOT_OFFERED, why="a draft"),
        only_get("shelf_one", 404, 404, 404, 404, of=FOR_OTHERS, why="not for this chapter"),
        only_get("shelf_picture", 200, 200, 200, 200, of=ITS_PICTURE),
        verb("shelf_use", 403, 302, 302, 302, data=_it),
        verb("shelf_dates", 403, 302, 302, 302, data=_dated),
        only_get("shelf_made", 302, 302, 302, 302),
        verb("shelf_adapt", 403, 302, 302, 302, of=ITS_ITEM, data=_it, get_ignores=()),
        verb("shelf_decline", 403, 302, 302, 302, of=IT, data=_no, get_ignores=()),
        verb("shelf_take_back", 403, 302, 302, 302, of=DECLINED, get_ignores=()),
        verb("shelf_unsend", 403, 302, 302, 302, of=SENT_IN, get_ignores=()),
        row("post_suggestion", GET, 403, 200, 200, 200, of=COPY),
        row("post_suggestion", POST, 403, 302, 302, 302, of=COPY, data=_take),
        row("post_suggestion", POST, 403, 403, 302, 302, of=LEADS_COPY, data=_take, why="the lead's"),
        row("post_offer", GET, 403, 200, 200, 200, of=OUT, at_central=False),
        row("post_offer", POST, 403, 302, 302, 302, of=OUT, data=_send_in, at_central=False),
    ),
    central=flat(
        only_get("suggestion_list", 403, 403, 200, 200),
        row("suggestion_new", GET, 403, 403, 200, 200),
        row("suggestion_new", POST, 403, 403, 302, 302, data=_new),
        only_post("suggestion_preview", 403, 403, 200, 200, data=_new, changes=False),
        only_get("suggestion_manage", 403, 403, 200, 200, of=IT),
        row("suggestion_edit", GET, 403, 403, 200, 200, of=IT),
        row("suggestion_edit", POST, 403, 403, 302, 302, of=IT, data=_changed),
        only_post("suggestion_offer", 403, 403, 302, 302, of=NOT_OFFERED, data=_first),
        only_post("suggestion_end", 403, 403, 302, 302, of=IT, data=_note),
        only_post("suggestion_resume", 403, 403, 302, 302, of=ENDED),
        row("suggestion_terms", GET, 403, 403, 200, 200, of=IT),
        row("suggestion_terms", POST, 403, 403, 302, 302, of=IT, data=_few),
        only_get("suggestion_changes", 403, 403, 200, 200, of=KIT_CHANGED),
        only_post("suggestion_answer", 403, 403, 302, 302, of=A_DECLINE, data=_note),
        only_get("suggestion_picture", 403, 403, 200, 200, of=ITS_PICTURE),
    ),
)  # fmt: skip
