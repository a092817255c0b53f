"""The list of a chapter's posts: filters, pages, and the same effort at any length."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from chapters.paging import PER_PAGE
from posts import pages
from posts.models import Post, Target
from tests.support import many, posts

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(cast):
    return posts.account(cast.lisbon)


def listed(cast, person=None, **asked):
    page = cast.client(person or cast.ana).get(reverse("post_list", args=["lisbon"]), asked)
    assert page.status_code == 200
    return [post.text for post in page.context["page"].rows]


def test_list_shows_the_chapters_posts_newest_first(cast, account):
    posts.draft(cast.lisbon, cast.ana, account, text="First")
    posts.draft(cast.lisbon, cast.eduardo, account, text="Second")
    posts.draft(cast.porto, cast.alba, text="Somewhere else")

    assert listed(cast) == ["Second", "First"]


def test_viewer_sees_the_list_without_a_button_to_write(cast):
    page = cast.client(cast.vera).get(reverse("post_list", args=["lisbon"]))
    assert "Nothing written yet" in page.text
    assert reverse("post_new", args=["lisbon"]) not in page.text


@pytest.mark.parametrize("state", list(pages.STATES))
def test_each_tab_shows_its_states_alone(cast, account, state):
    for status in Post.Status.values:
        many.bulk(account, cast.ana, 1, status=status)

    assert set(listed(cast, status=state)) == {f"{status} number 0" for status in pages.STATES[state]}


def test_one_exact_status_can_be_asked_for(cast, account):
    for status in ("failed", "needs_attention"):
        many.bulk(account, cast.ana, 1, status=status)
    assert listed(cast, status="failed") == ["failed number 0"]


def test_filters_narrow_by_author_account_and_words_together(cast, account):
    other = posts.account(cast.lisbon)
    posts.draft(cast.lisbon, cast.ana, account, text="Market day at the square")
    posts.draft(cast.lisbon, cast.eduardo, account, text="Market day by Eduardo")
    posts.draft(cast.lisbon, cast.ana, other, text="Market day elsewhere")
    posts.draft(cast.lisbon, cast.ana, account, text="Repair evening")

    found = listed(cast, author=str(cast.ana.uid), account=str(account.uid), q="DAY market")

    assert found == ["Market day at the square"]


def test_search_looks_into_an_accounts_own_text_once(cast, account):
    post = posts.draft(cast.lisbon, cast.ana, account, posts.account(cast.lisbon), text="Common words")
    Target.objects.filter(post=post).update(text="Only for Mastodon")
    assert listed(cast, q="mastodon") == ["Common words"]


@pytest.mark.parametrize(
    "asked",
    [
        {"status": "nonsense"},
        {"author": "nobody"},
        {"account": "0"},
        {"q": "100% \\ _ nothing"},
        {"q": "\0"},
        {"after": "9" * 40},
        {"after": "-1"},
        {"before": "x"},
    ],
)
def test_odd_filters_are_no_error(cast, account, asked):
    posts.draft(cast.lisbon, cast.ana, account, text="A post")
    assert len(listed(cast, **asked)) <= 1


def test_account_and_author_of_another_chapter_find_nothing(cast, account):
    foreign = posts.account(cast.porto)
    posts.draft(cast.porto, cast.alba, foreign, text="Of Porto")
    posts.draft(cast.lisbon, cast.ana, account, text="Of Lisbon")

    assert listed(cast, account=str(foreign.uid)) == []
    assert listed(cast, author=str(cast.alba.uid)) == []


def test_place_of_another_chapters_post_leads_to_the_first_page(cast, account):
    foreign = posts.draft(cast.porto, cast.alba)
    posts.draft(cast.lisbon, cast.ana, account, text="Of Lisbon")
    assert listed(cast, after=str(foreign.pk)) == ["Of Lisbon"]


def test_pages_go_to_older_posts_and_back_without_a_gap(cast, account):
    many.bulk(account, cast.ana, 2 * PER_PAGE + 3)
    client = cast.client(cast.ana)
    url, seen = reverse("post_list", args=["lisbon"]), []
    address = url
    while address:
        page = client.get(address).context["page"]
        seen.append([post.pk for post in page.rows])
        address = page.later_url and url + page.later_url

    assert [len(rows) for rows in seen] == [PER_PAGE, PER_PAGE, 3]
    assert [key for rows in seen for key in rows] == list(
        cast.lisbon.posts.order_by("-id").values_list("pk", flat=True)
    )
    back = client.get(url + page.earlier_url).context["page"]
    assert [post.pk for post in back.rows] == seen[1]


def test_scheduled_posts_are_listed_in_the_order_in_which_they_go_out(cast, account):
    now = timezone.now()
    for days in (3, 1, 2):
        many.bulk(account, cast.ana, 1, status="scheduled", first=now + timedelta(days=days))
    page = cast.client(cast.ana).get(reverse("post_list", args=["lisbon"]), {"status": "scheduled"})
    times = [post.planned_at for post in page.context["page"].rows]
    assert times == sorted(times)


def test_tabs_keep_the_other_filters_and_pages_keep_all(cast, account):
    many.bulk(account, cast.ana, PER_PAGE + 1)
    page = cast.client(cast.ana).get(
        reverse("post_list", args=["lisbon"]), {"q": "number", "status": "draft"}
    )
    assert "?status=approved&amp;q=number" in page.text
    assert "q=number&amp;status=draft&amp;after=" in page.text


@pytest.mark.parametrize("asked", ["", "?status=scheduled", "?q=number&status=draft"])
def test_list_asks_the_same_number_of_queries_at_ten_rows_and_at_a_thousand(cast, account, asked):
    client, url = cast.client(cast.ana), reverse("post_list", args=["lisbon"]) + asked
    for status in ("scheduled", "draft"):
        many.bulk(account, cast.ana, 10, status=status)
    few = many.queries(client, url)
    for status in ("scheduled", "draft"):
        many.bulk(account, cast.ana, 1000, status=status)
    assert many.queries(client, url) == few


def test_list_of_another_chapter_does_not_exist(cast):
    assert cast.client(cast.otto).get(reverse("post_list", args=["lisbon"])).status_code == 404
