"""Link cards: what a stranger's page says of itself. No Django, no database."""

from __future__ import annotations

import io
import time

import PIL.Image
import pytest

from posts.platforms.cards import PICTURE_DRAWN_MAX, PICTURE_SIDE, Card, draw, fetch_card, read_page
from posts.platforms.deadline import Deadline
from posts.platforms.egress import Egress
from posts.platforms.http import Http
from tests.support import proxy
from tests.support.proxy import Proxy, Reply

HTML = {"Content-Type": "text/html; charset=utf-8"}
PAGE = """<!doctype html><html><head><title>Plain &amp; simple</title>
<meta name="description" content="Plain words"><meta property="og:title" content="Boats &amp; gulls">
<meta content='In the "old" harbour' property='og:description'><meta property=og:image content=/boat.png>
</head><body>"""


def picture(size=(40, 30), mode="RGB", kind="PNG") -> bytes:
    out = io.BytesIO()
    PIL.Image.new(mode, size).save(out, kind)
    return out.getvalue()


def page(server: Proxy, body: str | bytes, headers: dict[str, str] = HTML, status: int = 200) -> None:
    server.on("GET", "/page$", Reply(status, headers, body.encode() if isinstance(body, str) else body))


def card(client: Http, server: Proxy, seconds: float = 5) -> Card | None:
    return fetch_card(client, f"{server.url}/page", by=Deadline(seconds))


def test_title_description_and_picture_of_a_page(client, lone):
    page(lone, PAGE)
    lone.on("GET", "/boat.png$", Reply(200, {"Content-Type": "image/png"}, picture()))
    found = card(client, lone)
    assert (found.title, found.description) == ("Boats & gulls", 'In the "old" harbour')
    assert found.image_type == "image/jpeg"
    assert PIL.Image.open(io.BytesIO(found.image)).size == (40, 30)
    assert [one.headers["Accept"].split(",")[0] for one in lone.requests] == ["text/html", "image/jpeg"]
    assert "Authorization" not in lone.requests[0].headers


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        ("", ("", "", "")),
        ("<title>\n A  title\t</title>", ("A title", "", "")),
        ("<TITLE lang=en>A</TITLE><META NAME=Description CONTENT=b>", ("A", "b", "")),
        ('<meta name="twitter:title" content="T"><title>t</title>', ("T", "", "")),
        ('<meta property="og:title" content=""><title>t</title>', ("t", "", "")),
        ('<meta property="og:title" content="a > b">', ("a > b", "", "")),
        ('<meta property="og:image" content="a?b=1&amp;c=2">', ("", "", "a?b=1&c=2")),
        ('<meta name="og:title" content="1"><meta name="og:title" content="2">', ("1", "", "")),
        ("<title>a\x1b[31m\u202eb</title>", ("a[31mb", "", "")),
        ("<title>&#99999999999999999999999999;</title>", ("\ufffd", "", "")),
        ("<title>never ends", ("", "", "")),
        ("<title", ("", "", "")),
        ('<meta property="og:title" content="never ends', ("", "", "")),
        ("<title>İ</title><title>x</title>", ("İ", "", "")),
    ],
)  # fmt: skip
def test_what_is_read_of_a_page(head, wanted):
    told = read_page(head)
    assert (told["title"], told["description"], told["image"]) == wanted


def test_long_texts_are_cut_at_a_word():
    told = read_page(f"<title>{'word ' * 100}</title><meta name=description content='{'x' * 3000}'>")
    assert told["title"].endswith("word…")
    assert len(told["title"]) <= 300
    assert len(told["description"]) == 1000


@pytest.mark.parametrize(
    "hostile",
    ["<meta " * 50_000, '<meta a="' * 50_000, "<meta " + "a" * 500_000, "<title>" * 70_000,
     "<meta " + 'a="' * 170_000, "<meta " + "a= " * 170_000, "&#" * 250_000, "<title>" + "&#9" * 160_000],
)  # fmt: skip
def test_hostile_pages_take_little_time(hostile):
    start = time.process_time()
    read_page(hostile)
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("headers", "body", "title"),
    [
        ({"Content-Type": "text/html; charset=iso-8859-1"}, "<title>Möwe</title>".encode("latin-1"), "Möwe"),
        ({}, '<meta charset="windows-1251"><title>Чайка</title>'.encode("cp1251"), "Чайка"),
        ({"Content-Type": "text/html"}, "<title>Möwe</title>".encode(), "Möwe"),
        ({"Content-Type": "text/html; charset=unicode_escape"}, b"<title>\\u0041</title>", "\\u0041"),
        ({"Content-Type": "text/html; charset=utf-7"}, b"<title>+AEE-</title>", "+AEE-"),
    ],
)  # fmt: skip
def test_encodings(client, lone, headers, body, title):
    page(lone, body, headers)
    assert card(client, lone).title == title


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (404, HTML, PAGE),
        (500, HTML, PAGE),
        (200, {"Content-Type": "application/pdf"}, PAGE),
        (200, {**HTML, "Content-Encoding": "gzip"}, PAGE),
        (200, HTML, ""),
        (200, HTML, "<html>nothing"),
        (200, HTML, "x" * (3 * 1024 * 1024 + 1)),
        (302, {"Location": "http://10.0.0.1/"}, ""),
        (302, {"Location": "file:///etc/passwd"}, ""),
    ],
)
def test_a_page_without_a_card(client, lone, status, headers, body):
    page(lone, body, headers, status)
    assert card(client, lone) is None


def test_a_redirect_is_followed(client, lone):
    page(lone, "", {"Location": "/there"}, 301)
    lone.on("GET", "/there$", Reply(200, HTML, b"<title>There</title>"))
    assert card(client, lone).title == "There"


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/x", "https://127.0.0.1/x", "ftp://e.org", "x", "https://a b.org"]
)
def test_addresses_that_may_not_be_called_have_no_card(url):
    http = Http(Egress())
    assert fetch_card(http, url, by=Deadline(5)) is None
    http.close()


@pytest.mark.parametrize(
    "image",
    ["http://10.0.0.1/x.png", "//127.0.0.1:1/x.png", "data:image/png;base64,AAAA", "http://[", "/none.png"],
)
def test_a_picture_that_cannot_be_had_leaves_the_card(client, lone, image):
    page(lone, f'<title>t</title><meta property="og:image" content="{image}">')
    assert card(client, lone) == Card("t")


@pytest.mark.parametrize(
    "behave", [proxy.silence, proxy.drip_body, proxy.drip_headers, proxy.drop_before, proxy.garbage]
)
def test_a_card_takes_half_of_the_time_at_most(client, lone, behave):
    lone.on("GET", "/page$", behave)
    start = time.monotonic()
    assert card(client, lone, seconds=1) is None
    assert time.monotonic() - start < 0.9


@pytest.mark.parametrize(
    "data",
    [b"", b"no picture", picture()[:60], b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture(kind="BMP")],
)
def test_what_is_no_picture_is_not_drawn(data):
    assert draw(data) is None


@pytest.mark.parametrize(
    ("mode", "kind"), [("RGBA", "PNG"), ("P", "GIF"), ("LA", "PNG"), ("CMYK", "JPEG"), ("L", "PNG")]
)
def test_every_kind_of_picture_is_drawn_as_a_jpeg(mode, kind):
    drawn = PIL.Image.open(io.BytesIO(draw(picture(mode=mode, kind=kind))))
    assert drawn.format == "JPEG"


def test_a_large_picture_is_made_smaller():
    noise = PIL.Image.effect_noise((2400, 1600), 100).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "PNG")
    drawn = draw(out.getvalue())
    assert len(drawn) <= PICTURE_DRAWN_MAX
    assert max(PIL.Image.open(io.BytesIO(drawn)).size) == PICTURE_SIDE


def test_a_picture_of_too_many_pixels_is_not_drawn():
    assert draw(picture(size=(6000, 5000), mode="1")) is None
