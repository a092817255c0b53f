"""Every refusal that the stand-in of Facebook Pages has from the platform's documentation."""

import pytest

from tests.support.meta import (
    FACEBOOK_SCOPES,
    allow,
    attached,
    exchange,
    facebook_account,
    feed,
    photo,
    redeem,
)
from tests.support.standins import MP4, RETURN, jpeg, says

V = "/v26.0"
SCOPES = FACEBOOK_SCOPES


@pytest.fixture
def person(server):
    return facebook_account(server)


@pytest.fixture
def page(server, shelf, person):
    return facebook_account(server, shelf, owner=person)


@pytest.fixture
def other(server, shelf, person):
    return facebook_account(server, shelf, owner=person)


GRAPH = 'Graph API, "Handle errors"'
POSTS = 'Pages API, "Posts"'
LOGIN = 'Facebook Login, "Manually Build a Login Flow"'
PHOTOS = 'Graph API, "Page Photos"'
INSIGHTS = 'Pages API, "Deprecated metrics"'


def _with(page, scopes):
    token = page.issue(scopes, use="page")
    return page.call("POST", f"{V}/{page.id}/feed", token=token, form={"message": "Hello"})


def _read_only(page):
    page.trait(page_tasks="read_only")
    return feed(page)


def _revoked(page):
    page.server.admin("POST", "/tokens/revoke", json={"account": page.handle})
    return feed(page)


def _expired(page):
    page.server.admin("POST", "/tokens/expire", json={"account": page.handle})
    return feed(page)


def _twice(page):
    feed(page)
    return feed(page)


def _proof(page):
    return page.get(f"{V}/me", appsecret_proof="0" * 64)


REFUSALS = [
    # what, the request, (status, code, subcode), what it rests on
    ("no token", lambda p, o, u: p.call("GET", f"{V}/me", token=""), (400, 104, None), GRAPH),
    ("unknown token", lambda p, o, u: p.call("GET", f"{V}/me", token="x"), (400, 190, None), GRAPH),
    ("expired token", lambda p, o, u: _expired(p), (400, 190, 463), GRAPH),
    ("revoked token", lambda p, o, u: _revoked(p), (400, 190, 460), GRAPH),
    ("wrong proof", lambda p, o, u: _proof(p), (400, 100, None), 'Graph API, "Secure Graph API Calls"'),
    ("unknown version", lambda p, o, u: p.get("/v9.0/me"), (400, 2635, None), 'Graph API, "Versions"'),
    ("no version", lambda p, o, u: p.get("/me"), (400, 2500, None), 'Graph API, "Versions"'),
    ("unknown path", lambda p, o, u: p.get(f"{V}/{p.id}/nothing"), (400, 2500, None), GRAPH),
    ("unknown object", lambda p, o, u: p.get(f"{V}/1_2", fields="id"), (400, 100, 33), GRAPH),
    ("unknown field", lambda p, o, u: p.get(f"{V}/me", fields="shoe_size"), (400, 100, None), GRAPH),
    ("broken fields", lambda p, o, u: p.get(f"{V}/me", fields="id{"), (400, 2500, None), GRAPH),
    ("unknown parameter", lambda p, o, u: feed(p, shoe="1"), (400, 100, None), GRAPH),
    ("a person's token", lambda p, o, u: u.post(f"{V}/{p.id}/feed", message="x"), (403, 210, None), POSTS),
    (
        "another page's token",
        lambda p, o, u: o.post(f"{V}/{p.id}/feed", message="x"),
        (403, 200, None),
        POSTS,
    ),
    ("no permission", lambda p, o, u: _with(p, SCOPES[2:]), (403, 200, None), POSTS),
    ("no task", lambda p, o, u: _read_only(p), (403, 200, None), POSTS),
    ("empty post", lambda p, o, u: feed(p, " "), (400, 100, None), POSTS),
    ("message too long", lambda p, o, u: feed(p, "a" * 63207), (400, 100, None), POSTS),
    ("link that is none", lambda p, o, u: feed(p, link="nowhere"), (400, 100, 1609005), GRAPH),
    ("the same again", lambda p, o, u: _twice(p), (400, 506, None), GRAPH),
    ("scheduled", lambda p, o, u: feed(p, published="false"), (400, 100, None), POSTS),
    ("photo unknown", lambda p, o, u: feed(p, attached_media=attached("1")), (400, 100, 33), POSTS),
    (
        "another page's photo",
        lambda p, o, u: o.post(f"{V}/{o.id}/feed", attached_media=attached(photo(p).json()["id"])),
        (400, 100, 33),
        POSTS,
    ),
    ("attached in another shape", lambda p, o, u: feed(p, attached_media='["1"]'), (400, 100, None), POSTS),
    ("no photo", lambda p, o, u: p.post(f"{V}/{p.id}/photos"), (400, 100, None), PHOTOS),
    (
        "photo too large",
        lambda p, o, u: photo(p, url=p.shelf.put(b"\xff" * (4 * 1024 * 1024 + 1))),
        (400, 100, 1366046),
        PHOTOS,
    ),
    (
        "photo of a wrong kind",
        lambda p, o, u: photo(p, url=p.shelf.put(jpeg(kind="WEBP"), "image/webp")),
        (400, 100, 1366046),
        PHOTOS,
    ),
    ("photo not there", lambda p, o, u: photo(p, url=p.shelf.address("/none")), (400, 100, 2069019), PHOTOS),
    (
        "video without permission",
        lambda p, o, u: p.call(
            "POST",
            f"{V}/{p.id}/videos",
            token=p.issue(SCOPES, use="page"),
            form={"file_url": p.shelf.put(MP4, "video/mp4")},
        ),
        (403, 200, None),
        POSTS,
    ),
    (
        "video that is none",
        lambda p, o, u: p.post(f"{V}/{p.id}/videos", file_url=p.shelf.put(b"no", "video/mp4")),
        (400, 100, 2069019),
        'Graph API, "Page Videos"',
    ),
    (
        "piece of no upload",
        lambda p, o, u: p.post(f"{V}/{p.id}/videos", upload_phase="finish", upload_session_id="1"),
        (400, 100, 1363037),
        'Graph API, "Page Videos"',
    ),
    (
        "too many at once",
        lambda p, o, u: p.get(f"{V}/{p.id}/published_posts", limit=101),
        (400, 100, None),
        'Graph API, "Page published posts"',
    ),
    (
        "figure that has ended",
        lambda p, o, u: p.get(f"{V}/{p.id}/insights", metric="page_fans,page_follows", period="day"),
        (400, 100, None),
        INSIGHTS,
    ),
    (
        "counts without permission",
        lambda p, o, u: p.call(
            "GET",
            f"{V}/{feed(p).json()['id']}",
            token=p.issue(SCOPES, use="page"),
            params={"fields": "comments.summary(true)"},
        ),
        (403, 10, None),
        GRAPH,
    ),
    ("wrong app", lambda p, o, u: redeem(p, "x", client_id="other"), (400, 101, None), LOGIN),
    ("wrong secret", lambda p, o, u: redeem(p, "x", client_secret="x"), (400, 1, None), LOGIN),
    ("unknown code", lambda p, o, u: redeem(p, "x"), (400, 100, 36009), LOGIN),
    (
        "other return address",
        lambda p, o, u: redeem(p, allow(u, scope="pages_show_list"), redirect_uri=RETURN + "/x"),
        (400, 100, 36008),
        LOGIN,
    ),
    ("exchange of a page's token", lambda p, o, u: exchange(p, p.token), (400, 100, None), LOGIN),
]


@pytest.mark.parametrize(
    ("ask", "expected"), [row[1:3] for row in REFUSALS], ids=[row[0] for row in REFUSALS]
)
def test_documented_refusal(page, other, person, ask, expected):
    answer = ask(page, other, person)
    assert says(answer) == expected, answer.text
    assert answer.json()["error"]["fbtrace_id"]
    assert len(page.commits()) + len(other.commits()) <= 1
