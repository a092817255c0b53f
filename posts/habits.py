"""Which accounts a chapter usually posts to: what a draft that nobody aimed begins with."""

from __future__ import annotations

from collections import Counter

from chapters.models import Chapter
from posts.models import Post, SocialAccount, Target

LOOKED_AT = 20  # published posts, newest first
ONE_IN = 4  # of those that an account got to be a usual one


def usual_accounts(chapter: Chapter) -> list[SocialAccount]:
    """The connected accounts that at least one in ONE_IN of the last posts went to; all of them where that
    says nothing. Two or three queries."""
    connected = list(SocialAccount.objects.filter(chapter=chapter, disconnected_at=None).order_by("id"))
    if len(connected) < 2:
        return connected
    out = Post.objects.filter(chapter=chapter, status=Post.Status.PUBLISHED)
    last = list(out.order_by("-published_at", "-id").values_list("pk", flat=True)[:LOOKED_AT])
    got = Counter(Target.objects.filter(post__in=last).values_list("account", flat=True))
    usual = [account for account in connected if last and got[account.pk] * ONE_IN >= len(last)]
    return usual or connected
