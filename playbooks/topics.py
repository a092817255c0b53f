"""What playbooks are about: the names in use, and what somebody probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from playbooks import library

ALIKE = 0.75


def known() -> list[str]:
    """The topics of what chapters read, by name. One query."""
    return library.choices().topics


def lookalikes(topics: Iterable[str], names: Iterable[str]) -> dict[str, str]:
    """Those of `topics` that nobody uses yet and that look like one of `names`, each with that one."""
    used = list(names)
    found = {
        topic: get_close_matches(topic, used, n=1, cutoff=ALIKE) for topic in topics if topic not in used
    }
    return {topic: alike[0] for topic, alike in found.items() if alike}
