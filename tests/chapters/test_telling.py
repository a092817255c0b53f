from __future__ import annotations

import ast
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chapters import digests, notices, wishes
from chapters.models import Digest, Emergency, Event, Notice
from chapters.notice_kinds import GROUPS, KINDS, How
from chapters.problems import Refused

ROOT = Path(__file__).resolve().parents[2]
MONDAY = datetime(2026, 11, 23, 7, tzinfo=UTC)


def tell(people, kind="playbook_published", cause="one", chapter=None):
    notices.notify(
        people, chapter=chapter, cause=cause, kind=kind, title=f"About {cause}", body="Because", path="/me/"
    )


def age(notice, **span):
    Notice.objects.filter(pk=notice.pk).update(created_at=timezone.now() - timedelta(**span))


@pytest.fixture
def waiting(cast):
    tell([cast.ana], chapter=cast.lisbon)
    notice = Notice.objects.get()
    age(notice, days=8)
    return notice


def tellers_of(nodes: list[ast.AST]) -> dict[str, int]:
    """Where each of these functions that tells on behalf of others takes the kind."""
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef) and "tell" in node.name]
    taken = {function.name: [arg.arg for arg in function.args.args] for function in functions}
    return {name: args.index("kind") for name, args in taken.items() if "kind" in args}


def kinds_in(nodes: list[ast.AST], elsewhere: dict[str, int]) -> set[str]:
    """The kinds that a module's notices have: of `kind=`, or in that place of a function that tells, which
    is its own rather than another module's of the same name. One made of a status is not seen."""
    own = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    places = {name: at for name, at in elsewhere.items() if name not in own} | tellers_of(nodes)
    given = []
    for call in (node for node in nodes if isinstance(node, ast.Call)):
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        if name == "notify" or name in places:
            given += [word.value for word in call.keywords if word.arg == "kind"]
        if name in places and len(call.args) > places[name]:
            given.append(call.args[places[name]])
    if places.keys() & own:
        given += chosen_in(nodes)
    return {one.value for one in given if isinstance(one, ast.Constant)}


def chosen_in(nodes: list[ast.AST]) -> list[ast.AST]:
    """What a module puts into a variable called `kind`, alone or beside others."""
    found = []
    for node in (node for node in nodes if isinstance(node, ast.Assign)):
        for target in node.targets:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(target.elts, node.value.elts, strict=False))
            found += [value for name, value in pairs if getattr(name, "id", "") == "kind"]
    return found


def test_every_kind_of_notice_is_declared():
    texts = [
        path.read_text() for app in ("chapters", "playbooks", "posts") for path in (ROOT / app).rglob("*.py")
    ]
    modules = [list(ast.walk(ast.parse(text))) for text in texts if "tell" in text or "notify" in text]
    elsewhere = {name: at for nodes in modules for name, at in tellers_of(nodes).items()}
    used = set().union(*[kinds_in(nodes, elsewhere) for nodes in modules])
    assert {"review_wanted", "question_asked", "joined"} <= used
    assert used - set(KINDS) == set()


@pytest.mark.parametrize(
    ("now", "weekday", "hour", "zone", "due"),
    [
        (MONDAY, 0, 7, "UTC", MONDAY),
        (MONDAY, 0, 8, "UTC", datetime(2026, 11, 16, 8, tzinfo=UTC)),
        (MONDAY, 0, 8, "Europe/Berlin", MONDAY),
        (MONDAY, 6, 23, "Pacific/Auckland", datetime(2026, 11, 22, 10, tzinfo=UTC)),
    ],
)
def test_weekly_mail_is_due_at_the_persons_own_hour(now, weekday, hour, zone, due):
    assert digests.last_due(now, weekday=weekday, hour=hour, zone=ZoneInfo(zone)) == due


def test_what_nobody_asked_for_waits_for_the_weekly_mail(cast):
    tell([cast.ana])
    assert notices.mail_waiting() == 0
    tell([cast.ana], kind="question_answered", cause="two")
    assert notices.mail_waiting() == 1


def test_one_mail_a_week_names_chapter_thing_reason_and_next_step(cast, waiting):
    tell([cast.ana], cause="two", chapter=cast.lisbon)
    age(Notice.objects.get(cause="two"), days=8)
    assert digests.make_due() == 1
    assert digests.mail_waiting() == 1
    [letter] = mail.outbox
    for words in ("About one", "About two", "Lisbon", "Because", "/me/"):
        assert words in letter.body
    assert digests.make_due() == digests.mail_waiting() == 0


def test_next_notice_waits_for_the_next_week(cast, waiting):
    digests.make_due()
    tell([cast.ana], cause="later")
    assert digests.make_due() == 0


def test_nothing_waiting_makes_no_mail(cast, waiting):
    Notice.objects.update(read_at=timezone.now())
    assert digests.make_due() == 0


def test_worker_that_died_after_gathering_leaves_one_mail_to_send(cast, waiting):
    digests.make_due()
    assert Digest.objects.get().sent_at is None
    assert digests.mail_waiting() == 1
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_gather_one_mail(cast, waiting):
    made = []

    def gather():
        made.append(digests.make_due())
        connection.close()

    threads = [threading.Thread(target=gather) for _worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(made) == 1
    assert Digest.objects.count() == 1


def test_central_team_reaches_nobody_at_once_beyond_its_cap(cast):
    wishes.choose(person=cast.ana, wishes={"library": How.NOW})
    for number in range(wishes.CAP + 2):
        tell([cast.ana, cast.vera], cause=str(number))
    told = list(Notice.objects.filter(person=cast.ana).order_by("id").values_list("how", flat=True))
    assert told == [How.NOW] * wishes.CAP + [How.WEEKLY] * 2


def test_declared_emergency_lifts_the_cap_in_front_of_everybody(cast):
    for number in range(wishes.CAP):
        tell([cast.ana], kind="advisory", cause=str(number))
    wishes.declare_emergency(reason="A storm", lasts=timedelta(hours=5), by=cast.actor(cast.cleo))
    tell([cast.ana], kind="advisory", cause="storm")
    assert Notice.objects.get(cause="storm").how == How.NOW
    assert Event.objects.filter(verb="emergency_declared", actor=cast.cleo).exists()
    page = cast.client(cast.ana).get(reverse("chapter_home", args=["lisbon"])).content.decode()
    assert "A storm" in page
    assert "Cleo" in cast.client(cast.otto).get(reverse("emergency_list")).content.decode()


def test_emergency_never_overrules_what_somebody_chose(cast):
    wishes.choose(person=cast.ana, wishes={"advisory": How.HUB})
    wishes.declare_emergency(reason="A storm", lasts=timedelta(hours=5), by=cast.actor(cast.cleo))
    tell([cast.ana], kind="advisory")
    assert Notice.objects.get().how == How.HUB


def test_emergency_is_short_has_a_reason_and_is_the_leads_to_declare(cast):
    for reason, hours in (("", 5), ("Storm", 73), ("Storm", 0)):
        with pytest.raises(Refused):
            wishes.declare_emergency(reason=reason, lasts=timedelta(hours=hours), by=cast.actor(cast.cleo))
    data = {"reason": "Storm", "hours": "5"}
    assert cast.client(cast.cato).post(reverse("emergency_declare"), data).status_code == 403
    assert cast.client(cast.lucia).post(reverse("emergency_declare"), data).status_code == 404
    assert not Emergency.objects.exists()


def test_leads_of_the_central_team_find_where_to_declare_and_to_end_an_emergency(cast):
    declare, end = reverse("emergency_declare"), reverse("emergency_end")
    for page in ("advisory_list", "emergency_list"):
        assert declare in cast.client(cast.cleo).get(reverse(page)).content.decode()
        assert declare not in cast.client(cast.cato).get(reverse(page)).content.decode()
    wishes.declare_emergency(reason="A storm", lasts=timedelta(hours=5), by=cast.actor(cast.cleo))
    assert end in cast.client(cast.cleo).get(reverse("emergency_list")).content.decode()
    read = {name: cast.client(who).get(reverse("emergency_list")).content.decode()
            for name, who in (("cato", cast.cato), ("otto", cast.otto))}  # fmt: skip
    assert not any(end in page for page in read.values())
    assert "may write to you" in read["otto"]
    assert "may write to you" not in read["cato"]


def test_one_press_in_the_mail_program_ends_such_mail(cast):
    tell([cast.ana], kind="question_answered")
    notices.mail_waiting()
    [letter] = mail.outbox
    assert "No more mail of this kind (Help between people):" in letter.body
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = "/notices/" + letter.extra_headers["List-Unsubscribe"].strip("<>").partition("/notices/")[2]
    client = Client(enforce_csrf_checks=True)
    assert client.get(path).status_code == 200
    assert wishes.of(cast.ana)["help"] == How.NOW, "looking changes nothing"
    for _time in range(2):
        assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert wishes.of(cast.ana)["help"] == How.HUB
    assert wishes.of(cast.ana)["posts"] == How.NOW


def test_altered_unsubscribe_address_does_nothing(cast):
    path = wishes.stop_url(cast.ana, "help")
    assert Client().post(path.replace("/stop/", "/stop/x")).status_code == 400
    assert wishes.of(cast.ana)["help"] == How.NOW


def test_person_chooses_group_by_group(cast):
    chosen = {**dict.fromkeys(GROUPS, "hub"), "posts": "weekly", "weekday": "4", "hour": "18"}
    cast.client(cast.ana).post(reverse("notice_wishes"), chosen)
    cast.ana.refresh_from_db()
    assert wishes.of(cast.ana)["posts"] == How.WEEKLY
    assert (cast.ana.digest_weekday, cast.ana.digest_hour) == (4, 18)
