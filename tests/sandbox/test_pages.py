"""What everybody can see."""

import base64
import html
import re
from datetime import UTC, datetime, timedelta

import pytest
import requests


def _get(server, path, **options):
    return requests.get(server.url + path, timeout=10, **options)


def test_feed_shows_text_image_alt_text_and_link(server, account, picture):
    media = account.upload(picture(), alt='A "teal" <field>').json()
    post = account.post(
        "Come <b>along</b> & see https://example.org/a.",
        link="https://www.example.org/way/",
        media_ids=[media["id"]],
    ).json()
    for path in ("/", f"/@{account.handle}", f"/@{account.handle}/{post['id']}"):
        page = _get(server, path)
        assert page.status_code == 200
        assert "nothing here reaches the real world" in page.text
        assert "Come &lt;b&gt;along&lt;/b&gt; &amp; see" in page.text
        assert 'href="https://example.org/a"' in page.text
        assert 'alt="A &#34;teal&#34; &lt;field&gt;"' in page.text
        assert f'src="/media/{media["id"]}"' in page.text
        assert "<strong>example.org</strong>" in page.text
    image = _get(server, f"/media/{media['id']}")
    assert (image.headers["Content-Type"], image.content) == ("image/png", picture())
    assert "immutable" in image.headers["Cache-Control"]


def test_feed_is_newest_first_and_pages_without_gaps(server, account):
    begin = datetime(2025, 5, 1, tzinfo=UTC)
    items = [
        {
            "account": account.handle,
            "text": f"Number {n:02}",
            "created_at": (begin + timedelta(hours=n)).isoformat(),
            "external_key": f"{account.handle}-{n}",
        }
        for n in range(45)
    ]
    server.admin("POST", "/import", json={"posts": items})
    seen, path = [], f"/?account={account.handle}"
    while path:
        page = _get(server, path).text
        seen += re.findall(r"Number (\d\d)", page)
        older = re.search(r'href="(\?[^"]*before=[^"]+)"', page)
        path = "/" + html.unescape(older[1]) if older else None
    assert seen == [f"{n:02}" for n in reversed(range(45))]


def test_feed_can_show_one_account(server, account, outsider):
    account.post("From the one")
    outsider.post("From the other")
    page = _get(server, f"/?account={account.handle}").text
    assert "From the one" in page
    assert "From the other" not in page


def test_times_show_their_zone(server, account):
    account.post()
    assert re.search(
        r"<time datetime=\"[^\"]+Z\">\w{3} \d+ \w{3} \d{4}, \d\d:\d\d UTC</time>", _get(server, "/").text
    )


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/@nobody-here",
        "/@nobody-here/p1",
        "/media/m1",
        "/media/..%2Freceived.jsonl",
        "/static/app.py",
        "/?account=nobody",
    ],
)
def test_missing_page_is_plain(server, path):
    page = _get(server, path)
    assert page.status_code == 404
    assert "text/html" in page.headers["Content-Type"]


def test_post_is_not_shown_under_another_account(server, account, outsider):
    post = account.post().json()
    assert _get(server, f"/@{outsider.handle}/{post['id']}").status_code == 404


def test_pages_carry_strict_headers(server, account):
    account.post()
    for path in (
        "/",
        f"/@{account.handle}",
        "/switches",
        "/nothing",
        "/connect?redirect_uri=http://127.0.0.1:1/",
    ):
        page = _get(server, path)
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "same-origin"
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page.text)


def test_name_of_another_site_is_not_answered(server):
    assert _get(server, "/", headers={"Host": "evil.example"}).status_code == 403
    assert _get(server, "/", headers={"Host": "127.0.0.1.evil.example"}).status_code == 403
    assert _get(server, "/", headers={"Host": "localhost:8100"}).status_code == 200


def test_image_without_alt_text_says_so(server, account, picture):
    data = base64.b64encode(picture()).decode()
    item = {"account": account.handle, "text": "Bare", "created_at": "2025-01-01T00:00:00Z"}
    item |= {"external_key": f"bare-{account.handle}", "media": [{"data_base64": data}]}
    assert server.admin("POST", "/import", json={"posts": [item]}).status_code == 200
    assert "No description was sent for this image." in _get(server, f"/@{account.handle}").text


def test_open_feed_looks_for_new_posts_until_somebody_keeps_it_still(server, account):
    account.post()
    feed = _get(server, "/")
    assert feed.headers["Refresh"] == "4"
    assert "Keep it still" in feed.text
    for path in ("/?still=1", f"/?account={account.handle}", f"/@{account.handle}"):
        assert "Refresh" not in _get(server, path).headers
