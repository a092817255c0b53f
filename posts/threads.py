"""A post in several parts: a line of dashes begins the next part of a thread. Pure."""

from __future__ import annotations

import re

_NEXT_PART = re.compile(r"^[ \t]*-{3,}[ \t]*$", re.MULTILINE)


def parts(text: str, *, most: int) -> list[str]:
    """The parts of `text` for a platform whose threads have `most` parts.

    Where a platform has no threads the parts are one text, with an empty line between them.
    """
    found = [part.strip() for part in _NEXT_PART.split(text)]
    found = [part for part in found if part]
    if most <= 1:
        return ["\n\n".join(found)] if len(found) > 1 else [text]
    return found if len(found) > 1 else [text]
