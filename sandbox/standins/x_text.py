"""How long a text is on X, and which web addresses X finds in it.

X documentation, "Counting characters" (configuration version 3): the text in Unicode form NFC; code points
0-4351, 8192-8205, 8208-8223 and 8242-8247 weigh one, all others two; an emoji, a sequence of many code points
included, weighs two; every address weighs 23, one without a scheme such as `example.com` too.

A domain has to end in a top-level domain that exists; of those only the ones in ASCII are known here.
"""

import unicodedata
from pathlib import Path

import regex

TEXT_MAX = 280
URL_LENGTH = 23
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))

# the top-level domains; longer names first, so that `example.community` does not end at `example.com`
_DOMAINS = (Path(__file__).parent / "domains.txt").read_text("ascii").split()
_TLD = "|".join(sorted(_DOMAINS, key=lambda name: (-len(name), name)))

_LETTERS = r"a-z0-9\u00c0-\u024f\u1e00-\u1eff\u0400-\u04ff"
_INSIDE = rf"[{_LETTERS}!*';:=+,.$/%#\[\]\-\u2013_~@|&]"
# whatever is neither white space nor ASCII punctuation; labels and names have a length, so that looking ends
_CHAR = r"[^\s\p{Cc}!-/:-@\[-`{-~]"
_URL = regex.compile(
    rf"""
    (?<![A-Za-z0-9@＠$\#＃\ufffe\uffff])
    (?P<scheme>https?://)?
    (?P<domain>
        (?:{_CHAR}(?:(?:[_-]|{_CHAR}){{0,61}}{_CHAR})?\.){{0,30}}
        {_CHAR}(?:(?:-|{_CHAR}){{0,61}}{_CHAR})?\.
        (?:{_TLD}|xn--[a-z0-9-]+)
        (?![0-9a-zA-Z@+-])
    )
    (?::[0-9]+)?
    (?P<path>/(?:{_INSIDE}|\((?:{_INSIDE}|\({_INSIDE}+\))+\))*(?<=[{_LETTERS}+\-=_\#/)]))?
    (?P<query>\?[a-z0-9!?*'@();:&=+$/%\#\[\]\-_.,~|]*[a-z0-9\-_&=\#/])?
    """,
    regex.IGNORECASE | regex.VERBOSE,
)
# of an address without a scheme, the part that is one
_BARE = regex.compile(rf"(?:[a-z0-9\-\u00c0-\u024f]+\.)+(?:{_TLD})(?![0-9a-zA-Z@+-])", regex.IGNORECASE)
_UNIT = r"\p{Extended_Pictographic}(?!\ufe0e)(?:\ufe0f|\p{Emoji_Modifier})?(?:[\U000e0020-\U000e007f]+)?"
# some, such as ©, are letters unless they are followed by the sign that makes them pictures
_FIRST = rf"(?:(?=\p{{Emoji_Presentation}}|.\ufe0f){_UNIT})"
_EMOJI = regex.compile(rf"[0-9#*]\ufe0f?\u20e3|\p{{Regional_Indicator}}{{2}}|{_FIRST}(?:\u200d{_UNIT})*")


def normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def find_urls(text: str) -> list[tuple[int, int]]:
    """Where the addresses in `text` begin and end."""
    found = []
    for match in _URL.finditer(text):
        if match["scheme"]:
            found.append(match.span())
        elif text[match.start() - 1 : match.start()] not in ("-", "_", ".", "/"):
            begin = match.start("domain")
            spans = [(begin + bare.start(), begin + bare.end()) for bare in _BARE.finditer(match["domain"])]
            if spans and match["path"]:
                spans[-1] = (spans[-1][0], match.end())
            found += spans
    return found


def weighted_length(text: str) -> int:
    """What X counts, rounded up to whole characters as its limit sees it."""
    text, total, last = normal(text), 0, 0
    for start, end in find_urls(text):
        total += _weight(text[last:start]) + 100 * URL_LENGTH
        last = end
    return -(-(total + _weight(text[last:])) // 100)


def _weight(text: str) -> int:
    emoji = 0
    if not text.isascii():
        text, emoji = _EMOJI.subn("", text)
    return 200 * emoji + sum(100 if _is_light(ord(char)) else 200 for char in text)


def _is_light(point: int) -> bool:
    return any(low <= point <= high for low, high in _LIGHT)
