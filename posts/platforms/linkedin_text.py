"""LinkedIn's "little text", in which the words of a post are written.

Source: learn.microsoft.com (LinkedIn Marketing, "little Text Format"). Some signs have a meaning there; one
that is not escaped may cut the post off at its place without any error. Hashtags are the one meaning the hub
uses: `#word` stays as it is.
"""

from __future__ import annotations

import re

import regex

from .text import find_urls

_RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")
# A hashtag begins a word and has a letter; `#` elsewhere is just a sign.
_HASHTAG = regex.compile(r"(?<![\p{L}\p{M}\p{N}_&#/\\])#(?=\p{N}*\p{L})")
_TEMPLATE = re.compile(r"\{hashtag\|\\?#\|((?:[^\\|{}]|\\.)*)\}")
_MENTION = re.compile(r"@\[((?:[^\\\[\]]|\\.)*)\]\((?:[^\\()]|\\.)*\)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def little(text: str) -> str:
    """`text` with every sign that has a meaning escaped, but for the `#` of hashtags."""
    pieces, position = [], 0
    for start, end in find_urls(text):
        pieces += [_with_hashtags(text[position:start]), _escaped(text[start:end])]
        position = end
    return "".join([*pieces, _with_hashtags(text[position:])])


def plain(text: str) -> str:
    """What a person reads of a little text."""
    text = _TEMPLATE.sub(lambda match: f"#{match[1]}", text)
    text = _MENTION.sub(lambda match: match[1], text)
    return _ESCAPED.sub(r"\1", text)


def length(text: str) -> int:
    """The length of `text` escaped, in UTF-16 units: LinkedIn does not say how it counts."""
    return len(little(text).encode("utf-16-le", "surrogatepass")) // 2


def _with_hashtags(text: str) -> str:
    pieces = _HASHTAG.split(text)
    return "#".join(map(_escaped, pieces))


def _escaped(text: str) -> str:
    return _RESERVED.sub(r"\\\g<0>", text)
