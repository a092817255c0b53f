"""The access matrix of playbooks: chapters read, the central team's editors and leads write.

Playbooks belong to no chapter, so the same one is at every chapter's address.
"""

from tests.access.table import GET, POST, Matrix, flat, only_get, only_post, row, verb

IT = {"playbook": "playbook"}
ITS_FIRST = {"playbook": "playbook", "number": 1}
ITS_SECOND = {"playbook": "playbook", "number": 2}
UNPUBLISHED = {"playbook": "unpublished"}
ARCHIVED = {"playbook": "archived"}
ITS_TEMPLATE = {"playbook": "playbook", "template": "template"}
ITS_NOTE = {"playbook": "playbook", "uid": "note"}
ITS_COMMENT = {"playbook": "playbook", "uid": "comment"}  # the lead's
ITS_EDIT = {"playbook": "playbook", "uid": "edit"}
WITHDRAWN = {"playbook": "playbook", "template": "withdrawn"}
OTHERS_TEMPLATE = {"playbook": "other_playbook", "template": "template"}


def _new(at):
    return {"title": "T", "summary": "S", "body": "B"}


def _first(at):
    return {"draft_number": "1"}


def _words(at):
    return {"draft_number": at.shared("playbook").draft_number, "title": "T", "summary": "S", "body": "B"}


def _template(at):
    return {"number": "1", "name": "N", "text": "See you there"}


def _seen(at):
    return {"draft_number": at.shared("playbook").draft_number}


def _save(at):
    return {"do": "save"}


def _topic(at):
    return {"topic": "consent"}


def _vote(at):
    return {"helped": "no", "version": "2", "word": "Too long"}


def _say(at):
    return {"text": "We tried it"}


def _edit(at):
    return {"version": "2", "title": "T", "summary": "S", "body": "B"}


def _entry(at):
    return {"title": "T", "why": "W"}


def _answer(at):
    return {"answer": "Thank you", "times": "1"}


def _reason(at):
    return {"reason": "A private number"}


def _pieces(at):
    return {"piece": ["1"]}


MATRIX = Matrix(
    file="tests/access/rows_playbooks.py",
    chapter=flat(
        only_get("playbook_list", 200, 200, 200, 200),
        only_get("playbook_detail", 200, 200, 200, 200, of=IT),
        only_get("playbook_detail", 404, 404, 404, 404, of=UNPUBLISHED, why="a draft"),
        only_get("playbook_version", 200, 200, 200, 200, of=ITS_FIRST),
        only_get("playbook_changes", 200, 200, 200, 200, of=ITS_SECOND),
        only_get("reading_list", 200, 200, 200, 200),
        row("topic_list", GET, 200, 200, 200, 200),
        row("topic_list", POST, 302, 302, 302, 302, data=_topic),
        only_post("playbook_keep", 302, 302, 302, 302, of=IT, data=_save),
        row("playbook_keep", POST, 404, 404, 404, 404, of=UNPUBLISHED, data=_save, why="a draft"),
        only_post("pick_aside", 403, 302, 302, 302, of=IT),
        row("pick_aside", POST, 403, 404, 404, 404, of=UNPUBLISHED, why="a draft"),
        verb("playbook_vote", 302, 302, 302, 302, of=IT, data=_vote, at_central=False),
        only_get("playbook_notes", 200, 200, 200, 200, of=IT),
        row("note_new", GET, 403, 200, 200, 200, of=IT, at_central=False),
        row("note_new", POST, 403, 302, 302, 302, of=IT, data=_say, at_central=False),
        only_post("note_withdraw", 403, 302, 302, 302, of=ITS_NOTE, at_central=False),
        row("playbook_comments", GET, 200, 200, 200, 200, of=IT),
        row("playbook_comments", POST, 403, 302, 302, 302, of=IT, data=_say),
        only_post("comment_remove", 403, 404, 404, 302, of=ITS_COMMENT),
        row("edit_suggest", GET, 403, 200, 200, 200, of=IT, at_central=False),
        row("edit_suggest", POST, 403, 302, 302, 302, of=IT, data=_edit, at_central=False),
        only_get("edit_detail", 200, 200, 200, 200, of=ITS_EDIT, at_central=False),
        only_post("edit_withdraw", 403, 302, 302, 302, of=ITS_EDIT, at_central=False),
        row("entry_propose", GET, 403, 200, 200, 200, at_central=False),
        row("entry_propose", POST, 403, 302, 302, 302, data=_entry, at_central=False),
        only_get("scorecard", 200, 200, 200, 200),
        only_post("entry_withdraw", 403, 302, 302, 302, of={"uid": "entry"}, at_central=False),
    ),
    central=flat(
        only_get("teaching", 403, 403, 200, 200),
        row("playbook_new", GET, 403, 403, 200, 200),
        row("playbook_new", POST, 403, 403, 302, 302, data=_new),
        only_post("playbook_preview", 403, 403, 200, 200, data=_words, changes=False),
        only_get("playbook_manage", 403, 403, 200, 200, of=IT),
        row("playbook_edit", GET, 403, 403, 200, 200, of=IT),
        row("playbook_edit", POST, 403, 403, 302, 302, of=IT, data=_words),
        row("playbook_publish", GET, 403, 403, 200, 200, of=UNPUBLISHED),
        row("playbook_publish", POST, 403, 403, 302, 302, of=UNPUBLISHED, data=_first),
        only_post("playbook_archive", 403, 403, 302, 302, of=IT),
        only_post("playbook_restore", 403, 403, 302, 302, of=ARCHIVED),
        row("playbook_revise", GET, 403, 403, 200, 200, of=ITS_FIRST),
        row("playbook_revise", POST, 403, 403, 302, 302, of=ITS_FIRST, data=_seen),
        row("template_new", GET, 403, 403, 200, 200, of=IT),
        row("template_new", POST, 403, 403, 302, 302, of=IT, data=_template),
        only_post("template_preview", 403, 403, 200, 200, of=IT, data=_template, changes=False),
        row("template_edit", GET, 403, 403, 200, 200, of=ITS_TEMPLATE),
        row("template_edit", POST, 403, 403, 302, 302, of=ITS_TEMPLATE, data=_template),
        row("template_edit", POST, 403, 403, 404, 404, of=OTHERS_TEMPLATE, data=_template, why="not its own"),
        only_post("template_withdraw", 403, 403, 302, 302, of=ITS_TEMPLATE),
        row("template_withdraw", POST, 403, 403, 404, 404, of=OTHERS_TEMPLATE, why="not its own"),
        only_post("template_offer", 403, 403, 302, 302, of=WITHDRAWN),
        only_get("todo_list", 403, 403, 200, 200),
        row("todo_vote", GET, 403, 403, 200, 200, of={"pk": "said_vote"}),
        row("todo_vote", POST, 403, 403, 302, 302, of={"pk": "said_vote"}, data=_answer),
        row("todo_note", GET, 403, 403, 200, 200, of={"uid": "said_note"}),
        row("todo_note", POST, 403, 403, 302, 302, of={"uid": "said_note"}, data=_answer),
        only_post("note_hide", 403, 403, 302, 302, of={"uid": "said_note"}, data=_reason),
        only_post("note_show", 403, 403, 302, 302, of={"uid": "hidden_note"}),
        row("todo_comment", GET, 403, 403, 200, 200, of={"uid": "said_comment"}),
        row("todo_comment", POST, 403, 403, 302, 302, of={"uid": "said_comment"}, data=_answer),
        only_post("comment_hide", 403, 403, 302, 302, of={"uid": "said_comment"}, data=_reason),
        only_post("comment_show", 403, 403, 302, 302, of={"uid": "hidden_comment"}),
        row("todo_edit", GET, 403, 403, 200, 200, of={"uid": "said_edit"}),
        row("todo_edit", POST, 403, 403, 302, 302, of={"uid": "said_edit"}, data=_pieces),
        row("todo_entry", GET, 403, 403, 200, 200, of={"uid": "said_entry"}),
        row("todo_entry", POST, 403, 403, 302, 302, of={"uid": "said_entry"}, data=_answer),
    ),
)  # fmt: skip
