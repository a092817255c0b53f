"""The access matrix of people and chapters. Columns: viewer, author, editor, lead."""

import uuid

from django.utils import timezone

from chapters.notice_kinds import GROUPS
from tests.access.table import GET, POST, Matrix, everybody, flat, only_get, only_post, row, verb

THE_MEMBER = {"uid": "member"}
THE_INVITATION = {"pk": "invitation"}
THE_ADVISORY = {"uid": "advisory"}
FARO = {"chapter": "faro"}
FAROS = {"chapter": "faro", "pk": "lead_invitation"}
NOT_CENTRALS = {"chapter": "lisbon", "pk": "lisbon_invitation"}


def _settings(at):
    return {
        "review_rule": at.chapter.review_rule, "accounts_by": "editors", "late_after_minutes": "90",
        "time_zone": "Europe/Lisbon", "language": "en", "city": "Somewhere new",
    }  # fmt: skip


def _advice(at):
    day = f"{timezone.now().year + 1}-05-04"
    return {"reason": "A flood", "date": day, "time": "12:00", "form_key": str(uuid.uuid4())}


def _friend(at):
    return {"email": "new@example.org", "role": "author"}


def _wishes(at):
    return {**dict.fromkeys(GROUPS, "weekly"), "weekday": "4", "hour": "18"}


def _new_chapter(at):
    return {"name": "Evora", "slug": "evora", "time_zone": "Europe/Lisbon", "language": "en"}


MATRIX = Matrix(
    file="tests/access/rows_chapters.py",
    chapter=flat(
        # who is in a chapter
        only_get("member_list", 200, 200, 200, 200),
        verb("member_invite", 403, 403, 403, 302, data=_friend),
        only_post("invitation_resend", 403, 403, 403, 302, of=THE_INVITATION),
        only_post("invitation_revoke", 403, 403, 403, 302, of=THE_INVITATION),
        only_post("member_role", 403, 403, 403, 302, of=THE_MEMBER, data=lambda at: {"role": "author"}),
        row("member_remove", GET, 403, 403, 403, 200, of=THE_MEMBER),
        row("member_remove", POST, 403, 403, 403, 302, of=THE_MEMBER),
        row("member_leave", GET, 200, 200, 200, 200),
        row("member_leave", POST, 302, 302, 302, 302, changes=("viewer", "author", "editor"),
            why="the only lead has to stay"),
        # what the chapter decides for itself
        only_get("chapter_about", 200, 200, 200, 200),
        row("chapter_settings", GET, 403, 403, 403, 200),
        row("chapter_settings", POST, 403, 403, 403, 302, data=_settings),
        row("chapter_pause", GET, 403, 403, 200, 200),
        row("chapter_pause", POST, 403, 403, 302, 302, data=lambda at: {"reason": "Summer"}),
        only_post("chapter_resume", 403, 403, 302, 302, changes=False, why="it is not paused"),
        # advisories and volunteers
        only_post("advisory_pause", 403, 403, 302, 302, of=THE_ADVISORY, at_central=False),
        only_post("advisory_go_on", 403, 403, 302, 302, of=THE_ADVISORY, at_central=False),
        row("advisory_rule", GET, 403, 403, 403, 200),
        row("advisory_rule", POST, 403, 403, 403, 302, data=lambda at: {"advisory_rule": "follow"}),
        row("volunteer", GET, 403, 200, 200, 200),
        row("volunteer", POST, 403, 302, 302, 302, at_central=False,
            data=lambda at: {"on": "on", "languages": ["en", "de"]}),
    ),
    central=flat(
        only_get("advisory_list", 200, 200, 200, 200),
        row("advisory_new", GET, 403, 403, 200, 200),
        row("advisory_new", POST, 403, 403, 302, 302, data=_advice),
        only_post("advisory_withdraw", 403, 403, 302, 302, of=THE_ADVISORY),
        only_get("chapter_list", 200, 200, 200, 200),
        row("chapter_create", GET, 403, 403, 403, 200),
        row("chapter_create", POST, 403, 403, 403, 302, data=_new_chapter),
        row("chapter_invite_lead", GET, 403, 403, 403, 200, of=FARO),
        row("chapter_invite_lead", POST, 403, 403, 403, 302, of={"chapter": "olhao"},
            data=lambda at: {"email": "lead@example.org"}),
        row("chapter_invite_lead", POST, 403, 403, 403, 422, of={"chapter": "lisbon"},
            data=lambda at: {"email": "lead@example.org"}, why="a chapter that has a lead"),
        row("emergency_declare", GET, 403, 403, 403, 200),
        row("emergency_declare", POST, 403, 403, 403, 302, data=lambda at: {"reason": "Storm", "hours": "5"}),
        only_post("emergency_end", 403, 403, 403, 302, changes=False, why="there is none"),
        only_post("chapter_lead_resend", 403, 403, 403, 302, of=FAROS),
        only_post("chapter_lead_revoke", 403, 403, 403, 302, of=FAROS),
        row("chapter_lead_resend", POST, 403, 403, 403, 404, of=NOT_CENTRALS, why="the chapter's own"),
        row("chapter_lead_revoke", POST, 403, 403, 403, 404, of=NOT_CENTRALS, why="the chapter's own"),
    ),
    signed_in=flat(
        everybody("notice_list", GET, 200),
        everybody("notice_list", POST, 405),
        everybody("notice_wishes", GET, 200),
        everybody("notice_wishes", POST, 302, data=_wishes),
        everybody("emergency_list", GET, 200),
        everybody("emergency_list", POST, 405),
        everybody("notice_read_all", GET, 405),
        everybody("notice_read_all", POST, 302),
        everybody("notice_open", GET, 405, of={"pk": "own_notice"}),
        everybody("notice_open", POST, 302, of={"pk": "own_notice"}),
        everybody("notice_open", POST, 404, of={"pk": "somebodys_notice"}, why="somebody else's"),
        everybody("person_settings", GET, 200),
        everybody("person_settings", POST, 302, data=lambda at: {"name": "New Name", "time_zone": ""}),
    ),
    public=flat(
        everybody("notice_stop", GET, 200, of={"token": "stop"}),
        everybody("notice_stop", POST, 200, of={"token": "stop"}),
        everybody("notice_stop", GET, 400, of={"token": 1}, why="a token nobody made"),
        everybody("invitation", GET, 302, of={"token": "token"}),
        everybody("invitation", GET, 404, of={"token": 1}, why="a token nobody made"),
        everybody("invitation", POST, 405, of={"token": "token"}),
        everybody("invitation_accept", GET, 404, why="no link was opened"),
        everybody("invitation_accept", POST, 404, why="no link was opened"),
    ),
)  # fmt: skip
