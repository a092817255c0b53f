"""What a web page says of itself, for the card under a post: title, description and picture.

Sources: ogp.me (The Open Graph protocol), the HTML standard (meta, title, prescanning for an encoding). For
platforms that look at no page themselves. The page is a stranger's: it is fetched through `Http.discover`, of
it only the beginning is read, in time that grows with its length alone, and its picture is drawn anew.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import PIL.Image

from .base import PlatformError
from .deadline import Deadline
from .http import Answer, Http

PAGE_BYTES_MAX = 3 * 1024 * 1024
HEAD_MAX = 512 * 1024  # of a page; the tags of interest are at its beginning
TAGS_MAX = 300
TAG_LENGTH_MAX = 4000
TITLE_MAX = 300
DESCRIPTION_MAX = 1000
PICTURE_BYTES_MAX = 8 * 1024 * 1024
PICTURE_PIXELS_MAX = 25_000_000
PICTURE_SIDE = 1200  # of the drawn picture
PICTURE_DRAWN_MAX = 900_000  # bytes; the least that any platform with cards takes is 1,000,000
SECONDS_MAX = 8.0

_TYPES = ("JPEG", "PNG", "WEBP", "GIF")
_ATTRIBUTE = re.compile(r"""([a-zA-Z:-]{1,30})\s{0,20}=\s{0,20}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_CHARSET = re.compile(r"""charset\s{0,10}=\s{0,10}["']?\s{0,10}([A-Za-z0-9_-]{1,40})""", re.IGNORECASE)
# Only these: some of Python's codecs are no charsets, and some are slow.
_CHARSETS = re.compile(
    r"utf-?8|iso-8859-(?:1|2|15)|windows-125[0-4]|koi8-r|shift_jis|euc-(?:jp|kr)|gb2312|gbk|big5"
)


@dataclass(frozen=True, slots=True)
class Card:
    """A page in short. `title` and `description` may be "", `image` None where there is no good one."""

    title: str
    description: str = ""
    image: bytes | None = None
    image_type: str = ""


def fetch_card(http: Http, url: str, *, by: Deadline) -> Card | None:
    """The card of the page at `url`; None where there is none to be had. Never raises.

    A post does not wait for its card: it takes at most half of the time that is left, and never long.
    """
    by = Deadline(min(SECONDS_MAX, by.remaining() / 2))
    try:
        page = http.discover(
            _secure(url), deadline=by, body_max=PAGE_BYTES_MAX, accept="text/html,application/xhtml+xml"
        )
    except PlatformError:
        return None
    if page.status != 200 or "html" not in page.headers.get("Content-Type", "html").lower():
        return None
    if page.headers.get("Content-Encoding", "identity").lower() != "identity":
        return None  # we ask for none
    told = read_page(_text(page))
    image = _picture(http, told["image"], page.url or url, by) if told["image"] else None
    card = Card(told["title"], told["description"], image, "image/jpeg" if image else "")
    return card if card.title or card.description or card.image else None


def read_page(text: str) -> dict[str, str]:
    """Title, description and image of an HTML page, "" for what it does not say."""
    meta: dict[str, str] = {}
    for attributes in _meta(text):
        name = (attributes.get("property") or attributes.get("name") or "").lower()
        if name and attributes.get("content"):
            meta.setdefault(name, attributes["content"])

    def first(*names: str) -> str:
        return next((meta[name] for name in names if meta.get(name)), "")

    title = first("og:title", "twitter:title") or _title(text)
    description = first("og:description", "twitter:description", "description")
    image = first("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")
    return {
        "title": _line(title, TITLE_MAX),
        "description": _line(description, DESCRIPTION_MAX),
        "image": html.unescape(image).strip(),
    }


def _secure(url: str) -> str:
    return f"https://{url[7:]}" if url[:7].lower() == "http://" and _is_default_port(url) else url


def _is_default_port(url: str) -> bool:
    try:
        return urlsplit(url).port is None
    except ValueError:
        return False


def _text(page: Answer) -> str:
    head = page.body[:HEAD_MAX]
    told = _CHARSET.search(page.headers.get("Content-Type", "")) or _CHARSET.search(
        head[:1024].decode("latin-1")
    )
    charset = told[1].lower() if told and _CHARSETS.fullmatch(told[1].lower()) else "utf-8"
    return head.decode(charset, "replace").removeprefix("\ufeff")


def _meta(text: str) -> Iterator[dict[str, str]]:
    """The attributes of the first meta tags."""
    lower, position = text.lower() if text.isascii() else _ascii_lower(text), 0
    for _ in range(TAGS_MAX):
        position = lower.find("<meta", position)
        if position < 0:
            return
        inside = text[position + 5 : position + 5 + TAG_LENGTH_MAX]
        yield _attributes(inside)
        position += 5


def _attributes(inside: str) -> dict[str, str]:
    """The attributes at the beginning of `inside`, up to the end of their tag."""
    found: dict[str, str] = {}
    position = 0
    while position < len(inside) and inside[position] != ">":
        match = _ATTRIBUTE.match(inside, position)
        if match:
            found.setdefault(match[1].lower(), next((part for part in match.groups()[1:] if part), ""))
            position = match.end()
        else:
            position += 1
    return found


def _title(text: str) -> str:
    lower = _ascii_lower(text)
    start = lower.find("<title")
    start = lower.find(">", start) + 1 if start >= 0 else 0
    end = lower.find("</title", start) if start > 0 else -1
    return text[start : min(end, start + TAG_LENGTH_MAX)] if end > 0 else ""


def _ascii_lower(text: str) -> str:
    """`text` in lower case, as long as before: `str.lower` makes some letters two."""
    return text.translate(_LOWER)


_LOWER = {ord("A") + number: ord("a") + number for number in range(26)}


def _line(text: str, limit: int) -> str:
    """`text` from HTML as one line of printable characters, cut at a word where it is too long."""
    words = " ".join(html.unescape(text[:TAG_LENGTH_MAX]).split())
    words = "".join(char for char in words if char.isprintable())
    if len(words) <= limit:
        return words
    cut = words[: limit - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[limit // 2 :] else cut).rstrip() + "…"


def _picture(http: Http, address: str, base: str, by: Deadline) -> bytes | None:
    """The picture at `address` as a JPEG of moderate size, None where it is none."""
    try:
        url = _secure(urljoin(base, address))
        answer = http.discover(
            url, deadline=by, body_max=PICTURE_BYTES_MAX, accept="image/jpeg,image/png,image/webp,image/gif"
        )
    except (PlatformError, ValueError):
        return None
    return draw(answer.body) if answer.status == 200 else None


def draw(data: bytes) -> bytes | None:
    """A picture anew, as a JPEG of at most `PICTURE_DRAWN_MAX` bytes; None where it cannot be drawn."""
    try:
        picture = PIL.Image.open(io.BytesIO(data), formats=_TYPES)
        if picture.width * picture.height > PICTURE_PIXELS_MAX:
            return None
        picture.draft("RGB", (PICTURE_SIDE, PICTURE_SIDE))
        picture.thumbnail((PICTURE_SIDE, PICTURE_SIDE))
        return _jpeg(_on_white(picture))
    except Exception:  # whatever a decoder makes of a stranger's bytes, the post goes out without them
        return None


def _on_white(picture: PIL.Image.Image) -> PIL.Image.Image:
    if picture.mode in ("RGB", "L"):
        return picture
    layered = picture.convert("RGBA")
    ground = PIL.Image.new("RGBA", layered.size, "white")
    return PIL.Image.alpha_composite(ground, layered).convert("RGB")


def _jpeg(picture: PIL.Image.Image) -> bytes | None:
    for quality in (85, 70, 50):
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= PICTURE_DRAWN_MAX:
            return out.getvalue()
    return None
