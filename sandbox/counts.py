"""Figures that grow believably and are the same for everybody who asks at the same age.

Each post has a fate drawn from a hash of its id: how many of the followers see it and how warmly they answer.
Figures follow a saturating curve: most of it on the first day, hardly anything after a week, never falling.
"""

import hashlib
import math
from datetime import datetime

DAY = 86_400
WEEK = 7 * DAY
# time constants of the quick and the slow part of a post's life, in seconds
QUICK, SLOW = 5 * 3600, 2.5 * DAY


def _draws(name: str, count: int) -> list[float]:
    """`count` numbers in [0, 1) that depend on the name alone."""
    digest = hashlib.sha256(name.encode()).digest()
    return [int.from_bytes(digest[n * 4 : n * 4 + 4]) / 2**32 for n in range(count)]


def starting_followers(handle: str) -> int:
    (draw,) = _draws(f"account:{handle}", 1)
    return int(120 * math.exp(2 * draw))


def followers(account, moment: datetime) -> int:
    """Followers now: what the account began with, and 0 to 9 more each week."""
    (draw,) = _draws(f"growth:{account.id}", 1)
    weeks = max(0.0, (moment - account.created_at).total_seconds() / WEEK)
    return account.followers + int(weeks * 9 * draw)


def counts(post, moment: datetime) -> dict:
    """Likes, replies, shares and views of a post at this moment."""
    reach, warmth, talk, spread = _draws(f"post:{post.id}", 4)
    age = max(0.0, (moment - post.created_at).total_seconds())
    grown = 0.6 * -math.expm1(-age / QUICK) + 0.4 * -math.expm1(-age / SLOW)
    # a few followers grow the reach, a hundred times as many grow it less than a hundred times
    audience = 1.8 * max(post.account.followers, 1) ** 0.9
    views = audience * math.exp(1.6 * (reach - 0.5)) * (1.25 if post.media else 1.0)
    likes = views * (0.02 + 0.07 * warmth**2)
    return {
        "likes": int(likes * grown),
        "replies": int(likes * (0.08 + 0.27 * talk**2) * grown),
        "shares": int(likes * (0.05 + 0.3 * spread**2) * grown),
        "views": int(views * grown),
    }
