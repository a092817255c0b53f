"""What Meta's platforms refuse beyond what every platform's check covers: media that must be there, shapes,
videos, too many of something in the text."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import regex

from .base import Content, Limits, Problem
from .text import find_urls, graphemes, problems

_BARE = regex.compile(r"(?<![\p{L}\p{N}@_./-])www\.[^\s<>\"“”«»/]+\.[^\s<>\"“”«»]+", regex.IGNORECASE)
_HASHTAG = regex.compile(r"(?<![\w&/])#\w+")
_MENTION = regex.compile(r"(?<![\w/.])@[\w.]+")
_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3")
_GRAPHEME = regex.compile(r"\X")


def check(content: Content, limits: Limits, *, length: int, who: str) -> list[Problem]:
    """Every reason why `who` would refuse `content`, whose text counts `length`."""
    # The shared check takes a post without text, link and image for an empty one; a video makes it none.
    shown = content
    if content.video is not None and not content.text.strip():
        shown = dataclasses.replace(content, text=".")
    found = problems(shown, limits, length=length, who=who)
    found += _media(content, limits, who)
    known = {problem.message for problem in found}
    found += [problem for problem in _shapes(content, limits, who) if problem.message not in known]
    return found


def _media(content: Content, limits: Limits, who: str) -> Iterator[Problem]:
    if limits.media_required and not content.images and content.video is None:
        yield Problem("images", f"{who} takes no posts of text alone. Add an image or a video.")
    if content.video is None:
        return
    if limits.video is None:
        yield Problem("video", f"{who} takes no videos from this account. Use images instead.")
        return
    if content.images:
        yield Problem("video", f"{who} takes images or a video, not both. Take one of them out.")
    yield from _video(content.video, limits, who)


def _video(video, limits: Limits, who: str) -> Iterator[Problem]:
    allowed = limits.video
    if video.mime not in allowed.types:
        yield Problem("video", f"{who} does not take this kind of video. Use an MP4 file.")
    if video.size > allowed.bytes_max:
        megabytes = allowed.bytes_max // 1_000_000
        yield Problem("video", f"The video is larger than the {megabytes} MB that {who} takes.")
    if video.seconds > allowed.seconds_max:
        minutes = allowed.seconds_max / 60
        yield Problem("video", f"The video is longer than the {minutes:g} minutes that {who} takes.")
    if video.seconds < allowed.seconds_min:
        yield Problem("video", f"The video is shorter than the {allowed.seconds_min:g} seconds {who} needs.")
    over = graphemes(video.alt) - limits.alt_max
    if over > 0:
        yield Problem("alt", f"The description of the video is {over} characters too long for {who}.")


def _shapes(content: Content, limits: Limits, who: str) -> Iterator[Problem]:
    if limits.image_ratio is None:
        return
    narrowest, widest = limits.image_ratio
    for number, image in enumerate(content.images, 1):
        ratio = image.width / image.height if image.height else 0.0
        # Whole pixels: an image cut to the limit may miss it by less than one.
        if ratio < narrowest and (image.width + 1) / max(1, image.height) < narrowest:
            yield Problem("images", f"Image {number} is too tall and narrow for {who}. Crop it.")
        elif ratio > widest and (image.width - 1) / max(1, image.height) > widest:
            yield Problem("images", f"Image {number} is too wide and low for {who}. Crop it.")


def too_many_links(text: str, link: str, limits: Limits, who: str) -> Iterator[Problem]:
    """Threads counts each different address once, in the text and as attachment ("Text attachments")."""
    found = {text[start:end] for start, end in find_urls(text)} | set(_BARE.findall(text))
    if link:
        found.add(link)
    if limits.links_max is not None and len(found) > limits.links_max:
        yield Problem(
            "text", f"{who} takes at most {limits.links_max} different links; here are {len(found)}."
        )


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
