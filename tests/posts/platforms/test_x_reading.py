"""What the X adapter reads: an account's own posts and counts. No Django, no database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from posts.platforms.base import (
    AppKeys,
    AuthExpired,
    ConfigError,
    Content,
    Count,
    Credentials,
    Listing,
    Outcome,
    PermissionMissing,
    QuotaExhausted,
    RateLimited,
    Transient,
)
from posts.platforms.x import XAdapter
from posts.platforms.x_count import addresses
from posts.publishing import matching
from tests.posts.platforms.central import CANARY, failure, script, standing_in
from tests.support.proxy import Proxy, Reply, not_json

SINCE = datetime(2026, 11, 25, 10, 0, 0, 400_000, UTC)
LIST = r"GET api.x.com/2/users/42/tweets\?"
CREDENTIALS = Credentials("", "42", {"access_token": CANARY}, {"username": "anna"})


@pytest.fixture
def adapter(lone: Proxy):
    http = standing_in(lone)
    yield XAdapter(http, app=AppKeys("practice", "practice"))
    http.close()


def look(adapter: XAdapter, content: Content | None = None, deadline: float = 5):
    return adapter.read_back(
        content or Content("hello"), CREDENTIALS, staged={}, key="k", since=SINCE, deadline=deadline
    )


def post(number: int, text: str = "hello", at: str = "2026-11-25T10:00:05.000Z", **more) -> dict:
    return {
        "id": str(number),
        "text": text,
        "created_at": at,
        "edit_history_tweet_ids": [str(number)],
        **more,
    }


def page(*posts: dict, following: str = "", **more) -> Reply:
    meta = {"result_count": len(posts), **({"next_token": following} if following else {})}
    return Reply.of(200, {**({"data": list(posts)} if posts else {}), "meta": meta, **more})


def test_the_list_is_asked_for_once_and_seen_whole(adapter, lone):
    script(lone, {LIST: page(post(2), post(1, "older", "2026-11-25T10:00:00.000Z"))})
    shown = look(adapter)
    assert shown.complete
    assert [(one.external_id, one.text, one.media) for one in shown.posts] == [
        ("2", "hello", 0),
        ("1", "older", 0),
    ]
    assert shown.posts[0].permalink == "https://x.com/anna/status/2"
    assert shown.posts[0].created_at == datetime(2026, 11, 25, 10, 0, 5, tzinfo=UTC)
    (asked,) = lone.requests
    query = parse_qs(urlsplit(asked.path).query)
    assert query["start_time"] == ["2026-11-25T10:00:00Z"]
    assert query["exclude"] == ["retweets"]
    assert query["max_results"] == ["100"]
    assert adapter.listing({}) is Listing.COMPLETE


def test_an_empty_list_proves_that_nothing_is_there(adapter, lone):
    script(lone, {LIST: page()})
    assert look(adapter).complete
    assert look(adapter).posts == ()


def test_pages_are_read_by_their_token(adapter, lone):
    lone.on("GET", r".*pagination_token=n1", page(post(1)))
    script(lone, {LIST: page(post(2), following="n1")})
    shown = look(adapter)
    assert [one.external_id for one in shown.posts] == ["2", "1"]
    assert shown.complete


@pytest.mark.parametrize(
    "reply",
    [
        page(post(2), {"id": "3", "text": "no time"}),
        page(post(2), following="n1"),
        page(post(2), errors=[{"title": "Not Found Error"}]),
    ],
)
def test_a_list_that_is_not_whole_proves_nothing(adapter, lone, reply):
    script(lone, {LIST: reply})
    shown = look(adapter)
    assert not shown.complete
    assert [one.external_id for one in shown.posts] == ["2"]


def address(short: str, full: str, shown: str = "", **more) -> dict:
    return {"url": short, "expanded_url": full, "display_url": shown, **more}


@pytest.mark.parametrize(
    ("sent", "text", "addresses", "media"),
    [
        (
            Content("Come & see <us>", link="https://example.com/a?b=1&c=2"),
            "Come &amp; see &lt;us&gt;\n\nhttps://t.co/AAAAAAAAAA",
            [address("https://t.co/AAAAAAAAAA", "https://example.com/a?b=1&c=2", "example.com/a?b=1&c=…")],
            [],
        ),
        (
            Content("see example.com and Www.Example.org/Path now"),
            "see https://t.co/AAAAAAAAAA and https://t.co/BBBBBBBBBB now",
            [
                address("https://t.co/AAAAAAAAAA", "http://example.com", "example.com"),
                address("https://t.co/BBBBBBBBBB", "http://www.example.org/Path", "example.org/Path"),
            ],
            [],
        ),
        (
            Content("a picture"),
            "a picture https://t.co/CCCCCCCCCC",
            [address("https://t.co/CCCCCCCCCC", "https://x.com/a/status/2/photo/1", "x", media_key="3_1")],
            ["3_1"],
        ),
        (
            Content("a film"),
            "a film https://t.co/CCCCCCCCCC",
            [address("https://t.co/CCCCCCCCCC", "https://x.com/anna/status/2/video/1", "pic.twitter.com/C")],
            ["7_1"],
        ),
        (Content("&amp; as typed"), "&amp;amp; as typed", [], []),
        (Content("https://example.com/ end"), "https://t.co/AAAAAAAAAA end",
         [address("https://t.co/AAAAAAAAAA", "https://example.com/", "example.com")], []),
    ],
)  # fmt: skip
def test_a_post_reads_as_it_was_typed(adapter, lone, sent, text, addresses, media):
    more = {"entities": {"urls": addresses}, "attachments": {"media_keys": media}}
    script(lone, {LIST: page(post(2, text, **more))})
    (seen,) = look(adapter, sent).posts
    assert seen.text == adapter.compose_text(sent)
    assert seen.media == sum(key.startswith("3_") for key in media)


def test_an_address_that_was_not_sent_is_shown_in_full(adapter, lone):
    told = {
        "entities": {"urls": [address("https://t.co/A1", "https://other.example.com/", "other.example.com")]}
    }
    script(lone, {LIST: page(post(2, "hello https://t.co/A1 https://t.co/A12", **told))})
    (seen,) = look(adapter).posts
    assert seen.text == "hello https://other.example.com/ https://t.co/A12"


def test_a_post_whose_answer_was_lost_is_found_again(adapter, lone, picture):
    """The server rewrites what it gets as X does, and keeps it, but the answer is lost."""
    kept: list[dict] = []

    def keep(exchange) -> None:
        sent = exchange.seen.json
        text, urls = sent["text"].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), []
        for number, (start, end) in enumerate(addresses(sent["text"])):
            typed = sent["text"][start:end]
            full = typed if "://" in typed else f"http://{typed}"
            urls.append(address(f"https://t.co/AAAAAAAAA{number}", full, typed))
            text = text.replace(typed.replace("&", "&amp;"), urls[-1]["url"], 1)
        urls.append(
            address("https://t.co/BBBBBBBBBB", "https://x.com/anna/status/7/photo/1", "x", media_key="3_1")
        )
        media = {"media_keys": [f"3_{number}" for number in sent["media"]["media_ids"]]}
        text += " https://t.co/BBBBBBBBBB"
        kept.append(post(7, text, entities={"urls": urls}, attachments=media))
        exchange.hang_up()

    lone.on("POST", "/as/api.x.com/2/tweets$", keep)
    content = Content(
        "Two < three & “more” at example.org: 👩‍🚀 #hub",
        link="https://example.com/?a=1&b=2",
        images=(picture("a"),),
    )
    staged = {"media": {"a": {"id": "11", "ready": True}}}
    error = failure(lambda: adapter.publish(content, CREDENTIALS, staged=staged, key="k", deadline=5))
    assert error.outcome is Outcome.UNKNOWN
    script(lone, {LIST: page(*kept, post(6, "another"))})
    wanted = matching.Wanted("k", adapter.compose_text(content), 1, SINCE, SINCE + timedelta(seconds=30))
    found = matching.find(wanted, look(adapter, content).posts, bound=set())
    assert [one.external_id for one in found.sure] == ["7"]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply.of(401), AuthExpired),
        (Reply.of(403, {"title": "Unsupported Authentication"}), AuthExpired),
        (Reply.of(403, {"type": "https://api.x.com/2/problems/client-forbidden"}), ConfigError),
        (Reply.of(403), PermissionMissing),
        (Reply.of(402), QuotaExhausted),
        (Reply.of(429, {"type": "https://api.x.com/2/problems/usage-capped"}), QuotaExhausted),
        (Reply.of(429), RateLimited),
        (Reply.of(400, {"type": "https://api.x.com/2/problems/invalid-request"}), Transient),
        (Reply.of(500), Transient),
        (Reply.of(200, {"data": {}}), Transient),
        (not_json, Transient),
        (Reply.of(404), Transient),
    ],
)
def test_what_a_refused_look_means(adapter, lone, reply, kind):
    script(lone, {LIST: reply})
    assert type(failure(lambda: look(adapter))) is kind


# ---- counts


@pytest.mark.parametrize("spelling", ["retweet_count", "repost_count"])
def test_counts_of_posts_in_either_spelling(adapter, lone, spelling):
    entry = {
        "id": "1",
        "text": "hello",
        "public_metrics": {
            "impression_count": 90, "like_count": 3, "reply_count": 2, spelling: 4, "quote_count": 1,
            "bookmark_count": 0,
        },
        "non_public_metrics": {"impression_count": 80, "url_link_clicks": 7, "user_profile_clicks": 1},
    }  # fmt: skip
    script(
        lone,
        {r"GET api.x.com/2/tweets\?": Reply.of(200, {"data": [entry], "errors": [{"resource_id": "2"}]})},
    )
    found = adapter.post_counts(["1", "2"], CREDENTIALS, deadline=5)
    assert found == {
        "1": {
            Count.VIEWS: 90, Count.LIKES: 3, Count.REPLIES: 2, Count.SHARES: 4, Count.QUOTES: 1,
            Count.SAVES: 0, Count.CLICKS: 7,
        }
    }  # fmt: skip
    query = parse_qs(urlsplit(lone.requests[0].path).query)
    assert query["ids"] == ["1,2"]
    assert "public_metrics" in query["tweet.fields"][0]


def test_counts_of_many_posts_are_asked_a_hundred_at_a_time(adapter, lone):
    script(lone, {r"GET api.x.com/2/tweets\?": Reply.of(200, {"meta": {}})})
    assert adapter.post_counts([str(number) for number in range(250)], CREDENTIALS, deadline=5) == {}
    asked = [parse_qs(urlsplit(one.path).query)["ids"][0].count(",") + 1 for one in lone.requests]
    assert asked == [100, 100, 50]


@pytest.mark.parametrize("spelling", ["tweet_count", "post_count"])
def test_counts_of_the_account(adapter, lone, spelling):
    told = {"data": {"id": "42", "public_metrics": {"followers_count": 12, spelling: 34, "listed_count": -1}}}
    script(lone, {r"GET api.x.com/2/users/me\?": Reply.of(200, told)})
    assert adapter.account_counts(CREDENTIALS, deadline=5) == {Count.FOLLOWERS: 12, Count.POSTS: 34}


def test_counts_without_access_are_an_error(adapter, lone):
    script(lone, {"GET api.x.com": Reply.of(401)})
    assert isinstance(failure(lambda: adapter.post_counts(["1"], CREDENTIALS, deadline=5)), AuthExpired)
    assert isinstance(failure(lambda: adapter.account_counts(CREDENTIALS, deadline=5)), AuthExpired)
