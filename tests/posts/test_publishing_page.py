"""The status page of publishing, for those who look after the hub, and the banner for chapters."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.urls import reverse
from django.utils import timezone

from chapters.events import Actor
from chapters.permissions import Role
from posts.models import Delivery, Lane
from posts.publishing import heartbeat, queue
from tests.support import many, posts
from tests.support.cast import member

pytestmark = pytest.mark.django_db

PAGE = "/publishing/"
LATE = "Publishing is running a few minutes late."


def late(cast, number=1, **details):
    """Posts of Porto's that have been due for seven minutes."""
    made = [
        posts.scheduled(cast.porto, cast.alba, posts.account(cast.porto, **details)) for _ in range(number)
    ]
    Delivery.objects.filter(post__in=made).update(due_at=timezone.now() - timedelta(minutes=7))
    caches["process"].clear()
    return made


# ---- who gets there


def test_leads_and_editors_of_the_central_team_and_administrators_read_it(cast):
    for person in (cast.cleo, cast.cato, cast.ada):
        assert cast.client(person).get(PAGE).status_code == 200, person
    assert cast.client(member("Carl", cast.central, Role.AUTHOR)).get(PAGE).status_code == 403


def test_it_does_not_exist_for_chapters(cast):
    for person in (cast.lucia, cast.paulo, cast.otto, cast.vera):
        assert cast.client(person).get(PAGE).status_code == 404, person


def test_it_stands_in_the_way_of_those_who_may_read_it(cast):
    assert PAGE in cast.client(cast.cato).get("/c/central/").text
    assert PAGE not in cast.client(cast.lucia).get("/c/lisbon/").text
    assert PAGE in cast.client(cast.ada).get(PAGE).text


# ---- what it says


def test_says_what_is_late_and_since_when(cast):
    late(cast, 12)
    page = cast.client(cast.cato).get(PAGE)
    assert "12 posts are late, the oldest by 7 minutes; no worker has taken anything yet." in page.text


def test_shows_processes_and_the_last_wake_up(cast):
    heartbeat.beat("worker", "machine:7")
    heartbeat.beat("beat", "beat")
    heartbeat.beat("wake", "wake")
    text = cast.client(cast.cato).get(PAGE).text
    assert "machine:7" in text
    assert "Scheduler" in text
    assert "Last wake-up" in text
    assert "Publishing works: nothing is waiting." in text


def test_names_no_chapter_no_account_and_no_post_to_the_central_team(cast):
    (post,) = late(cast, handle="@porto-speaks", host="social.example")
    paused = posts.account(cast.lisbon, "@lisbon-speaks", host="social.example")
    queue.pause_lane(paused, reason="Ana is on holiday", by=Actor.person(cast.lucia))
    text = cast.client(cast.cato).get(PAGE).text
    main = text[text.index("<main") :]
    for word in ("Porto", "Lisbon", "porto-speaks", "lisbon-speaks", "holiday", "Ana", "Market day"):
        assert word not in main, word
    assert str(post.uid) not in text
    assert "social.example" in main
    assert "The account is paused" in main


def test_administrators_get_the_way_to_the_rows(cast):
    assert reverse("admin:posts_lane_changelist") in cast.client(cast.ada).get(PAGE).text
    assert "/admin/" not in cast.client(cast.cleo).get(PAGE).text


def test_htmx_gets_the_part_that_changes_and_a_plain_browser_the_whole(cast):
    client = cast.client(cast.cato)
    page = client.get(PAGE)
    assert 'hx-trigger="every 5s, visibilitychange from:document"' in page.text
    part = client.get(PAGE, headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert "Publishing works" in part.text or "no worker" in part.text
    assert "HX-Request" in part["Vary"]


def test_asks_the_same_number_of_queries_at_ten_rows_and_at_a_thousand(cast):
    client = cast.client(cast.cato)
    account = posts.account(cast.porto)
    (post,) = late(cast)

    def fill(number):
        rows = many.bulk(account, cast.alba, number, status="scheduled")
        Delivery.objects.bulk_create(
            Delivery(
                chapter=cast.porto, post=each, account=account, payload={}, revision=1, zone="UTC",
                due_at=post.deliveries.get().due_at, late_after=timezone.now(), wall_time="2026-11-01T12:00",
            )
            for each in rows
        )  # fmt: skip
        for each in range(number):
            heartbeat.beat("worker", f"machine:{number}:{each}")
            Lane.objects.filter(account=posts.account(cast.porto, host=f"{number}-{each}.example")).update(
                paused_at=timezone.now()
            )

    fill(10)
    few = many.queries(client, PAGE)
    fill(1000)
    assert many.queries(client, PAGE) == few
    assert few <= 18  # five of them count what waits beside the rail


# ---- the banner


@pytest.mark.parametrize("name", ["chapter_home", "post_list", "plan"])
def test_chapters_read_that_publishing_is_late(cast, name):
    client, url = cast.client(cast.vera), reverse(name, args=["lisbon"])
    assert LATE not in client.get(url).text
    late(cast)
    text = client.get(url).text
    assert LATE in text
    assert "Porto" not in text


def test_page_of_a_post_has_the_banner_and_its_fragment_does_not_ask(cast):
    post = posts.begun(posts.scheduled(cast.porto, cast.alba))
    late(cast)
    client = cast.client(cast.alba)
    assert LATE in client.get(reverse("post_detail", args=["porto", post.uid])).text
    now = reverse("post_now", args=["porto", post.uid])
    caches["process"].clear()
    assert LATE not in client.get(now, headers={"HX-Request": "true"}).text
    assert caches["process"].get("publishing-is-late") is None


def test_other_pages_are_left_in_peace(cast):
    late(cast)
    assert LATE not in cast.client(cast.lucia).get("/c/lisbon/settings/").text
    assert LATE not in cast.client(cast.lucia).get("/me/").text


def test_a_paused_chapter_reads_that_it_is_paused(cast):
    late(cast)
    type(cast.lisbon).objects.filter(pk=cast.lisbon.pk).update(state="paused")
    text = cast.client(cast.vera).get("/c/lisbon/").text
    assert "Publishing is paused for Lisbon" in text
    assert LATE not in text
