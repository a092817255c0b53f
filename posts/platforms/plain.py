"""From the HTML of a status back to the text that a person wrote.

Source of the markup: Mastodon's own statuses as its API gives them (docs.joinmastodon.org, Status entity,
`content`; and "HTML sanitization" in its ActivityPub spec). Servers of other software use a part of it.

The reader is our own, because the standard library's needs time with the square of a hostile text's length
and raises at some. This one is linear and takes anything.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass

# No tag of sanitised HTML holds an angle bracket, not even in an attribute.
_TAG = re.compile(r"<(?:(/?)([a-zA-Z][a-zA-Z0-9]*)([^<>]*)|[!?][^<>]*)>")
_ATTRIBUTE = re.compile(r"""(?<![\w-])(href|class)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_BLOCKS = frozenset(("blockquote", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "pre", "ul"))
_GAPS = re.compile(r"\n{3,}")


@dataclass(slots=True)
class _Link:
    href: str
    start: int  # where its text begins among the parts
    shortened: bool = False


def plain_text(content: str, *, mention: Callable[[str, str], str] = lambda href, shown: shown) -> str:
    """`content` as text: paragraphs a line apart, addresses in full, tags and mentions as they are shown.

    `mention` gets a mentioned account's address and the name shown for it, and gives the text to put there.
    """
    parts: list[str] = []
    link: _Link | None = None
    position = 0
    for match in _TAG.finditer(content):
        parts.append(html.unescape(content[position : match.start()]))
        position = match.end()
        closing, name, attributes = match.group(1), (match.group(2) or "").lower(), match.group(3)
        if name == "br":
            parts.append("\n")
        elif name in _BLOCKS:
            parts.append("\n\n")
        elif name == "a":
            if link:
                parts[link.start :] = [_link_text(link, "".join(parts[link.start :]), mention)]
            link = None if closing else _Link(_attributes(attributes).get("href", ""), len(parts))
        elif name == "span" and link and not closing:
            classes = _attributes(attributes).get("class", "").split()
            link.shortened = link.shortened or "invisible" in classes or "ellipsis" in classes
    parts.append(html.unescape(content[position:]))
    return _GAPS.sub("\n\n", "".join(parts)).strip()


def _link_text(link: _Link, shown: str, mention: Callable[[str, str], str]) -> str:
    if shown.startswith("@"):
        return mention(link.href, shown)
    cut = link.shortened or shown.endswith(("…", "..."))
    return link.href if cut and link.href else shown


def _attributes(text: str) -> dict[str, str]:
    return {
        match.group(1).lower(): html.unescape(match.group(2) or match.group(3) or "")
        for match in _ATTRIBUTE.finditer(text)
    }
