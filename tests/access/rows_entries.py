"""The access matrix around playbooks: second looks, keeping, pictures, practices, the public page."""

from tests.access.table import GET, POST, Matrix, everybody, flat, only_get, only_post, row

IT = {"playbook": "playbook"}
UNPUBLISHED = {"playbook": "unpublished"}  # Cato wrote it, so Cleo alone gives it a second look
LOOSE_PICTURE = {"playbook": "other_playbook", "uid": "loose_picture"}
OTHERS_PICTURE = {"playbook": "playbook", "uid": "loose_picture"}
PRACTICE = {"practice": "technique"}
WITHDRAWN = {"practice": "withdrawn_technique"}


def _draft(at):
    return {"draft_number": at.shared("playbook").draft_number}


def _unpublished(at):
    return {"draft_number": at.shared("unpublished").draft_number, "comment": "Good"}


def _typed(at):
    return {"title": "T", "summary": "S", "body": "B"}


def _kept(at):
    return {"language": "nb"}


def _shows(at):
    return {"alt": "A small room"}


def _practice(at):
    return {"seen": "1", "name": "N", "sentence": "S", "measure": "M"}


MATRIX = Matrix(
    file="tests/access/rows_entries.py",
    chapter=flat(
        only_get("practice_list", 200, 200, 200, 200),
        only_get("practice_detail", 200, 200, 200, 200, of=PRACTICE),
        only_get("practice_detail", 404, 404, 404, 404, of=WITHDRAWN, why="withdrawn"),
    ),
    central=flat(
        only_post("playbook_autosave_new", 403, 403, 200, 200, data=_typed),
        only_post("playbook_autosave", 403, 403, 200, 200, of=IT, data=_typed),
        only_post("playbook_ask", 403, 403, 302, 302, of=IT, data=_draft),
        row("playbook_review", GET, 403, 403, 200, 200, of=UNPUBLISHED),
        row("playbook_review", POST, 403, 403, 422, 302, of=UNPUBLISHED, data=_unpublished,
            changes=("lead",)),
        only_post("playbook_unplan", 403, 403, 302, 302, of={"playbook": "planned"}),
        row("playbook_keeping", GET, 403, 403, 200, 200, of=IT),
        row("playbook_keeping", POST, 403, 403, 302, 302, of=IT, data=_kept),
        only_post("playbook_still_good", 403, 403, 302, 302, of=IT),
        only_post("playbook_translate", 403, 403, 302, 302, of=IT, data=lambda at: {"language": "nb"}),
        only_post("playbook_caught_up", 403, 403, 302, 302, of={"playbook": "translation"}),
        only_post("playbook_open", 403, 403, 302, 302, of=IT),
        only_post("playbook_close", 403, 403, 302, 302, of={"playbook": "other_playbook"}),
        row("playbook_pictures", GET, 403, 403, 200, 200, of=IT),
        row("playbook_pictures", POST, 403, 403, 422, 422, of=IT, changes=False, why="no picture"),
        only_post("playbook_picture_words", 403, 403, 302, 302, of=LOOSE_PICTURE, data=_shows),
        only_post("playbook_picture_remove", 403, 403, 302, 302, of=LOOSE_PICTURE),
        row("playbook_picture_words", POST, 403, 403, 404, 404, of=OTHERS_PICTURE, why="not its own"),
        row("playbook_picture_remove", POST, 403, 403, 404, 404, of=OTHERS_PICTURE, why="not its own"),
        only_get("practices_teach", 403, 403, 200, 200),
        row("practice_new", GET, 403, 403, 200, 200),
        row("practice_new", POST, 403, 403, 302, 302, data=_practice),
        row("practice_edit", GET, 403, 403, 200, 200, of=PRACTICE),
        row("practice_edit", POST, 403, 403, 302, 302, of=PRACTICE, data=_practice),
        only_post("practice_withdraw", 403, 403, 302, 302, of=PRACTICE),
        only_post("practice_offer", 403, 403, 302, 302, of=WITHDRAWN),
    ),
    public=[
        everybody("public_playbook", GET, 200, of={"token": "public_token"}),
        everybody("public_playbook", POST, 405, of={"token": "public_token"}),
        everybody("playbook_picture", GET, 200, of={"uid": "open_picture"}),
        everybody("playbook_picture", POST, 405, of={"uid": "open_picture"}),
    ],
)  # fmt: skip
