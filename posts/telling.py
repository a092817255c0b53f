"""Who is told of what about posts and accounts. Every notice names chapter, thing, reason and next step."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chapters.models import Membership, Notice, User
from chapters.notices import members_who_can, notify, over, quietly
from chapters.permissions import Action
from posts import approval
from posts.models import ConnectionLink, Delivery, Post, Review, SocialAccount


def path_of(post: Post) -> str:
    """Where the post is on this hub."""
    return reverse("post_detail", args=[post.chapter.slug, post.uid])


@quietly
def review_wanted(post: Post) -> None:
    """A post was submitted: tell those who may approve it."""
    _tell(
        post,
        approval.possible_approvers(post),
        "review_wanted",
        f"submitted:{post.revision}:{_moment()}",
        _("Please look at a post by %(author)s") % {"author": post.author.display_name},
        _("Approve it or say what should change."),
    )


# what is asked of people while a post is so, and is over when it is so no more
ASKED_WHILE = {
    Post.Status.DRAFT: ("changes_requested",),
    Post.Status.IN_REVIEW: ("review_wanted",),
    Post.Status.FAILED: ("failed",),
    Post.Status.NEEDS_ATTENTION: ("needs_attention",),
}


def moved_on(post: Post, came_from: Post.Status) -> None:
    """The post left this status: nobody is asked any more what was asked in it."""
    if came_from in ASKED_WHILE:
        over(*ASKED_WHILE[came_from], about=f"post:{post.pk}")


@quietly
def approved(post: Post, reviewer: User) -> None:
    """Tell author and submitter that the post is approved."""
    _tell(
        post,
        writers(post, but=reviewer),
        "approved",
        f"approved:{post.revision}",
        _("%(name)s approved your post") % {"name": reviewer.display_name},
        _("Choose a time for it, or publish it now."),
    )


@quietly
def changes_requested(post: Post, reviewer: User, text: str) -> None:
    """Tell author and submitter what should change."""
    _tell(
        post,
        writers(post, but=reviewer),
        "changes_requested",
        f"changes:{post.revision}:{_moment()}",
        _("%(name)s asks for changes to your post") % {"name": reviewer.display_name},
        text,
    )


@quietly
def commented(post: Post, who: User, text: str, review: Review) -> None:
    """Tell author and submitter of a comment, or of advice from outside."""
    kind, title = "commented", _("%(name)s commented on your post") % {"name": who.display_name}
    if review.reviewer_chapter_id != post.chapter_id:
        kind = "advice_given"
        title = _("%(name)s of %(chapter)s advises on your post") % {
            "name": who.display_name, "chapter": review.reviewer_chapter.name,
        }  # fmt: skip
    _tell(post, writers(post, but=who), kind, f"comment:{review.pk}", title, text)


@quietly
def settled(post: Post, deliveries: list[Delivery]) -> None:
    """Tell those who can act that a post failed or needs somebody; good news stays on the page."""
    if post.status == Post.Status.FAILED:
        title = _("A post could not go out")
    elif post.status == Post.Status.NEEDS_ATTENTION:
        title = _("A post needs your attention")
    else:
        return
    # one that the hub still looks for asks nobody yet
    waiting = [
        d for d in deliveries if d.status in {"failed", "unconfirmed", "held"} and d.checking_until is None
    ]
    if not waiting:
        return
    lines = [f"{d.account.handle}: {d.message or d.get_status_display()}" for d in waiting]
    cause = ",".join(f"{d.pk}.{d.status}.{d.attempts.count()}" for d in waiting)
    people = {user.pk: user for user in [*writers(post), *members_who_can(post.chapter, Action.REVIEW)]}
    _tell(post, people.values(), post.status, f"{post.status}:{cause}"[:80], title, "\n".join(lines))


@quietly
def account_broken(account: SocialAccount, message: str) -> None:
    """Tell those who can reconnect it, once for each time that it breaks."""
    broken_at = SocialAccount.objects.values_list("broken_at", flat=True).get(pk=account.pk)
    notify(
        members_who_can(account.chapter, Action.MANAGE_ACCOUNTS),
        chapter=account.chapter,
        cause=f"account:{account.uid}:{broken_at:%Y%m%d%H%M%S}",
        kind="account_broken",
        title=_("%(handle)s has to be connected again") % {"handle": account.handle},
        body=message,
        path=reverse("account_list", args=[account.chapter.slug]),
    )


def account_settled(account: SocialAccount) -> None:
    """It was connected again, or let go: nobody has to do anything about its access."""
    over("account_broken", "access_ends", about=f"account:{account.uid}")


@quietly
def connected_by_link(link: ConnectionLink, account: SocialAccount) -> None:
    """Tell those who manage the accounts that somebody used the link they were sent."""
    notify(
        members_who_can(link.chapter, Action.MANAGE_ACCOUNTS),
        chapter=link.chapter,
        cause=f"link:{link.uid}:used",
        kind="account_connected",
        title=_("%(handle)s was connected by your link") % {"handle": account.handle},
        body=_("Whoever has the account opened the link and said yes. Posts can go out through it now."),
        path=reverse("account_detail", args=[link.chapter.slug, account.uid]),
    )


@quietly
def access_ends(account: SocialAccount, step: str, when: str, at_risk: int) -> None:
    """Tell those who can reconnect it that an account's access ends `when`, once for each step before it."""
    body = _("Until then everything goes out. Connect it again, and nothing has to wait.")
    if at_risk:
        body = ngettext(
            "%(n)d post is planned for after that and would wait. Connect the account again before then.",
            "%(n)d posts are planned for after that and would wait. Connect the account again before then.",
            at_risk,
        ) % {"n": at_risk}
    cause = f"account:{account.uid}:ends:{account.ends_at:%Y%m%d%H%M}:{step}"
    people = members_who_can(account.chapter, Action.MANAGE_ACCOUNTS)
    told = set(Notice.objects.filter(person__in=people, cause=cause).values_list("person_id", flat=True))
    if not (untold := [person for person in people if person.pk not in told]):
        return
    notify(
        untold,
        chapter=account.chapter,
        cause=cause,
        kind="access_ends",
        title=_("The access to %(handle)s ends %(when)s") % {"handle": account.handle, "when": when},
        body=body,
        path=reverse("account_reconnect", args=[account.chapter.slug, account.uid]),
    )


def writers(post: Post, *, but: User | None = None) -> list[User]:
    """Author and submitter, while they are members."""
    ids = {post.author_id, post.submitted_by_id} - {None, but.pk if but else None}
    memberships = Membership.objects.filter(chapter=post.chapter, user_id__in=ids, user__is_active=True)
    return [membership.user for membership in memberships.select_related("user")]


def _tell(post: Post, people: Iterable[User], kind: str, cause: str, title: str, body: str) -> None:
    notify(
        people,
        chapter=post.chapter,
        cause=f"post:{post.pk}:{cause}"[:120],
        kind=kind,
        title=title,
        body=f"{body}\n\n“{post.first_words}”",
        path=path_of(post),
    )


def _moment() -> str:
    return f"{timezone.now():%Y%m%d%H%M%S}"
