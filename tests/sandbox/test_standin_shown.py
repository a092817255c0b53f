"""What people see of posts that came through stand-ins, and where the platforms' addresses lead."""

import pytest
import requests

from tests.support.standins import jpeg, open_account

POST = "app.bsky.feed.post"
RECORD = {"$type": POST, "text": "Go to the site", "createdAt": "2026-11-25T12:00:00Z"}


@pytest.fixture
def open_at(server, account):
    def open_account_at(network, host, **more):
        return open_account(server, network, account.handle, host=host, **more)

    return open_account_at


def put_record(me, **more):
    body = {"repo": me.id, "collection": POST, "rkey": "3l2abcdefghi2", "record": RECORD | more}
    answer = me.call("POST", "/xrpc/com.atproto.repo.putRecord", json=body)
    assert answer.status_code == 200, answer.text


def shown(me, address):
    """The page that the platform's address leads to."""
    answer = requests.get(f"{me.server.url}/as/{address}", timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.text


def name(me):
    return me.handle.partition("@")[0]


def test_post_of_x(open_at):
    me = open_at("x", "api.x.com")
    post_id = me.call("POST", "/2/tweets", json={"text": "Hi & bye"}).json()["data"]["id"]
    for address in (
        f"x.com/{name(me)}/status/{post_id}",
        f"x.com/i/web/status/{post_id}",
        f"x.com/{name(me)}",
    ):
        page = shown(me, address)
        assert "Hi &amp; bye" in page
        assert '<span class="badge badge-x">X</span>' in page


def test_post_of_linkedin_with_its_card(open_at):
    me = open_at("linkedin", "api.linkedin.com", kind="person")
    headers = {"LinkedIn-Version": "202609", "X-Restli-Protocol-Version": "2.0.0"}
    article = {"source": "https://example.org/page", "title": "A page", "description": "All about it"}
    body = {
        "author": f"urn:li:person:{me.id}",
        "commentary": r"Read \(this\)",
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED"},
        "lifecycleState": "PUBLISHED",
        "content": {"article": article},
    }
    urn = me.call("POST", "/rest/posts", json=body, headers=headers).headers["x-restli-id"]
    page = shown(me, f"www.linkedin.com/feed/update/{urn}")
    assert "Read (this)" in page
    assert "A page" in page
    assert "All about it" in page


def test_post_of_bluesky_with_its_facets_and_card(open_at):
    me = open_at("bluesky", "bsky.social")
    sent = {"form": jpeg(), "headers": {"Content-Type": "image/jpeg"}}
    thumb = me.call("POST", "/xrpc/com.atproto.repo.uploadBlob", **sent).json()["blob"]
    feature = {"$type": "app.bsky.richtext.facet#link", "uri": "https://example.org/"}
    card = {"uri": "https://example.org/", "title": "Example", "description": "", "thumb": thumb}
    put_record(
        me,
        facets=[{"index": {"byteStart": 6, "byteEnd": 14}, "features": [feature]}],
        embed={"$type": "app.bsky.embed.external", "external": card},
    )
    page = shown(me, f"bsky.app/profile/{me.id}/post/3l2abcdefghi2")
    assert 'Go to <a href="https://example.org/" rel="nofollow noopener noreferrer">the site</a>' in page
    assert 'class="thumb" src="/media/' in page
    assert "Go to" in shown(me, f"bsky.app/profile/{name(me)}.bsky.social")


def test_address_without_a_facet_is_no_link_on_bluesky(open_at):
    me = open_at("bluesky", "bsky.social")
    put_record(me, text="See https://example.org/")
    page = shown(me, f"bsky.app/profile/{me.id}/post/3l2abcdefghi2")
    assert '<p class="text" dir="auto">See https://example.org/</p>' in page


def test_post_of_mastodon_with_its_warning(open_at):
    me = open_at("mastodon", "mastodon.practice")
    body = {"status": "Long story", "spoiler_text": "Food"}
    post_id = me.call("POST", "/api/v1/statuses", json=body).json()["id"]
    page = shown(me, f"mastodon.practice/@{name(me)}/{post_id}")
    assert "<strong>Food</strong>" in page
    assert "Long story" in shown(me, f"mastodon.practice/@{name(me)}")


@pytest.mark.parametrize(
    "address",
    [
        "x.com/nobody/status/1",
        "x.com/nobody",
        "www.linkedin.com/feed/update/urn:li:share:1",
        "www.linkedin.com/company/nobody",
        "bsky.app/profile/nobody.bsky.social/post/3l2abcdefghi2",
        "mastodon.practice/@nobody/1",
    ],
)
def test_address_of_nothing(server, address):
    assert requests.get(f"{server.url}/as/{address}", timeout=10).status_code == 404


@pytest.mark.parametrize(
    ("network", "spelling"),
    [
        ("bluesky", "{name}.bsky.social"),
        ("bluesky", "{id}"),
        ("mastodon", "@{name}@mastodon.practice"),
        ("linkedin", "urn:li:person:{id}"),
        ("x", "{id}"),
    ],
)
def test_operator_may_name_accounts_as_their_platform_does(server, open_at, network, spelling):
    me = open_at(network, "x.com")
    called = spelling.format(name=name(me), id=me.id)
    rule = {"match": {"account": called}, "effect": {"type": "refuse"}, "times": 1}
    (kept,) = server.faults(rule)
    assert kept["match"]["account"] == me.handle


@pytest.mark.parametrize("effect", ["wrong_id", "missing_id"])
def test_ids_are_spoilt_wherever_the_platform_tells_them(server, open_at, effect):
    x = open_at("x", "api.x.com")
    server.faults(x.misbehaves(effect))
    told = x.call("POST", "/2/tweets", json={"text": "Hi"}).json()["data"].get("id")
    assert told != x.commits()[0]["id"]
    assert (told is None) == (effect == "missing_id")
    me = open_at("bluesky", "bsky.social")
    server.faults(me.misbehaves(effect))
    body = {"repo": me.id, "collection": POST, "rkey": "3l2abcdefghi2", "record": RECORD}
    told = me.call("POST", "/xrpc/com.atproto.repo.putRecord", json=body).json().get("uri")
    assert (told is None) == (effect == "missing_id")
    assert told != f"at://{me.id}/{POST}/3l2abcdefghi2"
