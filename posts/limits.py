"""What each target's platform accepts, checked the same way in the composer, at submit and before sending."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from django.utils.translation import gettext as _

from posts import media_fit, threads, tray
from posts.models import Post, SocialAccount
from posts.platforms import registry
from posts.platforms.base import Content, Limits, Problem
from posts.problems import Refused


@dataclass(frozen=True)
class TargetProblem:
    """One reason why one account's platform would refuse the post."""

    account: SocialAccount
    field: str
    message: str


def problems(post: Post) -> list[TargetProblem]:
    """Every reason why a target of the stored post would be refused."""
    laid_out = tray.of_post(post)
    found: list[TargetProblem] = []
    for target in post.targets.select_related("account"):
        content = Content(
            text=target.text if target.text is not None else post.text,
            link=post.link,
            images=laid_out.images,
            video=laid_out.video,
            options=target.options,
        )
        found += [TargetProblem(target.account, p.field, p.message) for p in check(target.account, content)]
    return found


def check(account: SocialAccount, content: Content) -> list[Problem]:
    """What the account's platform would refuse of `content`, its pictures judged as they will be sent.

    Of a thread each part is judged, and told by its number.
    """
    adapter = registry.get(account.platform)
    limits = adapter.limits(account.capabilities)
    first, *others = parts(content, limits)
    images = tuple(media_fit.as_sent(image, limits) for image in first.images)
    found = adapter.check(dataclasses.replace(first, images=images), limits)
    if len(others) >= limits.thread_max:
        found.append(Problem("text", _too_many_parts(adapter.label, limits)))
    for number, part in enumerate(others, 2):
        found += [Problem(p.field, f"{_part(number)}: {p.message}") for p in adapter.check(part, limits)]
    return found


def parts(content: Content, limits: Limits) -> list[Content]:
    """What is published one after the other: the post, or the parts of a thread."""
    first, *others = threads.parts(content.text, most=limits.thread_max)
    return [
        dataclasses.replace(content, text=first),
        *(Content(text, language=content.language, options=content.options) for text in others),
    ]


def _part(number: int) -> str:
    return _("Part %(number)d") % {"number": number}


def _too_many_parts(platform: str, limits: Limits) -> str:
    return _("A thread on %(platform)s has at most %(most)d parts. Take out a line of dashes.") % {
        "platform": platform,
        "most": limits.thread_max,
    }


def require_sendable(post: Post) -> None:
    """Raise Refused with the first thing that keeps the post from going out."""
    targets = list(post.targets.select_related("account"))
    if not targets:
        raise Refused(_("Choose at least one account for this post."))
    for target in targets:
        if not target.account.is_connected:
            raise Refused(
                _("%(account)s is no longer connected. Take it off this post or connect it again.")
                % {"account": target.account.handle}
            )
    found = problems(post)
    if found:
        raise Refused(f"{found[0].account.handle}: {found[0].message}")
