"""What an account's own list shows, and what it keeps back."""

import time
from datetime import datetime, timedelta

import pytest


def _published(account, count):
    """Ids of so many new posts, newest first."""
    return [account.post(f"Post {n}").json()["id"] for n in range(count)][::-1]


def _page(account, **query):
    answer = account.call("GET", "/posts", params=query).json()
    assert set(answer) == {"posts", "more"}
    return [post["id"] for post in answer["posts"]], answer["more"]


def test_post_is_shown_with_all_that_tells_it_apart(account, picture):
    media = account.upload(picture(), alt="A field").json()["id"]
    made = account.post("Hello", key="k", link="https://example.org/", media_ids=[media]).json()
    (post,) = account.listed()
    post.pop("counts")
    assert post == {
        "id": made["id"],
        "url": made["url"],
        "text": "Hello",
        "link": "https://example.org/",
        "media": [{"id": media, "alt": "A field"}],
        "created_at": made["created_at"],
        "idempotency_key": "k",
    }


def test_pages_follow_each_other_without_gap_or_overlap(account, outsider):
    ids = _published(account, 7)
    _published(outsider, 2)
    assert _page(account, limit=3) == (ids[:3], True)
    assert _page(account, limit=3, before=ids[2]) == (ids[3:6], True)
    assert _page(account, limit=3, before=ids[5]) == (ids[6:], False)
    assert _page(account, limit=3, before=ids[6]) == ([], False)
    assert _page(account, limit=7) == (ids, False)


def test_page_is_not_moved_by_new_or_deleted_posts(account):
    ids = _published(account, 4)
    first, _ = _page(account, limit=2)
    account.post("Newer")
    account.call("DELETE", f"/posts/{first[-1]}")
    assert _page(account, limit=2, before=first[-1]) == (ids[2:], False)


def test_more_means_more_since_that_moment(account):
    old = account.post("Old")
    time.sleep(0.01)
    ids = _published(account, 3)
    since = (datetime.fromisoformat(old.json()["created_at"]) + timedelta(milliseconds=1)).isoformat()
    assert _page(account, since=since, limit=2) == (ids[:2], True)
    assert _page(account, since=since, limit=2, before=ids[1]) == (ids[2:], False)


@pytest.mark.parametrize("before", ["nothing", ""])
def test_page_before_nothing_is_refused(account, before):
    assert account.call("GET", "/posts", params={"before": before}).json()["error"] == "unknown_post"


def test_page_before_anothers_post_is_refused(account, outsider):
    (post,) = _published(outsider, 1)
    assert account.call("GET", f"/posts?before={post}").status_code == 422


def test_new_posts_stay_unseen_for_a_while(server, account):
    server.traits(account, invisible_for=0.6)
    (post,) = _published(account, 1)
    assert account.listed() == []
    assert account.call("GET", f"/posts/{post}").status_code == 404
    assert len(account.posts_in_log()) == 1
    time.sleep(0.7)
    assert _page(account) == ([post], False)
    assert account.call("GET", f"/posts/{post}").status_code == 200


@pytest.mark.parametrize("listing", ["complete", "partial", "none"])
def test_how_much_is_listed_is_told_with_the_limits(server, account, listing):
    server.traits(account, listing=listing)
    assert account.call("GET", "/limits").json()["listing"] == listing


def test_partial_list_hides_the_same_posts_each_time(server, account):
    ids = _published(account, 40)
    server.traits(account, listing="partial")
    shown, _ = _page(account, limit=100)
    assert 5 < len(shown) < 35
    assert shown == [post for post in ids if post in shown]
    assert _page(account, limit=100)[0] == shown
    paged, more = _page(account, limit=4)
    while more:
        following, more = _page(account, limit=4, before=paged[-1])
        paged += following
    assert paged == shown


@pytest.mark.parametrize(("share", "count"), [(0, 3), (1, 0)])
def test_partial_list_hides_as_large_a_share_as_told(server, account, share, count):
    _published(account, 3)
    server.traits(account, listing="partial", hidden_share=share)
    assert len(account.listed()) == count


def test_nothing_can_be_read(server, account):
    (post,) = _published(account, 1)
    server.traits(account, listing="none")
    for path in ("/posts", f"/posts/{post}"):
        answer = account.call("GET", path)
        assert (answer.status_code, answer.json()["error"]) == (403, "no_listing")
    assert account.post().status_code == 201


def test_shuffled_list_has_the_same_posts_in_another_order(server, account):
    ids = _published(account, 12)
    server.traits(account, order="shuffled")
    shown, more = _page(account)
    assert shown != ids
    assert (sorted(shown), more) == (sorted(ids), False)
