"""The text of a Bluesky post: links, mentions and hashtags found, links shown short, all counted in bytes.

Sources: docs.bsky.app (Links, mentions, and rich text), the lexicons app.bsky.feed.post and
app.bsky.richtext.facet, atproto.com/specs/handle. Nothing is detected by the server: what has no facet is
plain text. What counts as a hashtag and how a link is shortened is as in Bluesky's own app, whose length
counts links as they are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import idna
import regex

from .text import find_urls, graphemes

SHOWN_PATH_MAX = 15  # characters of a path that are shown in full
CUT_PATH = 13  # characters of a longer one
TAG_MAX = 64  # graphemes

_HANDLE = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
HANDLE = regex.compile(_HANDLE, regex.IGNORECASE | regex.ASCII)
_MENTION = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}_@./-])@((?>{_HANDLE}))(?![\p{{L}}\p{{N}}_@-])", regex.IGNORECASE
)
_INVISIBLE = "\u00ad\u2060\u200a\u200b\u200c\u200d\u20e2"
_TAG = regex.compile(rf"(?<!\S)[#＃](?!\ufe0f)([^\s{_INVISIBLE}]+)")
_TRAILING = regex.compile(r"\p{P}+$")
_WORDLIKE = regex.compile(r"[^\d\s\p{P}]")
_URI_SIGNS = "%/:?#[]@!$&'()*+,;=~"
_GRAPHEME = regex.compile(r"\X")


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the text as typed that is more than words. `value` is an address, a handle or a tag."""

    start: int
    end: int
    kind: str  # "link", "mention" or "tag"
    value: str


def spans(text: str) -> list[Span]:
    """Links, mentions and hashtags of `text` in their order, none of them inside another."""
    found = [Span(start, end, "link", text[start:end]) for start, end in find_urls(text)]
    found += [Span(m.start(), m.end(), "mention", m[1].lower()) for m in _MENTION.finditer(text)]
    found += list(_tags(text))
    found.sort(key=lambda span: (span.start, span.kind != "link"))
    kept: list[Span] = []
    for span in found:
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def mentions(text: str) -> list[str]:
    """The handles that `text` mentions, each once."""
    return list(dict.fromkeys(span.value for span in spans(text) if span.kind == "mention"))


def shown(text: str) -> str:
    """`text` as people see it, links shortened."""
    return render(text, {})[0]


def render(text: str, dids: Mapping[str, str]) -> tuple[str, list[dict[str, Any]]]:
    """The text as people see it, and its facets. A mention without a DID in `dids` stays plain text."""
    pieces: list[str] = []
    facets: list[dict[str, Any]] = []
    position = length = 0  # in the typed text; in bytes of the shown one

    def add(piece: str) -> None:
        nonlocal length
        pieces.append(piece)
        length += len(piece.encode())

    for span in spans(text):
        add(text[position : span.start])
        begin, position = length, span.end
        add(short_link(span.value) if span.kind == "link" else text[span.start : span.end])
        feature = _feature(span, dids)
        if feature:
            facets.append({"index": {"byteStart": begin, "byteEnd": length}, "features": [feature]})
    add(text[position:])
    return "".join(pieces), facets


def typed(text: str, facets: object) -> str:
    """The other way round: a post's text with its shortened links in full. Odd facets are passed over."""
    data, position = text.encode("utf-8", "replace"), 0
    pieces: list[bytes] = []
    for start, end, uri in sorted(_links_of(facets, len(data))):
        if start >= position:
            full = f"{uri.partition('://')[0]}://{data[start:end].decode('utf-8', 'replace')}"
            link = full if ascii_link(full) == uri else uri
            pieces += [data[position:start], link.encode("utf-8", "replace")]
            position = end
    pieces.append(data[position:])
    return b"".join(pieces).decode("utf-8", "replace")


def short_link(url: str) -> str:
    """An address as Bluesky's app shows it: without its scheme, a long path cut."""
    host, path = _host_and_path(url)
    if path == "/":
        path = ""
    if len(path) > SHOWN_PATH_MAX:
        path = "".join(_GRAPHEME.findall(path)[:CUT_PATH]) + "..."
    return host + path


def ascii_link(url: str) -> str:
    """`url` in the characters that a URI may have (RFC 3986): the host in punycode, the rest encoded."""
    scheme, _, _ = url.partition("://")
    host, path = _host_and_path(url)
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()
        except idna.IDNAError:
            host = quote(host, safe=":@")
    return f"{scheme}://{host}" + quote(path, safe=_URI_SIGNS)


def _host_and_path(url: str) -> tuple[str, str]:
    rest = url.partition("://")[2]
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    return rest[:end], rest[end:]


def _tags(text: str) -> Iterator[Span]:
    for match in _TAG.finditer(text):
        tag = _TRAILING.sub("", match[1])
        if tag and _WORDLIKE.search(tag) and graphemes(tag) <= TAG_MAX:
            yield Span(match.start(), match.start(1) + len(tag), "tag", tag)


def _feature(span: Span, dids: Mapping[str, str]) -> dict[str, str] | None:
    if span.kind == "link":
        return {"$type": "app.bsky.richtext.facet#link", "uri": ascii_link(span.value)}
    if span.kind == "tag":
        return {"$type": "app.bsky.richtext.facet#tag", "tag": span.value}
    did = dids.get(span.value)
    return {"$type": "app.bsky.richtext.facet#mention", "did": did} if did else None


def _links_of(facets: object, length: int) -> Iterator[tuple[int, int, str]]:
    for facet in facets if isinstance(facets, list) else []:
        index = facet.get("index") if isinstance(facet, dict) else None
        features = facet.get("features") if isinstance(facet, dict) else None
        if not isinstance(index, dict) or not isinstance(features, list):
            continue
        start, end = index.get("byteStart"), index.get("byteEnd")
        uris = [one.get("uri") for one in features if isinstance(one, dict)]
        if type(start) is type(end) is int and 0 <= start < end <= length:
            yield from ((start, end, uri) for uri in uris[:1] if isinstance(uri, str))
