"""What an adapter relies on."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
import requests


def test_health_needs_no_token(server):
    answer = requests.get(f"{server.url}/healthz", timeout=5)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_limits_are_told(account):
    limits = account.call("GET", "/limits").json()
    assert limits["text_max"] == 500
    assert limits["images_max"] == 4
    assert limits["image_bytes_max"] == 8388608
    assert limits["image_types"] == ["image/jpeg", "image/png", "image/webp"]
    assert (limits["alt_max"], limits["url_length"]) == (1500, 23)


def test_me_is_the_tokens_account(server):
    client = server.account("me-and-only-me", followers=321)
    me = client.call("GET", "/me").json()
    assert (me["id"], me["handle"], me["name"], me["followers"]) == (
        client.id,
        "me-and-only-me",
        "Me-And-Only-Me",
        321,
    )
    assert me["url"] == f"{server.url}/@me-and-only-me"


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer nonsense", "Basic abc", "Bearer pn_1_", "Bearer pn_x_y"]
)
def test_unknown_token_is_refused(server, header):
    headers = {} if header is None else {"Authorization": header}
    answer = requests.get(f"{server.url}/api/me", headers=headers, timeout=5)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_token"
    assert answer.json()["message"]


def test_token_with_another_serial_is_refused(account, outsider):
    serial, mac = account.token.split("_")[1:]
    account.token = f"pn_{int(serial) - 1}_{mac}"
    assert account.call("GET", "/me").json()["error"] == "invalid_token"


def test_post_is_published_and_logged(server, account, picture):
    data = picture()
    uploaded = account.upload(data, alt="A teal field")
    assert uploaded.status_code == 201
    media = uploaded.json()
    assert (media["type"], media["width"], media["height"]) == ("image/png", 40, 30)

    answer = account.post("Hello", key="k-1", link="https://example.org/a", media_ids=[media["id"]])
    assert answer.status_code == 201
    post = answer.json()
    assert post["url"] == f"{server.url}/@{account.handle}/{post['id']}"

    (line,) = account.posts_in_log()
    assert line["id"] == post["id"]
    assert line["idempotency_key"] == "k-1"
    assert (line["text"], line["link"], line["imported"]) == ("Hello", "https://example.org/a", False)
    assert line["created_at"] == post["created_at"]
    assert line["media"] == [
        {
            "id": media["id"],
            "alt": "A teal field",
            "sha256": hashlib.sha256(data).hexdigest(),
            "mime": "image/png",
            "width": 40,
            "height": 30,
        }
    ]
    received = datetime.fromisoformat(line["received_at"])
    assert abs(datetime.now(UTC) - received) < timedelta(seconds=20)
    (request,) = server.events("request", account=account.handle)
    assert (request["disposition"], request["post_id"]) == ("accepted", post["id"])


def test_same_key_returns_the_original(server, account):
    first, second = account.post("Once", key="same"), account.post("Once", key="same")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert len(account.posts_in_log()) == 1
    assert account.requests_in_log() == ["accepted", "repeat"]


def test_same_key_with_other_text_is_told_in_the_log(server, account):
    account.post("One", key="same")
    account.post("Two", key="same")
    assert server.events("request", account=account.handle)[-1]["differs"] is True


def test_same_key_of_another_account_is_another_post(account, outsider):
    assert account.post(key="shared").status_code == 201
    assert outsider.post(key="shared").status_code == 201


def test_keys_can_be_ignored(server, account):
    server.admin("PUT", "/settings", json={"honour_keys": False})
    assert [account.post(key="same").status_code for _ in range(2)] == [201, 201]
    assert len(account.posts_in_log()) == 2


def test_own_posts_are_listed_newest_first(account, outsider):
    ids = [account.post(f"Post {n}", key=f"k{n}").json()["id"] for n in range(3)]
    outsider.post("Not mine")
    listed = account.call("GET", "/posts").json()["posts"]
    assert [post["id"] for post in listed] == ids[::-1]
    assert listed[0]["idempotency_key"] == "k2"
    assert set(listed[0]["counts"]) == {"likes", "replies", "shares", "views"}
    assert [post["id"] for post in account.call("GET", "/posts?limit=1").json()["posts"]] == ids[-1:]


def test_posts_since_a_moment(account):
    account.post("Early")
    late = account.post("Late").json()
    found = account.call("GET", "/posts", params={"since": late["created_at"]}).json()["posts"]
    assert found[0]["id"] == late["id"]
    future = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert account.call("GET", "/posts", params={"since": future}).json() == {"posts": [], "more": False}
    assert account.call("GET", "/posts?since=yesterday").status_code == 422


def test_another_accounts_post_is_not_found(account, outsider):
    post = account.post().json()
    assert account.call("GET", f"/posts/{post['id']}").json()["text"] == "Hello"
    assert outsider.call("GET", f"/posts/{post['id']}").status_code == 404
    assert outsider.call("DELETE", f"/posts/{post['id']}").status_code == 404
    assert account.call("GET", f"/posts/{post['id']}").status_code == 200


def test_deleted_post_is_gone(server, account):
    keep, drop = account.post("Keep").json(), account.post("Drop").json()
    assert account.call("DELETE", f"/posts/{drop['id']}").status_code == 200
    assert account.call("GET", f"/posts/{drop['id']}").status_code == 404
    assert account.call("DELETE", f"/posts/{drop['id']}").status_code == 404
    assert [post["id"] for post in account.call("GET", "/posts").json()["posts"]] == [keep["id"]]
    assert requests.get(drop["url"], timeout=5).status_code == 404
    assert len(server.events("delete", id=drop["id"])) == 1


@pytest.mark.parametrize(
    ("body", "error", "field"),
    [
        ({"text": ""}, "empty", "text"),
        ({"text": "   "}, "empty", "text"),
        ({"text": "x" * 501}, "too_long", "text"),
        ({"text": 7}, "not_text", "text"),
        ({"text": "a\x00b"}, "not_text", "text"),
        ({"text": "a\ud800b"}, "not_text", "text"),
        ({"text": "a", "link": "javascript:alert(1)"}, "not_a_link", "link"),
        ({"text": "a", "link": "https://user@host/"}, "not_a_link", "link"),
        ({"text": "a", "link": "https://example.org/" + "x" * 2050}, "too_long", "link"),
        ({"text": "a", "link": 5}, "not_text", "link"),
        ({"text": "a", "media_ids": "m1"}, "bad_media", "media_ids"),
        ({"text": "a", "media_ids": ["nothing"]}, "unknown_media", "media_ids"),
        ({"text": "a", "media_ids": ["1", "2", "3", "4", "5"]}, "too_many_images", "media_ids"),
    ],
)
def test_post_outside_the_limits_is_refused_with_the_field(server, account, body, error, field):
    answer = account.call("POST", "/posts", json=body)
    assert answer.status_code == 422
    assert (answer.json()["error"], answer.json()["field"]) == (error, field)
    assert answer.json()["message"].endswith(".")
    assert account.posts_in_log() == []
    (request,) = server.events("request", account=account.handle)
    assert (request["disposition"], request["reason"]) == ("refused", error)


def test_another_accounts_image_is_refused(account, outsider, picture):
    media = outsider.upload(picture()).json()
    assert account.post(media_ids=[media["id"]]).json()["error"] == "unknown_media"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_image_kinds_are_taken(account, picture, kind):
    assert account.upload(picture(kind), alt="x").json()["type"] == f"image/{kind.lower()}"


def test_image_alone_is_a_post(account, picture):
    media = account.upload(picture()).json()
    assert account.post("", media_ids=[media["id"]]).status_code == 201


def test_expired_token_says_so(server, account):
    assert server.admin("POST", "/tokens/expire", json={"account": account.handle}).json() == {"expired": 1}
    answer = account.post()
    assert (answer.status_code, answer.json()["error"]) == (401, "expired_token")
    assert account.requests_in_log() == ["expired"]
    fresh = server.account(account.handle)
    assert fresh.token != account.token
    assert fresh.post().status_code == 201
