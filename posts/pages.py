"""What screens show of posts: read-only queries, each beginning at a chapter or a person."""

from __future__ import annotations

from chapters.models import Membership


def review_count(membership: Membership) -> int:
    return 0


def asking_count(membership: Membership) -> int:
    return 0
