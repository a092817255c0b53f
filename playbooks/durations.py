"""How long something takes, read from what people wrote: “20 minutes, then 5 for each reminder” is 20."""

from __future__ import annotations

import re

STEPS = (15, 30, 60)
"""Minutes that the filter of the list offers as “up to”."""

_UNITS = {
    "second": 1 / 60,
    "minute": 1,
    "min": 1,
    "hour": 60,
    "hr": 60,
    "h": 60,
    "day": 24 * 60,
    "week": 7 * 24 * 60,
}
_SAID = re.compile(
    r"\b(?P<half>half an?|half)?\s*(?P<number>\d+(?:[.,]\d+)?|an?|one|two|three)?\s*"
    r"(?P<unit>minutes?|mins?|hours?|hrs?|h|days?|weeks?)\b",
    re.IGNORECASE,
)
_WORDS = {"a": 1.0, "an": 1.0, "one": 1.0, "two": 2.0, "three": 3.0}


def minutes(text: str) -> float | None:
    """The first time that `text` names, in minutes; None where it names none."""
    for said in _SAID.finditer(text):
        if not (said["half"] or said["number"]):
            continue
        number = (said["number"] or "one").lower().replace(",", ".")
        amount = _WORDS.get(number) or float(number)
        each = _UNITS[said["unit"].lower().removesuffix("s")] if said["unit"].lower() != "h" else 60
        return amount * each * (0.5 if said["half"] else 1)
    return None
