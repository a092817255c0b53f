"""New time-zone data move what waits, keep its wall time, and leave a line that people can read."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from chapters.models import Event
from hubsite.lib.times import data_version
from posts import history
from posts.models import Delivery, Lane, Post
from posts.publishing import times
from tests.support import posts as made
from tests.support import processes, zones

ROOT = Path(__file__).resolve().parents[3]
LISBON = ZoneInfo("Europe/Lisbon")
SUMMER, WINTER = datetime(2030, 7, 10, 18, 30), datetime(2030, 1, 10, 18, 30)


@pytest.fixture
def plan(cast):
    """A scheduled post of Porto's at a wall time of Lisbon's clocks."""

    def planned(wall: datetime, *accounts, fold: int = 0) -> Post:
        at = wall.replace(tzinfo=LISBON, fold=fold).astimezone(UTC)
        return made.scheduled(cast.porto, cast.alba, *accounts, at=at, planned_at=at)

    return planned


def recompute_with(folder: Path, data: Path) -> str:
    """Run the command in a process that reads its zones from `folder`. Returns what it printed."""
    env = processes.hub_environment(data, PYTHONTZPATH=str(folder))
    command = [sys.executable, "manage.py", "recompute_times"]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def changed(post: Post) -> list[Event]:
    uids = [str(delivery.uid) for delivery in post.deliveries.all()]
    return list(Event.objects.filter(verb="time_zone_changed", subject_uid__in=uids))


@pytest.mark.django_db
def test_scheduling_notes_which_data_the_instant_came_from(plan):
    delivery = plan(SUMMER).deliveries.get()
    assert delivery.zone_data == data_version("Europe/Lisbon")
    assert (delivery.wall_time, delivery.zone) == ("2030-07-10T18:30", "Europe/Lisbon")


@pytest.mark.django_db(transaction=True)
@pytest.mark.processes
def test_future_deliveries_follow_their_wall_time_and_past_ones_stay(cast, plan, tmp_path):
    summer, winter, past, sent = plan(SUMMER), plan(WINTER), plan(SUMMER), plan(SUMMER)
    yesterday = timezone.now() - timedelta(days=1)
    past.deliveries.update(due_at=yesterday)
    made.settled(sent, Delivery.Status.PUBLISHED)
    before = summer.deliveries.get()
    assert before.due_at == datetime(2030, 7, 10, 17, 30, tzinfo=UTC)

    abolished = zones.write(tmp_path / "zones", version="2029z", Europe__Lisbon="WET0")
    said = recompute_with(abolished, tmp_path)

    after = summer.deliveries.get()
    assert after.due_at == datetime(2030, 7, 10, 18, 30, tzinfo=UTC)
    assert after.late_after - after.due_at == before.late_after - before.due_at
    assert (after.wall_time, after.fold, after.zone_data) == (before.wall_time, before.fold, "2029z")
    assert Lane.objects.get(account=after.account).next_due_at == after.due_at
    summer.refresh_from_db()
    assert summer.planned_at == after.due_at
    (event,) = changed(summer)
    assert (event.data["before"], event.data["at"]) == (before.due_at.isoformat(), after.due_at.isoformat())
    assert f"{after.account.handle}, Wed 10 Jul 2030, 18:30 Lisbon: 2030-07-10 17:30 UTC is now" in said

    assert winter.deliveries.get().due_at == datetime(2030, 1, 10, 18, 30, tzinfo=UTC)
    assert winter.deliveries.get().zone_data == "2029z"
    assert past.deliveries.get().due_at == yesterday
    assert sent.deliveries.get().due_at == before.due_at
    assert [changed(post) for post in (winter, past, sent)] == [[], [], []]

    assert recompute_with(abolished, tmp_path) == ""
    assert len(changed(summer)) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.processes
def test_wall_time_that_new_rules_skip_or_repeat_still_means_one_instant(plan, tmp_path):
    skipped, repeated = plan(datetime(2030, 6, 2, 0, 30)), plan(datetime(2030, 9, 1, 0, 30))
    # from 2 June 00:00 to 1 September 01:00, which becomes 00:00
    rules = zones.write(tmp_path / "zones", version="2029z", Europe__Lisbon="WET0WEST,J153/0,J244/1")

    recompute_with(rules, tmp_path)

    assert skipped.deliveries.get().due_at == datetime(2030, 6, 2, 0, 0, tzinfo=UTC)
    assert repeated.deliveries.get().due_at == datetime(2030, 8, 31, 23, 30, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
@pytest.mark.processes
def test_all_accounts_of_a_post_move_together_and_one_broken_row_stops_nobody(cast, plan, tmp_path):
    accounts = [made.account(cast.porto) for _ in range(3)]
    post, broken, unknown = plan(SUMMER, *accounts), plan(SUMMER), plan(SUMMER)
    broken.deliveries.update(wall_time="next Tuesday")
    unknown.deliveries.update(zone="Europe/Atlantis")

    recompute_with(zones.write(tmp_path / "zones", version="2029z", Europe__Lisbon="WET0"), tmp_path)

    assert {delivery.due_at for delivery in post.deliveries.all()} == {
        datetime(2030, 7, 10, 18, 30, tzinfo=UTC)
    }
    post.refresh_from_db()
    assert post.planned_at == datetime(2030, 7, 10, 18, 30, tzinfo=UTC)
    assert len(changed(post)) == 3
    for left in (broken, unknown):
        assert left.deliveries.get().due_at == datetime(2030, 7, 10, 17, 30, tzinfo=UTC)


@pytest.mark.django_db
def test_data_that_change_nothing_only_leave_their_release(plan):
    post = plan(SUMMER)
    planned = post.deliveries.get().due_at
    post.deliveries.update(zone_data="2025a")

    call_command("recompute_times")

    delivery = post.deliveries.get()
    assert (delivery.due_at, delivery.zone_data) == (planned, data_version("Europe/Lisbon"))
    assert changed(post) == []
    assert times.recompute().looked == 0


@pytest.mark.django_db
def test_queries_do_not_grow_with_what_did_not_change(plan, django_assert_max_num_queries):
    for _ in range(6):
        plan(SUMMER)
    Delivery.objects.update(zone_data="")
    with django_assert_max_num_queries(14):
        assert times.recompute().looked == 6


@pytest.mark.django_db
def test_post_page_tells_both_times(cast, plan):
    post = plan(SUMMER)
    # as if it had been planned with other rules: one hour off
    wrong = post.deliveries.get().due_at + timedelta(hours=1)
    post.deliveries.update(due_at=wrong, zone_data="2025a")

    assert times.recompute().moved == 1

    lines = [line.text for line in history.timeline(post, post.deliveries.all(), LISBON)]
    handle = post.deliveries.get().account.handle
    assert (
        f"The rules of the clocks changed: {handle} would have gone out at Wed 10 Jul 2030, 19:30 Lisbon, "
        "so the hub moved it to Wed 10 Jul 2030, 18:30 Lisbon"
    ) in lines
    page = cast.client(cast.alba).get(reverse("post_detail", args=[cast.porto.slug, post.uid]))
    assert "would have gone out at Wed 10 Jul 2030, 19:30 Lisbon" in page.content.decode()


ANY_ZONE = st.sampled_from(
    ["Europe/Lisbon", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "UTC"]
)


@settings(deadline=None)
@given(ANY_ZONE, st.datetimes(datetime(2026, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)))
def test_no_delivery_moves_while_the_rules_stay(zone, at):
    local = at.astimezone(ZoneInfo(zone))
    delivery = Delivery(due_at=at, wall_time=local.strftime("%Y-%m-%dT%H:%M"), zone=zone, fold=local.fold)
    assert times.meant(delivery) == at
