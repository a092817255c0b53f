"""LinkedIn's little text: what becomes of a post's commentary.

LinkedIn documentation, "little Text Format": the characters of RESERVED are escaped with a backslash. Left as
they are they begin something else: `#word` a hashtag, `{hashtag|\\#|word}` the same as a template,
`@[Name](urn)` a mention. One that begins none of these ends the post there, without an error, as
people report who met it.
"""

import regex

RESERVED = "\\|{}@[]()<>#*_~"
_PIECES = regex.compile(
    r"""
    \\(?P<escaped>[\\|{}@\[\]()<>\#*_~])
    | \{hashtag\|\\?[\#＃]\|(?P<template>[^{}|\\]+)\}
    | @\[(?P<mention>(?:\\.|[^\]\\])+)\]\((?P<urn>urn:li:(?:organization|person|member):[A-Za-z0-9_-]+)\)
    | (?P<hashtag>[\#＃][\p{L}\p{M}\p{N}]+)
    | (?P<reserved>[|{}@\[\]()<>\#*_~])
    | (?P<plain>[^\\|{}@\[\]()<>\#＃*_~]+|.)
    """,
    regex.VERBOSE | regex.DOTALL,
)
_ESCAPE = regex.compile(r"\\(.)")


def read(commentary: str) -> tuple[str, str]:
    """The text that people see, and what is kept of the commentary: less where something was not escaped."""
    parts = []
    for piece in _PIECES.finditer(commentary):
        if piece["reserved"]:
            return "".join(parts), commentary[: piece.start()]
        if piece["template"]:
            parts.append(f"#{piece['template']}")
        elif piece["mention"]:
            parts.append(_ESCAPE.sub(r"\1", piece["mention"]))
        else:
            parts.append(piece["escaped"] or piece["hashtag"] or piece["plain"])
    return "".join(parts), commentary
