"""What the platforms are called whose stand-ins accounts can be of."""

LABELS = {
    "facebook": "Facebook",
    "instagram": "Instagram",
    "threads": "Threads",
    "linkedin": "LinkedIn",
    "x": "X",
    "bluesky": "Bluesky",
    "mastodon": "Mastodon",
}

# how names end on their platform, and how the same accounts' handles end here
_ENDINGS = {".bsky.social": "@bluesky", "@mastodon.practice": "@mastodon"}
_URNS = ("urn:li:person:", "urn:li:organization:")


def as_here(name: str) -> str:
    """The handle or id here of an account that is named as its platform names it; other names as they are."""
    for ending, ours in _ENDINGS.items():
        if name.endswith(ending):
            return name.removesuffix(ending) + ours
    for urn in _URNS:
        name = name.removeprefix(urn)
    return name
