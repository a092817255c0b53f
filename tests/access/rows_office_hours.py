"""Who may book office hours, and who offers them."""

import uuid

from tests.access.table import GET, POST, Matrix, flat, only_get, only_post, row, verb

FREE = {"hour": "free_hour"}
BOOKED = {"booking": "booking"}
TO_DO = {"booking": "booking", "agreed": "chapters_to_do"}
TEAMS_TO_DO = {"booking": "booking", "agreed": "teams_to_do"}
ASKED = {"booking": "asked_booking"}
PROMISED = {"booking": "asked_booking", "agreed": "promised"}
NOT_OURS = {"booking": "asked_booking", "agreed": "not_ours"}


def _book(at):
    return {"wishes": "Where to begin"}


def _offer(at):
    return {
        "day": "2099-06-02", "begins": "18:00", "ends": "19:00", "minutes": "30", "weeks": "1",
        "place": "Here",
    }  # fmt: skip


def _note(at):
    return {"key": str(uuid.uuid4()), "words": "Send the link", "whose": "team"}


def _why(at):
    return {"why": "I am ill."}


MATRIX = Matrix(
    file="tests/access/rows_office_hours.py",
    chapter=flat(
        only_get("office_hour_list", 200, 200, 200, 200),
        row("office_hour_book", GET, 403, 200, 200, 200, of=FREE),
        row("office_hour_book", POST, 403, 302, 302, 302, of=FREE, data=_book),
        only_get("office_hour_booking", 200, 200, 200, 200, of=BOOKED),
        only_get("office_hour_calendar", 200, 200, 200, 200, of=BOOKED),
        row("office_hour_agenda", GET, 403, 200, 200, 200, of=BOOKED),
        row("office_hour_agenda", POST, 403, 302, 302, 302, of=BOOKED, data=_book),
        only_post("office_hour_cancel", 403, 302, 302, 302, of=BOOKED, data=_why),
        only_post("office_hour_done", 403, 302, 302, 302, of=TO_DO),
        row("office_hour_done", POST, 403, 404, 404, 404, of=TEAMS_TO_DO, why="the central team's to do"),
    ),
    central=flat(
        row("office_hours_offered", GET, 403, 200, 200, 200),
        row("office_hours_offered", POST, 403, 302, 302, 302, data=_offer),
        only_post("office_hour_withdraw", 403, 302, 302, 302, of=FREE),
        only_get("office_hour_of_team", 403, 200, 200, 200, of=ASKED),
        only_get("office_hour_team_calendar", 403, 200, 200, 200, of=ASKED),
        verb("office_hour_note", 403, 302, 302, 302, of=ASKED, data=_note, get_ignores=()),
        only_post("office_hour_team_done", 403, 302, 302, 302, of=PROMISED),
        row("office_hour_team_done", POST, 403, 404, 404, 404, of=NOT_OURS, why="the chapter's to do"),
        verb("office_hour_call_off", 403, 302, 302, 302, of=ASKED, data=_why, get_ignores=()),
    ),
)  # fmt: skip
