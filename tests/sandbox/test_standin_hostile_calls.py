"""Broken and hostile calls to X, LinkedIn, Bluesky and Mastodon are refused, and are never too much."""

import json

import pytest

from tests.support.standins import numbers, open_account

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
REST = {"LinkedIn-Version": "202609", "X-Restli-Protocol-Version": "2.0.0"}
RPC = "/xrpc/com.atproto."
# of each platform: its host, where bodies go, and where queries go
PLACES = {
    "x": (
        "api.x.com",
        [
            f"/2/{name}"
            for name in (
                "tweets",
                "media/upload",
                "media/upload/initialize",
                "media/metadata",
                "oauth2/token",
            )
        ],
        ["/2/users/me", "/2/tweets", "/2/users/{id}/tweets", "/2/media/upload"],
    ),
    "linkedin": (
        "api.linkedin.com",
        [
            "/rest/posts",
            "/rest/images?action=initializeUpload",
            "/rest/videos?action=initializeUpload",
            "/rest/videos?action=finalizeUpload",
            "/rest/socialActions/urn%3Ali%3Ashare%3A1/comments",
        ],
        [
            "/rest/posts",
            "/rest/posts/%00",
            "/rest/organizationAcls",
            "/rest/organizations/x",
            "/rest/organizationalEntityShareStatistics",
            "/rest/networkSizes/x",
            "/rest/memberCreatorPostAnalytics",
        ],
    ),
    "bluesky": (
        "bsky.social",
        [
            f"{RPC}{name}"
            for name in ("repo.putRecord", "repo.createRecord", "repo.deleteRecord", "server.createSession")
        ],
        [
            f"{RPC}{name}"
            for name in (
                "repo.getRecord",
                "repo.listRecords",
                "identity.resolveHandle",
                "server.getServiceAuth",
            )
        ],
    ),
    "mastodon": (
        "mastodon.practice",
        ["/api/v1/statuses", "/api/v2/media", "/api/v1/apps", "/oauth/token", "/oauth/revoke"],
        [
            "/api/v1/accounts/{id}/statuses",
            "/api/v1/accounts/%00",
            "/api/v1/statuses",
            "/api/v1/statuses/%ff/source",
        ],
    ),
}
ODD = [None, [], {}, [[]], {"a": 1}, 5, 1.5, True, "\ud800", "", "\u0000", [None], -1, 10**30]
NAMES = [
    "text",
    "media",
    "reply",
    "id",
    "metadata",
    "media_type",
    "media_category",
    "total_bytes",  # X
    "author",
    "commentary",
    "visibility",
    "distribution",
    "content",
    "actor",
    "message",  # LinkedIn
    "initializeUploadRequest",
    "finalizeUploadRequest",
    "repo",
    "collection",
    "rkey",
    "record",
    "swapRecord",
    "identifier",
    "password",  # Bluesky
    "status",
    "media_ids",
    "in_reply_to_id",
    "client_name",
    "redirect_uris",
    "scopes",
    "client_id",
    "grant_type",
]
BODIES = [
    (FORM, b"\xff\xfe=\xff"),
    (FORM, b"text=%ff%fe&status=%ff"),
    (FORM, b"status[]=%00&media_ids[]=&media_ids[]=%ff"),
    (FORM, b"&".join(b"f%d=1" % n for n in range(300))),
    (FORM, b"text=" + b"a" * (1024 * 1024 + 1)),
    (JSON, b"{"),
    (JSON, b"[]"),
    (JSON, b"[" * 5000),
    (JSON, b'"\\ud800"'),
    ("text/plain", b"text=hello"),
    ("", b"text=hello"),
    ("multipart/form-data; boundary=x", b"--x\r\nnothing"),
    ("multipart/form-data", b"--x\r\n\r\n--x--"),
    *[(JSON, json.dumps(dict.fromkeys(NAMES, odd)).encode()) for odd in ODD],
    *[(JSON, json.dumps({name: odd}).encode()) for odd in ODD[1:4] for name in NAMES],
]
QUERIES = [
    "ids=%00",
    "ids=1,%ff",
    "max_results=1e9",
    "max_results=-5",
    "start_time=9999-12-31T23:59:59-12:00",
    "start_time=0001-01-01T00:00:00Z",
    "pagination_token=%ff",
    "since_id=%00",
    "tweet.fields=,,,%00",
    "q=author&author=%00&count=99999999999",
    "q=author&author=urn:li:person:%ff",
    "count=-1",
    "start=1e5",
    "q=roleAssignee&start=%00",
    "q=organizationalEntity&organizationalEntity=x&shares=List(((",
    "edgeType=%00",
    "q=entity&entity=(share:x)&queryType=IMPRESSION",
    "repo=%00&collection=%00&rkey=%00",
    "limit=0",
    "limit=%ff",
    "repo={id}&collection=app.bsky.feed.post&cursor=%00",
    "handle=%ff",
    "aud=%00",
    "aud=did:web:x&exp=99999999999999",
    "max_id=%00",
    "min_id=1e9",
    "since_id=" + "9" * 5000,
    "id[]=%ff&id[]=",
    "limit=99999999999999999999",
    "command=STATUS&media_id=%00",
    "exclude=%00",
    "end_time=x",
]


@pytest.fixture(params=PLACES)
def place(request, server):
    host, bodies, queries = PLACES[request.param]
    caller = open_account(server, request.param, f"hostile-{next(numbers)}", host=host)
    return caller, bodies, queries


def test_broken_bodies_are_refused(place):
    caller, paths, _ = place
    for kind, body in BODIES:
        for path in paths:
            headers = REST | ({"Content-Type": kind} if kind else {})
            answer = caller.call("POST", path, form=body, headers=headers)
            assert 400 <= answer.status_code < 500, (path, kind, body[:200], answer.text)
            assert isinstance(answer.json(), dict)
    assert caller.commits() == []


def test_broken_queries_are_refused_or_answered(place):
    caller, _, paths = place
    for query in QUERIES:
        for path in paths:
            address = f"{path}?{query}".replace("{id}", caller.id)
            answer = caller.call("GET", address, headers=REST)
            assert answer.status_code < 500, (address, answer.text)
            answer.json()


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Basic x", "Bearer \xff", "Bearer pn_1_2", "Bearer a.b.c", "DPoP x"]
)
def test_broken_tokens_are_refused(place, header):
    caller, paths, _ = place
    for path in paths:
        answer = caller.call(
            "POST", path, token="", json={}, headers=REST | {"Authorization": header.encode("latin-1")}
        )
        assert 400 <= answer.status_code < 500, (path, answer.text)
