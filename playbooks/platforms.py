"""What platforms are called in playbooks.

A playbook may teach about any platform, connected to this hub or not, so this is a list of names and no
registry: an unlisted one is kept under the name that was typed.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

ALIKE = 0.75  # of 1: “Instagrm” and “mastadon” are, “Matrix” and “Mixcloud” are not

ANY = "any"
"""Stands for every platform, as an empty list does."""

NAMES = {
    "bluesky": "Bluesky",
    "facebook": "Facebook",
    "instagram": "Instagram",
    "linkedin": "LinkedIn",
    "mastodon": "Mastodon",
    "pinterest": "Pinterest",
    "sandbox": "Practice network",
    "telegram": "Telegram",
    "threads": "Threads",
    "tiktok": "TikTok",
    "x": "X",
    "youtube": "YouTube",
}

_KEYS = {name.casefold(): key for key, name in NAMES.items()}


def name(key: str) -> str:
    """What people read."""
    return NAMES.get(key, key)


def is_any(keys: Iterable[str]) -> bool:
    """Whether a playbook with these platforms is about all of them."""
    return set(keys) <= {ANY}


def meant(text: str) -> str:
    """The name that somebody probably mistyped, or nothing: an unlisted platform is as good as any."""
    words = " ".join(text.split()).casefold()
    if words in NAMES or words in _KEYS:
        return ""
    alike = get_close_matches(words, _KEYS, n=1, cutoff=ALIKE)
    return name(_KEYS[alike[0]]) if alike else ""


def key(text: str) -> str:
    """What is stored for what somebody typed: the platform's key where it is known, else the words."""
    words = " ".join(text.split())
    folded = words.casefold()
    return folded if folded in NAMES else _KEYS.get(folded, words)
