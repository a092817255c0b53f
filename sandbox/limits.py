"""What this network allows, and how it counts.

Text is counted in grapheme clusters (Unicode UAX 29, what a person sees as one character). Every `http://` or
`https://` address, from its scheme to the next white space, counts 23 whatever its length. Media descriptions
are counted in grapheme clusters too.
"""

import regex

from .errors import invalid

TEXT_MAX = 500
LINK_MAX = 2048
IMAGES_MAX = 4
IMAGE_BYTES_MAX = 8 * 1024 * 1024
IMAGE_PIXELS_MAX = 40_000_000
IMAGE_TYPES = ("image/jpeg", "image/png", "image/webp")
ALT_MAX = 1500
URL_LENGTH = 23
KEY_MAX = 255
NAME_MAX = 80
ACCOUNTS_MAX = 5000
# a grapheme may carry any number of combining marks, so code points have a cap of their own
CODE_POINTS_MAX = 20_000

URL = regex.compile(r"https?://\S+", regex.IGNORECASE)
_GRAPHEME = regex.compile(r"\X")
UNPRINTABLE = regex.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_HANDLE = regex.compile(r"[a-z0-9](?:[a-z0-9_.-]{0,38}[a-z0-9_])?")

LIMITS = {
    "text_max": TEXT_MAX,
    "link_max": LINK_MAX,
    "images_max": IMAGES_MAX,
    "image_bytes_max": IMAGE_BYTES_MAX,
    "image_pixels_max": IMAGE_PIXELS_MAX,
    "image_types": list(IMAGE_TYPES),
    "alt_max": ALT_MAX,
    "url_length": URL_LENGTH,
}


def graphemes(text: str) -> int:
    if text.isascii():
        return len(text) - text.count("\r\n")
    return sum(1 for _ in _GRAPHEME.finditer(text))


def count_text(text: str) -> int:
    """Length of a post's text as this network counts it."""
    if "://" not in text:
        return graphemes(text)
    pieces = URL.split(text)
    return sum(map(graphemes, pieces)) + URL_LENGTH * (len(pieces) - 1)


def check_characters(text: str, field: str) -> str:
    """The text itself, if it is storable text. Raises Refusal."""
    if not isinstance(text, str):
        raise invalid("not_text", f"“{field}” must be text.", field)
    if len(text) > CODE_POINTS_MAX:
        raise invalid("too_long", f"“{field}” is far too long.", field)
    if UNPRINTABLE.search(text):
        raise invalid("not_text", f"“{field}” has characters that can't be shown.", field)
    return text


def check_text(text: str) -> str:
    check_characters(text, "text")
    length = count_text(text)
    if length > TEXT_MAX:
        raise invalid("too_long", f"The text counts {length} characters; {TEXT_MAX} is the limit.", "text")
    return text


def check_alt(alt: str) -> str:
    check_characters(alt, "alt")
    length = graphemes(alt)
    if length > ALT_MAX:
        raise invalid("too_long", f"The alt text counts {length} characters; {ALT_MAX} is the limit.", "alt")
    return alt


def check_link(link) -> str | None:
    """A plain http(s) address, or None when nothing was given. Raises Refusal."""
    if link is None or link == "":
        return None
    check_characters(link, "link")
    if len(link) > LINK_MAX:
        raise invalid("too_long", f"The link has {len(link)} characters; {LINK_MAX} is the limit.", "link")
    if not regex.fullmatch(r"https?://[^\s/?#@]+(?:[/?#]\S*)?", link, regex.IGNORECASE):
        raise invalid(
            "not_a_link", "The link must be a full web address, beginning with https:// or http://.", "link"
        )
    return link


def check_handle(handle) -> str:
    """A handle in lower case, without a leading @. Raises Refusal."""
    if isinstance(handle, str) and _HANDLE.fullmatch(cleaned := handle.strip().removeprefix("@").lower()):
        return cleaned
    raise invalid(
        "bad_handle", "A handle has 1 to 40 letters a to z, digits, hyphens, dots or underscores.", "handle"
    )


def check_name(name) -> str:
    name = " ".join(check_characters(name, "name").split())
    if not name or graphemes(name) > NAME_MAX:
        raise invalid("bad_name", f"A name has 1 to {NAME_MAX} characters.", "name")
    return name
