"""How long a text is, and what is wrong with a post: the counting that composer and adapters share."""

from __future__ import annotations

from urllib.parse import urlsplit

import regex

from .base import Content, Limits, Problem

_GRAPHEME = regex.compile(r"\X")
# An address begins with its scheme, not inside a word, and ends before the punctuation of the sentence.
URL = regex.compile(r"(?<![\p{L}\p{N}@_./])https?://[^\s<>\"“”«»]+", regex.IGNORECASE)
URL_TO_SPACE = regex.compile(r"https?://\S+", regex.IGNORECASE)
# What platforms make a link of without a scheme.
_BARE = regex.compile(r"(?<![\p{L}\p{N}@_./-])www\.[^\s<>\"“”«»/]+\.[^\s<>\"“”«»]+", regex.IGNORECASE)
_MENTION = regex.compile(
    r"(?<![\p{L}\p{N}_/@.])(@[\p{L}\p{N}_]+(?:[.-]+[\p{L}\p{N}_]+)*)@[\p{L}\p{N}.-]*[\p{L}\p{N}]"
)
_TRAILING = ".,;:!?'’…*_~"
_PAIRS = {")": "(", "]": "[", "}": "{"}


def graphemes(text: str) -> int:
    """What a person sees as characters (Unicode UAX 29 extended grapheme clusters)."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    return sum(1 for _ in _GRAPHEME.finditer(text))


def _end_of_url(text: str) -> int:
    end = len(text)
    while end:
        last = text[end - 1]
        opening = _PAIRS.get(last)
        unbalanced = opening is not None and text.count(last, 0, end) > text.count(opening, 0, end)
        if last not in _TRAILING and not unbalanced:
            break
        end -= 1
    return end


def find_urls(text: str) -> list[tuple[int, int]]:
    """Where the http(s) addresses in `text` begin and end, the sentence's own punctuation left out."""
    spans = []
    for match in URL.finditer(text):
        end = match.start() + _end_of_url(match.group())
        if urlsplit_host(text[match.start() : end]):
            spans.append((match.start(), end))
    return spans


def urlsplit_host(url: str) -> str:
    """The host of `url`, or "" where it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def count_text(text: str, *, url_length: int | None = None, short_mentions: bool = False) -> int:
    """Graphemes of `text`.

    With `url_length` each http(s) address counts as that many; with `short_mentions` of `@user@domain` only
    `@user` counts (Mastodon, docs.joinmastodon.org/user/posting).
    """
    spans = find_urls(text) if url_length is not None and "://" in text else []
    pieces, position = [], 0
    for start, end in spans:
        pieces.append(text[position:start])
        position = end
    pieces.append(text[position:])
    if short_mentions and text.count("@") > 1:
        pieces = [_MENTION.sub(r"\1", piece) for piece in pieces]
    return sum(map(graphemes, pieces)) + len(spans) * (url_length or 0)


def join_link(text: str, link: str) -> str:
    """`text` with `link` on a paragraph of its own, for platforms without a link field."""
    if not link or link in text:
        return text
    return f"{text.rstrip()}\n\n{link}" if text.strip() else link


def problems(
    content: Content, limits: Limits, *, length: int, who: str, sent: str | None = None
) -> list[Problem]:
    """Every reason why `who` would refuse `content`, whose text counts `length`.

    `sent` is the text as it goes out where that differs from the content's own; its bytes are counted.
    """
    return [
        *_presence_problems(content, limits, who),
        *_text_problems(content.text if sent is None else sent, limits, length, who),
        *(_link_problems(content.link, limits, who) if content.link else ()),
        *_links_problems(content, limits, who),
        *_images_problems(content, limits, who),
        *(_video_problems(content.video, limits, who) if content.video else ()),
    ]


def _presence_problems(content, limits, who):
    has_media = bool(content.images or content.video)
    if limits.media_required and not has_media:
        video = " or a video" if limits.video else ""
        yield Problem("images", f"{_begin(who)} takes no post of words alone. Add an image{video}.")
    elif not content.text.strip() and (limits.text_required or not (has_media or content.link)):
        yield Problem("text", "Write something or add an image: this post is empty.")
    if content.images and content.video:
        yield Problem("video", f"{_begin(who)} takes images or a video, not both. Take one or the other out.")


def _text_problems(text, limits, length, who):
    if length > limits.text_max:
        over = length - limits.text_max
        yield Problem(
            "text", f"The text is {over} too long for {who}, which takes {limits.text_max} characters."
        )
    elif limits.text_bytes_max is not None and len(text.encode(errors="replace")) > limits.text_bytes_max:
        yield Problem(
            "text",
            f"The text has too many emoji or special characters for {who}, which takes "
            f"{limits.text_bytes_max} bytes. Shorten it a little.",
        )


def _links_problems(content, limits, who):
    if limits.links_max is None:
        return
    found = {content.text[start:end] for start, end in find_urls(content.text)}
    found.update(bare[: _end_of_url(bare)] for bare in _BARE.findall(content.text))
    found.update([content.link] if content.link else [])
    if len(found) > limits.links_max:
        links = "one link" if limits.links_max == 1 else f"{limits.links_max} different links"
        yield Problem("text", f"{_begin(who)} takes at most {links} in a post, and here are {len(found)}.")


def _images_problems(content, limits, who):
    if len(content.images) > limits.images_max:
        yield Problem(
            "images", f"{_begin(who)} takes at most {_counted(limits.images_max, 'image')} in a post."
        )
    for number, image in enumerate(content.images, 1):
        yield from _image_problems(number, image, limits, who)


def _counted(number, word):
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _link_problems(link, limits, who):
    if not URL_TO_SPACE.fullmatch(link) or not urlsplit_host(link):
        yield Problem("link", "Give the link as a full web address, beginning with https:// or http://.")
    elif len(link) > limits.link_max:
        yield Problem("link", f"The link is longer than the {limits.link_max} characters {who} takes.")


def _image_problems(number, image, limits, who):
    if image.mime not in limits.image_types:
        kinds = ", ".join(kind.partition("/")[2].upper() for kind in limits.image_types)
        yield Problem("images", f"{_begin(who)} does not take image {number} as it is. It takes {kinds}.")
    if image.size > limits.image_bytes_max:
        most = _size(limits.image_bytes_max)
        yield Problem("images", f"Image {number} is larger than the {most} that {who} takes.")
    if image.width * image.height > limits.image_pixels_max:
        megapixels = limits.image_pixels_max // 1_000_000
        yield Problem("images", f"Image {number} has more than the {megapixels} megapixels that {who} takes.")
    if limits.image_width_max is not None and image.width > limits.image_width_max:
        yield Problem(
            "images", f"Image {number} is wider than the {limits.image_width_max} pixels that {who} takes."
        )
    if limits.image_ratio is not None:
        narrowest, widest = limits.image_ratio
        if not narrowest <= image.width / image.height <= widest:
            shape = "narrow" if image.width / image.height < narrowest else "wide"
            yield Problem("images", f"Image {number} is too {shape} for {who}. Choose one of another shape.")
    length = graphemes(image.alt)
    if length > limits.alt_max:
        over = length - limits.alt_max
        yield Problem(
            "alt", f"The description of image {number} is {_counted(over, 'character')} too long for {who}."
        )


def _video_problems(video, limits, who):
    takes = limits.video
    if takes is None:
        yield Problem(
            "video", f"{_begin(who)} takes no videos from the hub. Take out the video, or this account."
        )
        return
    if video.mime not in takes.types:
        kinds = ", ".join(kind.partition("/")[2].upper() for kind in takes.types)
        yield Problem("video", f"{_begin(who)} does not take this kind of video. It takes {kinds}.")
    if video.size > takes.bytes_max:
        yield Problem("video", f"The video is larger than the {_size(takes.bytes_max)} that {who} takes.")
    if video.size < takes.bytes_min:
        yield Problem("video", f"The video is smaller than the {_size(takes.bytes_min)} that {who} asks.")
    if video.seconds > takes.seconds_max:
        yield Problem("video", f"The video is longer than the {_time(takes.seconds_max)} that {who} takes.")
    if video.seconds < takes.seconds_min:
        yield Problem("video", f"The video is shorter than the {_time(takes.seconds_min)} that {who} asks.")
    over = graphemes(video.alt) - limits.alt_max
    if over > 0:
        yield Problem(
            "alt", f"The description of the video is {_counted(over, 'character')} too long for {who}."
        )


def _size(number):
    """Bytes as people say them, whichever kind of megabyte makes the rounder number."""
    kilo = 1000 if number % 100_000 == 0 else 1024
    if number < kilo**2:
        return f"{number / kilo:.3g} KB"
    megabytes = number / kilo**2
    return f"{megabytes:.3g} MB" if megabytes < 1000 else f"{megabytes / kilo:.3g} GB"


def _begin(who):
    """The name as a sentence begins with it."""
    return who[:1].upper() + who[1:]


def _time(seconds):
    if seconds < 120:
        return f"{seconds:g} seconds"
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 120 and not rest and minutes % 60 == 0:
        return f"{minutes // 60} hours"
    return f"{minutes} minutes" + (f" and {rest} seconds" if rest else "")
