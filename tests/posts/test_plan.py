"""The plan: months, days and times on the chapter's own clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from chapters.models import Chapter
from posts import calendar, pages
from posts.models import Post
from tests.support import many, posts

LISBON = ZoneInfo("Europe/Lisbon")
BEIRUT = ZoneInfo("Asia/Beirut")
TODAY = date(2026, 11, 24)

needs_database = pytest.mark.django_db


# ---- the calendar alone


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "1999-12", "2100-01", "0001-01", "x", "2026-11-24"])
def test_month_that_makes_no_sense_is_this_month(text):
    assert calendar.month_named(text, TODAY) == date(2026, 11, 1)


def test_month_is_whole_weeks_from_monday():
    days = calendar.days_of(date(2026, 11, 1))
    assert (days[0], days[-1]) == (date(2026, 10, 26), date(2026, 12, 6))


def test_day_begins_at_the_chapters_midnight():
    begins, ends = calendar.bounds(date(2026, 7, 1), date(2026, 7, 1), LISBON)
    assert begins == datetime(2026, 6, 30, 23, tzinfo=UTC)
    assert ends - begins == timedelta(days=1)


def test_day_on_which_the_clocks_change_has_its_own_length():
    begins, ends = calendar.bounds(date(2026, 3, 29), date(2026, 3, 29), LISBON)
    assert ends - begins == timedelta(hours=23)


def test_day_whose_midnight_is_skipped_touches_its_neighbours():
    the_day_before = calendar.bounds(date(2026, 3, 28), date(2026, 3, 28), BEIRUT)
    the_day = calendar.bounds(date(2026, 3, 29), date(2026, 3, 29), BEIRUT)
    assert the_day_before[1] == the_day[0]
    assert the_day[1] - the_day[0] == timedelta(hours=23)


@pytest.mark.parametrize("first", [date(2000, 1, 1), date(2026, 1, 1), date(2026, 12, 1), date(2099, 12, 1)])
def test_months_follow_each_other(first):
    month = calendar.month_of(first, [], today=TODAY, zone=LISBON)
    assert (month.before + timedelta(days=31)).replace(day=1) == first
    assert (month.after - timedelta(days=1)).replace(day=1) == first


def month_with(*planned: tuple[datetime, str]) -> calendar.Month:
    made = [Post(pk=key, planned_at=at, status=status) for key, (at, status) in enumerate(planned)]
    return calendar.month_of(date(2026, 11, 1), made, today=TODAY, zone=LISBON)


def test_what_needs_somebody_is_never_left_out_of_a_full_day():
    at = datetime(2026, 11, 25, 8, tzinfo=UTC)
    slips = [(at + timedelta(hours=hour), "scheduled") for hour in range(8)]
    (day,) = [d for d in month_with(*slips, (at + timedelta(hours=9), "failed")).agenda if d.posts]

    assert [post.status for post in day.shown] == ["scheduled", "scheduled", "failed"]
    assert day.hidden == 6


def test_list_of_this_month_begins_with_today_and_keeps_what_was():
    month = month_with(
        (datetime(2026, 11, 3, 12, tzinfo=UTC), "published"),
        (datetime(2026, 11, 30, 12, tzinfo=UTC), "scheduled"),
        (datetime(2026, 12, 1, 12, tzinfo=UTC), "scheduled"),  # shown in the grid, of another month
    )
    assert [day.date.day for day in month.earlier] == [3]
    assert [day.date.day for day in month.agenda] == [24, 30]


# ---- the pages


@pytest.fixture
def account(cast):
    return posts.account(cast.lisbon)


def plan(cast, person=None, slug="lisbon", **asked):
    return cast.client(person or cast.ana).get(reverse("plan", args=[slug]), asked)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@needs_database
def test_plan_puts_a_late_evening_on_the_chapters_day(cast):
    Chapter.objects.filter(pk=cast.porto.pk).update(time_zone="Pacific/Auckland")
    account = posts.account(Chapter.objects.get(pk=cast.porto.pk))
    many.bulk(account, cast.alba, 1, first=at("2026-11-24 20:30"))  # Wednesday morning there

    page = plan(cast, cast.alba, "porto", month="2026-11")

    days = {day.date: day.posts for week in page.context["month"].weeks for day in week}
    assert len(days[date(2026, 11, 25)]) == 1
    assert days[date(2026, 11, 24)] == []
    assert "All times are Auckland time." in page.text


@needs_database
def test_plan_reads_one_chapter_and_one_month(cast, account):
    many.bulk(account, cast.ana, 1, first=at("2026-11-10 12:00"), status="scheduled")
    many.bulk(account, cast.ana, 1, first=at("2026-12-20 12:00"), status="published")
    many.bulk(posts.account(cast.porto), cast.alba, 1, first=at("2026-11-10 12:00"), status="failed")

    text = plan(cast, month="2026-11").text

    assert "scheduled number 0" in text
    assert "published number 0" not in text
    assert "failed number 0" not in text


@needs_database
def test_today_is_named_for_those_who_do_not_see_it(cast):
    text = plan(cast).text
    assert text.count('aria-current="date"') == 1
    assert '<li class="agenda-day today" id="today">' in text


@needs_database
@pytest.mark.parametrize(
    ("view", "month", "agenda"),
    [("", True, True), ("month", True, False), ("list", False, True), ("x", True, True)],
)
def test_view_is_month_list_or_what_fits_the_screen(cast, view, month, agenda):
    text = plan(cast, view=view).text
    assert ('<table class="month">' in text) is month
    assert ('class="agenda' in text) is agenda


@needs_database
def test_slip_says_status_and_accounts_in_words(cast, account):
    many.bulk(account, cast.ana, 1, status="needs_attention", first=at("2026-11-10 12:00"))
    text = plan(cast, month="2026-11", view="month").text
    assert '<span class="visually-hidden">Needs attention</span>' in text
    assert f"Practice network: {account.handle}" in text


@needs_database
def test_day_with_nine_posts_shows_three_and_leads_to_the_rest(cast, account):
    many.bulk(account, cast.ana, 9, first=at("2026-11-10 09:00"), status="scheduled")
    text = plan(cast, month="2026-11", view="month").text
    assert text.count('class="slip ') == 3
    assert "6 more on 10 November" in text
    day = cast.client(cast.ana).get(reverse("plan_day", args=["lisbon", "2026-11-10"]))
    assert len(day.context["posts"]) == 9


@needs_database
def test_plan_asks_the_same_number_of_queries_for_five_posts_and_for_many(cast, account):
    client, url = cast.client(cast.ana), reverse("plan", args=["lisbon"]) + "?month=2026-11"
    many.bulk(account, cast.ana, 5, first=at("2026-11-01 01:00"))
    few = many.queries(client, url)
    many.bulk(account, cast.ana, 600, first=at("2026-11-01 00:00"))
    assert many.queries(client, url) == few
    assert "more posts than fit" in client.get(url).text


@needs_database
def test_plan_lists_what_has_no_time_yet(cast, account):
    posts.draft(cast.lisbon, cast.ana, account, text="Some day")
    assert "Some day" in plan(cast).text
    assert [post.text for post in pages.without_time(cast.lisbon)] == ["Some day"]


@needs_database
def test_only_writers_get_a_plus_and_only_for_days_to_come(cast):
    assert "?day=" not in plan(cast, cast.vera).text
    today = timezone.now().astimezone(LISBON).date()
    write = reverse("post_new", args=["lisbon"]) + "?day="
    text = plan(cast, view="month").text
    assert f"{write}{today}" in text
    assert f"{write}{today - timedelta(days=1)}" not in text


@needs_database
@pytest.mark.parametrize("day", ["2026-02-30", "1970-01-01", "9999-12-31", "2026-1-1"])
def test_day_that_is_none_is_no_page(cast, day):
    assert cast.client(cast.ana).get(f"/c/lisbon/plan/{day}/").status_code == 404


@needs_database
@pytest.mark.parametrize("day", ["2000-01-01", "2099-12-31"])
def test_first_and_last_day_are_pages(cast, day):
    assert cast.client(cast.ana).get(f"/c/lisbon/plan/{day}/").status_code == 200


@needs_database
def test_plan_of_another_chapter_does_not_exist(cast):
    assert plan(cast, cast.otto).status_code == 404
    assert cast.client(cast.otto).get(reverse("plan_day", args=["lisbon", TODAY])).status_code == 404
