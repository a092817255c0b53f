"""Broken and hostile calls to the stand-ins are refused in the platform's own words, never with a failure."""

import pytest
import requests

from tests.support.meta import facebook_account, instagram_account
from tests.support.standins import numbers, open_account, says

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
BODIES = [
    (FORM, b"\xff\xfe=\xff"),
    (FORM, b"message=%ff%fe"),
    (FORM, b"message=%00"),
    (FORM, b"message=a&message=b"),
    (FORM, b"&".join(b"f%d=1" % n for n in range(300))),
    (FORM, b"message=" + b"a" * (1024 * 1024 + 1)),
    (JSON, b"{"),
    (JSON, b"[]"),
    (JSON, b"[" * 5000),
    (JSON, b'{"message": {"a": 1}, "creation_id": 5, "media_type": [], "image_url": null}'),
    (JSON, b'{"message": "\\ud800"}'),
    (JSON, b'{"text": "\\ud800", "media_type": "TEXT"}'),
    (JSON, b'{"text": "\\u0007", "media_type": "TEXT"}'),
    (JSON, b'{"attached_media": [{"media_fbid": {}}]}'),
    (JSON, b'{"attached_media": "[[[["}'),
    ("text/plain", b"message=hello"),
    ("multipart/form-data; boundary=x", b"--x\r\nnothing"),
    ("multipart/form-data", b"--x\r\n\r\n--x--"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="message"; filename="a"\r\n\r\nhi\r\n--x--\r\n',
    ),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="message"\r\n\r\n\xff\r\n--x--',
    ),
]
PATHS = ("feed", "photos", "videos", "video_reels", "media", "media_publish", "threads", "threads_publish")
QUERIES = [
    "fields=%00",
    "fields=a{b{c{d}}}",
    "fields=" + "a{" * 300,
    "fields=",
    "limit=-1",
    "limit=1e9",
    "limit=999999999999999999999",
    "since=99999999999",
    "since=0001-01-01",
    "since=9999-12-31T23:59:59-12:00",
    "after=%ff",
    "after=AAAA",
    "metric=%00,,",
    "ids=" + ",".join("1" for _ in range(60)),
    "access_token=%ff%fe",
    "fields=id&fields=id",
]


@pytest.fixture
def accounts(server, shelf):
    """One caller at each host."""
    page = facebook_account(server, shelf, owner=facebook_account(server))
    threads = open_account(server, "threads", f"hostile-{next(numbers)}", host="graph.threads.net")
    return [(page, "/v26.0"), (instagram_account(server, shelf), "/v26.0"), (threads, "/v1.0")]


@pytest.mark.parametrize(("kind", "body"), BODIES, ids=range(len(BODIES)))
def test_broken_body_is_refused(accounts, kind, body):
    for caller, version in accounts:
        for path in PATHS:
            answer = caller.call(
                "POST", f"{version}/{caller.id}/{path}", form=body, headers={"Content-Type": kind}
            )
            assert 400 <= answer.status_code < 500, (path, answer.text)
            assert says(answer)[1]
        assert caller.commits() == []


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_broken_query_is_refused_or_answered(accounts, query):
    for caller, version in accounts:
        for path in ("me", "me/accounts", "me/media", "me/threads", "me/published_posts", "me/insights", ""):
            answer = caller.get(f"{version}/{path}?{query}")
            assert answer.status_code < 500, (path, answer.text)


@pytest.mark.parametrize(
    "token", ["pn_1_x", "pn_99999999999_" + "0" * 40, "Bearer", "ä".encode().decode("latin-1")]
)
def test_made_up_token_is_refused(accounts, token):
    for caller, version in accounts:
        answer = caller.call("GET", f"{version}/me", token="", headers={"Authorization": f"Bearer {token}"})
        assert says(answer) == (400, 190, None)


def test_token_of_another_platform_is_refused(server, account, accounts):
    tokens = [caller.token for caller, _ in accounts]
    for (caller, version), token in zip(accounts, [*tokens[1:], tokens[0]], strict=True):
        assert says(caller.call("GET", f"{version}/me", token=token)) == (400, 190, None)
        assert says(caller.call("GET", f"{version}/me", token=account.token)) == (400, 190, None)
        account.token = caller.token
        assert account.call("GET", "/me").status_code == 401


def test_stand_ins_fetch_from_this_machine_alone(accounts):
    caller, version = accounts[1]
    for url in (
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/a.jpg",
        "http://localhost.example.org/a.jpg",
        "http://127.0.0.1@example.org/a.jpg",
        "http://[::ffff:10.0.0.1]/a.jpg",
        "ftp://127.0.0.1/a.jpg",
        "file:///etc/passwd",
        "http://127.0.0.1:99999/a.jpg",
    ):
        answer = caller.post(f"{version}/{caller.id}/media", image_url=url)
        assert says(answer) in ((400, 9004, 2207052), (400, 100, None)), url


def test_operator_is_told_what_is_wrong(server):
    for body in (
        {"network": "myspace", "handle": "a", "name": "A"},
        {"network": ["facebook"], "handle": "a", "name": "A"},
        {"network": "facebook", "handle": "a b", "name": "A"},
        {"network": "facebook", "handle": f"k-{next(numbers)}", "name": "A", "kind": "robot"},
        {"network": "threads", "handle": None, "name": "A"},
    ):
        assert server.admin("POST", "/accounts", json=body).status_code == 422, body
    caller = open_account(server, "threads", f"told-{next(numbers)}", host="graph.threads.net")
    body = {"account": caller.handle, "scopes": "threads_basic"}
    assert server.admin("POST", "/tokens/issue", json=body).status_code == 422


def test_account_that_exists_is_given_again(server):
    name = f"again-{next(numbers)}"
    first, second = (open_account(server, "threads", name, host="graph.threads.net") for _ in range(2))
    assert first.id == second.id
    assert first.get("/v1.0/me").status_code == second.get("/v1.0/me").status_code == 200


def test_other_sites_name_is_refused(server):
    answer = requests.get(
        f"{server.url}/as/graph.threads.net/v1.0/me", headers={"Host": "evil.example"}, timeout=10
    )
    assert answer.status_code == 403
