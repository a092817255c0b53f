"""What Meta's platforms refuse beyond what every platform's check covers, and how Threads counts."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from .base import Problem

_HASHTAG = regex.compile(r"(?<![\w&/])#\w+")
_MENTION = regex.compile(r"(?<![\w/.])@[\w.]+")
_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3")
_GRAPHEME = regex.compile(r"\X")


def too_many_tags(text: str, who: str, *, hashtags: int, mentions: int) -> Iterator[Problem]:
    """More hashtags or mentions than one caption may have."""
    if (count := len(_HASHTAG.findall(text))) > hashtags:
        yield Problem("text", f"{who} takes at most {hashtags} hashtags; here are {count}.")
    if (count := len(_MENTION.findall(text))) > mentions:
        yield Problem("text", f"{who} takes at most {mentions} mentions; here are {count}.")


def count_with_emoji_bytes(text: str) -> int:
    """Characters of `text`, each emoji as its length in UTF-8 (Threads API "Posts", limitations)."""
    if text.isascii():
        return len(text)
    return sum(
        len(sign.encode()) if _EMOJI.search(sign) else len(sign)
        for sign in (match.group() for match in _GRAPHEME.finditer(text))
    )
