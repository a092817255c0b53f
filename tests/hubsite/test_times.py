"""A wall time means one instant, whatever the clocks of its zone do."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import tzdata
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hubsite.lib import times
from tests.support import zones as own_zones

ZONES = [
    "Europe/Lisbon", "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/St_Johns",
    "America/Santiago", "Australia/Lord_Howe", "Pacific/Chatham", "Africa/Casablanca", "Africa/Cairo",
    "Asia/Kathmandu", "Pacific/Apia", "UTC",
]  # fmt: skip
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FIRST, LAST = datetime(2026, 1, 1), datetime(2031, 1, 1)
MINUTES = int((LAST - FIRST) / MINUTE)


def changes(zone: str) -> list[datetime]:
    """The instants between FIRST and LAST at which clocks in `zone` are set, to the hour before.

    Looked for by the day, then by the hour: clocks are never set twice a day.
    """
    days = [FIRST.replace(tzinfo=UTC) + day * DAY for day in range((LAST - FIRST).days + 1)]
    return [
        next(hour for hour in hours(early) if offset(zone, hour + HOUR) != offset(zone, early))
        for early, late in pairwise(days)
        if offset(zone, early) != offset(zone, late)
    ]


def hours(day: datetime) -> list[datetime]:
    return [day + hour * HOUR for hour in range(24)]


def offset(zone: str, at: datetime) -> timedelta:
    return at.astimezone(ZoneInfo(zone)).utcoffset()


CHANGES = {zone: changes(zone) for zone in ZONES}  # before any example, so that no example is slow


@st.composite
def moments(draw) -> tuple[str, datetime]:
    """A zone and an instant in UTC, often close to where its clocks are set, a leap day or the year's end."""
    zone = draw(st.sampled_from(ZONES))
    days = [datetime(2028, 2, 29, 12, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)]
    near = draw(st.sampled_from([*CHANGES[zone], *days]))
    close = st.integers(-26 * 60, 26 * 60).map(lambda minutes: near + minutes * MINUTE)
    anywhere = st.integers(0, MINUTES).map(lambda minutes: FIRST.replace(tzinfo=UTC) + minutes * MINUTE)
    return zone, draw(st.one_of(close, close, anywhere))


@st.composite
def walls(draw) -> tuple[ZoneInfo, datetime]:
    """A zone and a wall time there, often one that its clocks skip or show twice."""
    zone = ZoneInfo(draw(st.sampled_from([zone for zone in ZONES if CHANGES[zone]])))
    before = draw(st.sampled_from(CHANGES[zone.key])).astimezone(zone).replace(tzinfo=None, fold=0)
    return zone, before + draw(st.integers(-90, 180)) * MINUTE


@settings(deadline=None)
@given(moments())
@example(("Australia/Lord_Howe", datetime(2026, 4, 4, 15, 15, tzinfo=UTC)))
@example(("Europe/Berlin", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)))
def test_every_instant_is_found_again_from_its_wall_time(moment):
    """So no intent has two instants, and no two intents at times that exist share one."""
    zone, at = moment
    local = at.astimezone(ZoneInfo(zone))
    assert times.instant(local.replace(tzinfo=None, fold=0), local.tzinfo, fold=local.fold) == at


@settings(deadline=None)
@given(walls(), st.sampled_from([0, 1]))
def test_every_wall_time_means_the_instant_that_shows_it_or_the_first_after_the_gap(place, fold):
    zone, wall = place
    meant = times.instant(wall, zone, fold=fold)
    shown = meant.astimezone(zone).replace(tzinfo=None, fold=0)
    possible = times.instants(wall, zone)

    assert meant.tzinfo is UTC
    if possible:
        assert shown == wall
        assert meant == (possible[-1] if fold else possible[0])
    else:
        assert shown > wall
        assert (meant - MINUTE).astimezone(zone).replace(tzinfo=None, fold=0) < wall


@settings(deadline=None)
@given(st.sampled_from(ZONES), st.integers(0, 24 * 60 - 1), st.sampled_from([0, 1]))
def test_daily_time_comes_once_a_day_all_year(zone, minute, fold):
    walls = [datetime(2028, 1, 1) + day * DAY + minute * MINUTE for day in range(367)]
    instants = [times.instant(wall, ZoneInfo(zone), fold=fold) for wall in walls]

    gaps = {later - earlier for earlier, later in pairwise(instants)}
    assert min(gaps) >= 22 * HOUR
    assert max(gaps) <= 26 * HOUR


@pytest.mark.parametrize(
    ("zone", "wall", "fold", "means"),
    [
        ("Europe/Berlin", "2026-03-29T02:30", 0, "2026-03-29T01:00+00:00"),  # skipped
        ("Europe/Berlin", "2026-10-25T02:30", 0, "2026-10-25T00:30+00:00"),  # the first time
        ("Europe/Berlin", "2026-10-25T02:30", 1, "2026-10-25T01:30+00:00"),  # the second
        ("Europe/Berlin", "2026-10-25T12:00", 1, "2026-10-25T11:00+00:00"),  # only once after all
        ("Australia/Lord_Howe", "2026-10-04T02:15", 0, "2026-10-03T15:30+00:00"),  # half an hour skipped
        ("Australia/Lord_Howe", "2026-04-05T01:45", 1, "2026-04-04T15:15+00:00"),
        ("Pacific/Apia", "2011-12-30T12:00", 0, "2011-12-30T10:00+00:00"),  # a whole day skipped
        ("Europe/Lisbon", "2028-02-29T18:30", 0, "2028-02-29T18:30+00:00"),
        ("Pacific/Chatham", "2026-12-31T23:59", 0, "2026-12-31T10:14+00:00"),
    ],
)
def test_known_cases(zone, wall, fold, means):
    meant = times.instant(datetime.fromisoformat(wall), ZoneInfo(zone), fold=fold)
    assert meant == datetime.fromisoformat(means)


# ---- which data these are


@pytest.fixture
def look_in():
    """Let zoneinfo look in the given folders only, and in the package after them."""

    def reset(*folders) -> None:
        zoneinfo.reset_tzpath(to=[str(folder) for folder in folders])
        ZoneInfo.clear_cache()
        times.data_version.cache_clear()

    yield reset
    zoneinfo.reset_tzpath()
    ZoneInfo.clear_cache()
    times.data_version.cache_clear()


def test_release_is_that_of_the_first_folder_with_the_zone(tmp_path, look_in):
    first = own_zones.write(tmp_path / "first", version="2031a", Europe__Lisbon="WET0")
    second = own_zones.write(
        tmp_path / "second", version="2030c", Europe__Lisbon="WET0", Europe__Berlin="CET-1"
    )
    look_in(first, second)

    assert times.data_version("Europe/Lisbon") == "2031a"
    assert times.data_version("Europe/Berlin") == "2030c"
    assert times.data_version("Europe/Madrid") == tzdata.IANA_VERSION


def test_release_of_the_package_where_the_system_has_no_data(look_in):
    look_in()
    assert times.data_version("Europe/Lisbon") == tzdata.IANA_VERSION


def test_release_as_bsd_and_macos_tell_it(tmp_path, look_in):
    folder = own_zones.write(tmp_path / "zones", Europe__Lisbon="WET0")
    (folder / "+VERSION").write_text("2029b\n")
    look_in(folder)
    assert times.data_version("Europe/Lisbon") == "2029b"


def test_data_without_a_release_are_known_by_their_content(tmp_path, look_in):
    look_in(own_zones.write(tmp_path / "zones", Europe__Lisbon="WET0"))
    before = times.data_version("Europe/Lisbon")
    look_in(own_zones.write(tmp_path / "zones", Europe__Lisbon="WET0WEST,M3.5.0/1,M10.5.0"))

    assert times.data_version("Europe/Lisbon") != before
    assert len(before) <= 16


@pytest.mark.parametrize("name", ["Europe/Atlantis", "../../etc/passwd", "/etc/passwd"])
def test_no_release_of_what_is_no_zone(name):
    with pytest.raises((zoneinfo.ZoneInfoNotFoundError, ValueError)):
        times.data_version(name)
