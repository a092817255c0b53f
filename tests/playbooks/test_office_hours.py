"""Office hours: one chapter each, nothing told that was not chosen, and calendars that keep up."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from chapters import notices
from chapters.models import Notice
from playbooks import agenda, office_hours, todos
from playbooks.errors import TeachingError
from playbooks.models import Agreed, Booking, OfficeHour
from posts.models import Delivery
from tests.access import inquiring
from tests.playbooks import hours
from tests.playbooks.shelf import queries
from tests.support import cast as casting
from tests.support import posts

pytestmark = pytest.mark.django_db


@pytest.fixture
def hour(cast):
    return hours.offered(cast.central, cast.cato)[0]


def invitations():
    """The calendar files that were mailed, by address."""
    notices.mail_waiting()
    return {letter.to[0]: letter.attachments[0] for letter in mail.outbox}


def failed(chapter, person, text="Our stall is open", **details):
    post = posts.scheduled(chapter, person, text=text)
    Delivery.objects.filter(post=post).update(
        status=Delivery.Status.FAILED, message="The picture is too large.", **details
    )
    return post


def test_hours_are_offered_in_rows_on_the_clocks_of_the_central_team(cast):
    made = hours.offered(cast.central, cast.cato, weeks=2)
    assert len(made) == 4
    local = made[0].starts_at.astimezone(cast.central.zone)
    assert (local.hour, local.minute) == (18, 0)
    assert made[1].starts_at - made[0].starts_at == timedelta(minutes=30)


def test_a_second_click_and_times_that_passed_offer_nothing(cast, hour):
    for offer in (hours.evening(), hours.evening(days=-3)):
        with pytest.raises(TeachingError):
            office_hours.offer(host=cast.cato, team=cast.central, offer=offer, by=cast.actor(cast.cato))
    assert OfficeHour.objects.count() == 2


def test_an_hour_is_one_chapters(cast, hour):
    booking = hours.booked(hour, cast.lisbon, cast.central, cast.ana)
    assert hours.booked(hour, cast.lisbon, cast.central, cast.ana) == booking
    for chapter, person in ((cast.porto, cast.eva), (cast.lisbon, cast.lucia)):
        with pytest.raises(TeachingError):
            hours.booked(hour, chapter, cast.central, person)
    assert Booking.objects.count() == 1
    assert hour not in office_hours.free()


@pytest.mark.parametrize(
    "change", [{"withdrawn_at": timezone.now()}, {"starts_at": datetime(2020, 1, 1, tzinfo=UTC)}]
)
def test_an_hour_that_was_withdrawn_or_has_begun_is_not_booked(cast, hour, change):
    OfficeHour.objects.filter(pk=hour.pk).update(**change)
    with pytest.raises(TeachingError):
        hours.booked(hour, cast.lisbon, cast.central, cast.ana)


def test_a_chapter_leaves_hours_for_others(cast):
    first, second, third, *_more = hours.offered(cast.central, cast.cato, minutes=15)
    booking = hours.booked(first, cast.lisbon, cast.central, cast.ana)
    hours.booked(second, cast.lisbon, cast.central, cast.lucia)
    with pytest.raises(TeachingError):
        hours.booked(third, cast.lisbon, cast.central, cast.ana)
    office_hours.cancel(booking=booking, team=cast.central, by=cast.actor(cast.ana))
    hours.booked(third, cast.lisbon, cast.central, cast.ana)
    assert first in office_hours.free()


def test_both_sides_get_one_invitation_without_each_others_address(cast, hour):
    booking = hours.booked(hour, cast.lisbon, cast.central, cast.ana, wishes="Video, first steps")
    files = invitations()
    assert set(files) == {cast.ana.email, cast.cato.email}
    for address, other in ((cast.ana.email, cast.cato.email), (cast.cato.email, cast.ana.email)):
        name, content, kind = files[address]
        assert (name, kind) == ("office-hour.ics", "text/calendar; method=REQUEST")
        content = content if isinstance(content, bytes) else content.encode()
        assert other.encode() not in content
        (event,) = Calendar.from_ical(content).walk("VEVENT")
        assert event["DTSTART"].dt == hour.starts_at
        assert str(event["ATTENDEE"]) == f"mailto:{address}"
        assert "Video, first steps" in event["DESCRIPTION"]
    assert f"/c/lisbon/questions/office-hours/booked/{booking.uid}/" in str(
        Calendar.from_ical(files[cast.ana.email][1])
    )
    mail.outbox.clear()
    assert invitations() == {}


def test_a_cancelled_hour_leaves_both_calendars(cast, hour):
    booking = hours.booked(hour, cast.lisbon, cast.central, cast.ana)
    first = invitations()[cast.ana.email]
    mail.outbox.clear()
    with pytest.raises(TeachingError):
        office_hours.cancel(booking=booking, team=cast.central, by=cast.actor(cast.cato), by_team=True)
    office_hours.cancel(
        booking=booking, team=cast.central, by=cast.actor(cast.cato), why="I am ill.", by_team=True
    )
    files = invitations()
    assert set(files) == {cast.ana.email, cast.cato.email}
    (before,), (after,) = (
        Calendar.from_ical(file[1]).walk("VEVENT") for file in (first, files[cast.ana.email])
    )
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["STATUS"] == "CANCELLED"
    assert files[cast.ana.email][2] == "text/calendar; method=CANCEL"
    assert hour not in office_hours.free()  # the host can't
    assert "I am ill." in Notice.objects.get(person=cast.ana, kind="office_hour_cancelled").body


def test_the_agenda_offers_a_chapters_own_failures_only(cast):
    failed(cast.porto, cast.eva)
    failed(cast.porto, cast.eva, text="Long ago", due_at=timezone.now() - timedelta(days=40))
    assert [point.kind for point in agenda.points(cast.porto)] == ["failure"]
    assert agenda.points(cast.lisbon) == []


def test_the_central_team_reads_only_what_was_ticked(cast, hour):
    failed(cast.porto, cast.eva, text="Secret of the bakery")
    failed(cast.porto, cast.eva, text="Our stall is open")
    points = {point.words: point.key for point in agenda.points(cast.porto)}
    (told,) = [key for words, key in points.items() if "stall" in words]
    client = cast.client(cast.eva)
    url = reverse("office_hour_book", args=["porto", hour.uid])
    page = client.get(url).content.decode()
    assert "Secret of the bakery" in page
    assert "checked" not in page
    client.post(url, {"agenda": [told, "delivery:somebody-elses"]})
    booking = Booking.objects.get()
    shown = cast.client(cast.cato).get(reverse("office_hour_of_team", args=[booking.uid])).content.decode()
    assert "Our stall is open" in shown
    assert "Secret of the bakery" not in shown
    assert len(booking.agenda) == 1


@pytest.mark.parametrize("name", ["office_hour_booking", "office_hour_calendar"])
def test_a_booking_is_its_chapters_and_the_central_teams(cast, hour, name):
    booking = hours.booked(hour, cast.lisbon, cast.central, cast.ana)
    for person, slug in (
        (cast.eva, "porto"),
        (cast.otto, "lisbon"),
        (cast.cato, "lisbon"),
        (cast.cato, "central"),
    ):
        assert cast.client(person).get(reverse(name, args=[slug, booking.uid])).status_code == 404
    assert cast.client(cast.vera).get(reverse(name, args=["lisbon", booking.uid])).status_code == 200
    for person, code in ((cast.cato, 200), (cast.otto, 404), (cast.ana, 404)):
        url = reverse("office_hour_of_team", args=[booking.uid])
        assert cast.client(person).get(url).status_code == code


def test_the_free_times_tell_nobody_where(cast, hour):
    page = cast.client(cast.eva).get(reverse("office_hour_list", args=["porto"])).content.decode()
    assert "With Cato" in page
    assert "meet.example.org" not in page


def test_what_was_agreed_is_a_to_do_of_one_side(cast, hour):
    booking = hours.booked(hour, cast.lisbon, cast.central, cast.ana)
    cato, ana = cast.client(cast.cato), cast.client(cast.ana)
    url = reverse("office_hour_note", args=[booking.uid])
    form = {"key": str(uuid.uuid4()), "words": "Try one short film", "whose": "chapter"}
    for _twice in range(2):
        assert cato.post(url, form).status_code == 302
    agreed = Agreed.objects.get()
    assert cato.post(reverse("office_hour_team_done", args=[booking.uid, agreed.pk])).status_code == 404
    assert "Try one short film" in ana.get(reverse("office_hour_list", args=["lisbon"])).content.decode()
    ana.post(reverse("office_hour_done", args=["lisbon", booking.uid, agreed.pk]))
    agreed.refresh_from_db()
    assert agreed.done_by == cast.ana
    assert Notice.objects.filter(person=cast.ana, kind="office_hour_noted").count() == 1


def test_what_the_host_promised_waits_on_the_hosts_list(cast, hour):
    booking = hours.booked(hour, cast.lisbon, cast.central, cast.ana)
    note = {"booking": booking, "by": cast.actor(cast.cleo), "whose": "team"}
    agreed = office_hours.note(words="Send the film list", key=uuid.uuid4(), **note)
    (todo,) = todos.waiting_for(cast.cato)
    assert (todo.what, todo.by) == ("Send the film list", "Cato")
    assert todos.waiting_for(cast.cleo) == []
    office_hours.settle(agreed=agreed, by=cast.actor(cast.cleo))
    assert todos.count(cast.cato) == 0


def test_an_open_question_is_offered_for_the_agenda_ready_ticked(cast, hour):
    inquiring.ask(cast.ana, cast.lisbon, "Between us")
    page = cast.client(cast.ana).get(reverse("office_hour_book", args=["lisbon", hour.uid]))
    assert page.context["form"]["agenda"].value() == [point.key for point in agenda.points(cast.lisbon)]
    assert "Where do we begin?" in page.content.decode()
    assert agenda.points(cast.porto) == []


def test_words_that_were_typed_are_kept_when_a_form_is_refused(cast, hour):
    hours.booked(hour, cast.porto, cast.central, cast.eva)
    url = reverse("office_hour_book", args=["lisbon", hour.uid])
    answer = cast.client(cast.ana).post(url, {"wishes": "How to begin"})
    assert answer.status_code == 422
    assert "How to begin" in answer.content.decode()


def test_lists_take_as_many_queries_for_many_as_for_few(cast):
    first, *others = hours.offered(cast.central, cast.cato, minutes=15, weeks=2)
    hours.booked(first, cast.lisbon, cast.central, cast.ana)
    chapter, team = cast.client(cast.ana), cast.client(cast.cato)
    urls = [(chapter, reverse("office_hour_list", args=["lisbon"])), (team, reverse("office_hours_offered"))]
    few = [queries(lambda c=client, u=url: c.get(u)) for client, url in urls]
    for number, hour in enumerate(others[:3]):
        booking = hours.booked(
            hour,
            (cast.lisbon, cast.porto, cast.braga)[number],
            cast.central,
            (cast.ana, cast.eva, cast.otto)[number],
        )
        office_hours.note(
            booking=booking, words="More", whose="team", by=cast.actor(cast.cato), key=uuid.uuid4()
        )
    hours.offered(cast.central, cast.cleo, minutes=15)
    assert [queries(lambda c=client, u=url: c.get(u)) for client, url in urls] == few


@pytest.mark.django_db(transaction=True)
def test_two_chapters_that_book_at_once_get_one_hour_between_them(transactional_db):
    cast = casting.build()
    hour = hours.offered(cast.central, cast.cato)[0]
    barrier, refused = threading.Barrier(2), []

    def book(chapter, person):
        try:
            barrier.wait(timeout=10)
            hours.booked(hour, chapter, cast.central, person)
        except TeachingError as error:
            refused.append(error.message)
        finally:
            connection.close()

    tries = [(cast.lisbon, cast.ana), (cast.porto, cast.eva)]
    threads = [threading.Thread(target=book, args=pair) for pair in tries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(refused) == 1
    assert Booking.objects.count() == 1


def test_only_ones_own_questions_are_ticked_from_the_start(cast, hour):
    own, colleagues = (
        inquiring.ask(person, cast.lisbon, "Between us", "everybody") for person in (cast.ana, cast.lucia)
    )
    address = reverse("office_hour_book", args=["lisbon", hour.uid])
    shown = cast.client(cast.ana).get(address).context["form"]["agenda"]
    assert {value for value, _words in shown.field.choices} == {
        f"question:{question.uid}" for question in (own, colleagues)
    }
    assert shown.value() == [f"question:{own.uid}"]


def test_agenda_is_changed_until_it_begins_and_the_host_is_told_once(cast, hour):
    point = agenda.Point("question:1", "question", "How do we begin?")
    booking = hours.booked(hour, cast.lisbon, cast.central, cast.ana, agenda=[point])
    address = reverse("office_hour_agenda", args=["lisbon", booking.uid])
    client = cast.client(cast.lucia)
    assert client.get(address).context["form"]["agenda"].value() == ["question:1"]
    for words in ("Video", "Video, and sound"):
        assert client.post(address, {"wishes": words, "agenda": ["question:1"]}).status_code == 302
    booking.refresh_from_db()
    assert (booking.wishes, booking.agenda[0]["words"]) == ("Video, and sound", "How do we begin?")
    assert Notice.objects.filter(person=cast.cato, kind="office_hour_changed").count() == 1
    OfficeHour.objects.filter(pk=hour.pk).update(starts_at=timezone.now() - timedelta(minutes=1))
    assert client.post(address, {"wishes": "Too late"}).status_code == 422
    booking.refresh_from_db()
    assert booking.wishes == "Video, and sound"


def test_time_of_an_hour_is_said_as_one_stretch(cast, hour):
    booking = hours.booked(hour, cast.lisbon, cast.central, cast.ana)
    page = reverse("office_hour_booking", args=["lisbon", booking.uid])
    assert "17:00–17:30 Lisbon" in cast.client(cast.ana).get(page).content.decode()
    told = Notice.objects.get(person=cast.ana, kind="office_hour_booked").body
    assert told.endswith("17:00–17:30 Lisbon, https://meet.example.org/team")
