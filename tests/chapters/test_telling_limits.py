"""What people decided about mail holds at once, a week has one digest, and every kind can be read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chapters import digests, notices, wishes
from chapters.models import Digest, Notice, User
from chapters.notice_kinds import KINDS, How
from tests.chapters.test_telling import age, tell

pytestmark = pytest.mark.django_db


def waits(person, kind="playbook_published", cause="old"):
    tell([person], kind=kind, cause=cause)
    age(Notice.objects.get(cause=cause, person=person), days=8)


@pytest.mark.parametrize("group", ["digest", "library"])
def test_ended_mail_does_not_bring_what_was_waiting_already(cast, group):
    waits(cast.ana)
    waits(cast.vera)
    wishes.stop(person=cast.ana, group=group)
    assert digests.make_due() == 1
    assert Digest.objects.get().person == cast.vera


@pytest.mark.parametrize("group", ["digest", "library"])
def test_gathered_mail_that_has_not_left_is_ended_too(cast, group):
    waits(cast.ana)
    waits(cast.vera)
    digests.make_due()
    wishes.stop(person=cast.ana, group=group)
    assert digests.mail_waiting() == 1
    assert [letter.to for letter in mail.outbox] == [[cast.vera.email]]


def test_gathered_mail_leaves_without_the_group_that_was_ended(cast):
    waits(cast.ana)
    waits(cast.ana, kind="answer_accepted", cause="echo")
    digests.make_due()
    wishes.stop(person=cast.ana, group="library")
    digests.mail_waiting()
    (letter,) = mail.outbox
    assert "About echo" in letter.body
    assert "About old" not in letter.body


def test_choosing_the_hub_alone_keeps_the_other_groups(cast):
    waits(cast.ana)
    waits(cast.ana, kind="answer_accepted", cause="echo")
    wishes.choose(person=cast.ana, wishes={"library": How.HUB})
    assert digests.make_due() == 1
    assert list(Notice.objects.exclude(digest=None).values_list("cause", flat=True)) == ["echo"]


def test_mail_at_once_that_was_not_sent_yet_is_ended_too(cast):
    tell([cast.ana, cast.vera], kind="question_answered")
    wishes.stop(person=cast.ana, group="help")
    assert notices.mail_waiting() == 1
    assert [letter.to for letter in mail.outbox] == [[cast.vera.email]]


def test_cap_does_not_bring_back_a_weekly_mail_that_was_ended(cast):
    for number in range(wishes.CAP + 1):
        tell([cast.ana, cast.vera], kind="advisory", cause=str(number))
    wishes.stop(person=cast.ana, group="digest")
    tell([cast.ana, cast.vera], kind="advisory", cause="next")
    told = dict(Notice.objects.filter(cause__in=["3", "next"]).values_list("person", "how"))
    assert told == {cast.ana.pk: How.HUB, cast.vera.pk: How.WEEKLY}
    wishes.choose(person=cast.ana, wishes={"library": How.WEEKLY})  # wants the weekly mail after all
    tell([cast.ana], kind="advisory", cause="last")
    assert Notice.objects.get(cause="last").how == How.WEEKLY


def test_moving_the_day_about_makes_no_second_mail_in_a_week(cast, monkeypatch):
    began = timezone.now()
    made = []
    for day in range(8):
        now = began + timedelta(days=day)
        monkeypatch.setattr(timezone, "now", lambda now=now: now)
        waits(cast.ana, cause=f"day {day}")
        User.objects.filter(pk=cast.ana.pk).update(digest_weekday=now.weekday(), digest_hour=0)
        made.append(digests.make_due())
    assert made == [1, 0, 0, 0, 0, 0, 0, 1]
    assert not Notice.objects.filter(digest=None).exists()


def test_sweep_asks_as_little_for_many_people_whose_day_has_not_come(cast):
    tell([cast.ana])
    few = _queries(digests.make_due)
    tell(list(cast.people.values()), cause="many")
    assert _queries(digests.make_due) == few
    assert not Digest.objects.exists()


def _queries(act) -> int:
    with CaptureQueriesContext(connection) as asked:
        act()
    return len(asked)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_names_chapter_thing_reason_and_next_step(cast, kind):
    notice = Notice.objects.create(
        person=cast.ana, chapter=cast.lisbon, cause=kind, kind=kind, title="The <market> day",
        body="Because it rains", path="/c/lisbon/plan/", how=How.WEEKLY,
        digest=Digest.objects.create(person=cast.ana, day=timezone.now().date()),
    )  # fmt: skip
    for letter in (notices.message(notice), digests.message(notice.digest)):
        html = letter.alternatives[0][0]
        for words in ("Lisbon", "Because it rains", "/c/lisbon/plan/"):
            assert words in letter.body
            assert words in html
        assert "The <market> day" in letter.body
        assert "The &lt;market&gt; day" in html
        assert "List-Unsubscribe" in letter.extra_headers


@pytest.fixture
def told(cast):
    for kind, cause in (("joined", "first"), ("question_answered", "second"), ("joined", "third")):
        tell([cast.ana], kind=kind, cause=cause)
    tell([cast.otto], kind="joined", cause="of Otto")
    Notice.objects.filter(cause="third").update(read_at=timezone.now())


def test_unread_notices_stand_first_and_a_group_can_be_seen_alone(cast, told):
    client = cast.client(cast.ana)
    everything = client.get(reverse("notice_list"))
    assert [row.cause for row in everything.context["page"].rows] == ["second", "first", "third"]
    people = client.get(reverse("notice_list"), {"about": "people"})
    assert [row.cause for row in people.context["page"].rows] == ["first", "third"]
    assert [group.key for group in people.context["groups"]] == ["people", "help"]
    nonsense = client.get(reverse("notice_list"), {"about": "no-such-group"})
    assert len(nonsense.context["page"].rows) == 3
    assert "Nothing about that" in client.get(reverse("notice_list"), {"about": "posts"}).content.decode()


def test_marking_as_read_stays_within_the_group_and_the_person(cast, told):
    client = cast.client(cast.ana)
    answer = client.post(reverse("notice_read_all"), {"about": "people"})
    assert answer["Location"] == reverse("notice_list") + "?about=people"
    unread = set(Notice.objects.filter(read_at=None).values_list("cause", flat=True))
    assert unread == {"second", "of Otto"}
    client.post(reverse("notice_read_all"))
    assert Notice.objects.get(read_at=None).person == cast.otto
