"""What a post says and where it goes: create, change, copy, delete. Every change of content is a revision."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chapters import events
from chapters.events import Actor
from chapters.models import Chapter
from playbooks import proposals, usage
from playbooks.models import TemplateVersion
from posts import doubts
from posts.models import Delivery, Media, MediaUse, Post, PostRevision, SocialAccount, Target
from posts.problems import Refused, Stale
from posts.publishing import repair

IMAGES_MAX = 10  # of one post; each platform has a limit of its own, which is told beside its name
VIDEO_ALONE = gettext_lazy("A post has pictures or one video, not both. Take one or the other out.")
EDITABLE = frozenset({Post.Status.DRAFT, Post.Status.IN_REVIEW})


@dataclass(frozen=True)
class Picture:
    """A picture or the video of a draft, by the uid of the chapter's media."""

    media_uid: str
    alt: str = ""
    focus_x: float = 0.0
    focus_y: float = 0.0
    is_video: bool = False


@dataclass(frozen=True)
class Draft:
    """A post's content as somebody wants it. `targets` maps account ids to own text, or None."""

    text: str
    link: str = ""
    targets: dict[int, str | None] = field(default_factory=dict)
    pictures: tuple[Picture, ...] = ()
    planned_at: datetime | None = None
    grace_minutes: int | None = None  # how late it may go out; None = the chapter's setting


@transaction.atomic
def create(
    *,
    chapter: Chapter,
    by: Actor,
    draft: Draft,
    form_key: uuid.UUID,
    template: TemplateVersion | None = None,
    reused_from: Post | None = None,
) -> Post:
    """Make a draft. The same form sent twice gives the one post it made the first time."""
    try:
        with transaction.atomic():
            post = Post.objects.create(
                chapter=chapter,
                author=by.user,
                form_key=form_key,
                text=draft.text.strip(),
                link=draft.link,
                planned_at=draft.planned_at,
                grace_minutes=draft.grace_minutes,
                template_version=template,
                reused_from=reused_from,
            )
    except IntegrityError:
        return Post.objects.get(author=by.user, form_key=form_key, chapter=chapter)
    _write_parts(post, draft)
    _write_revision(post, by)
    if template is not None:
        usage.record_use(version=template, chapter=chapter, post_uid=post.uid)
    events.record("created", post, chapter=chapter, by=by)
    return post


@transaction.atomic
def update(*, post: Post, by: Actor, draft: Draft, seen_revision: int) -> Post:
    """Change a draft or a post in review. Raises Stale where it changed since `seen_revision`."""
    post = Post.objects.select_for_update(of=("self",)).select_related("chapter").get(pk=post.pk)
    if post.status not in EDITABLE:
        raise Refused(
            _("This post is now “%(status)s”. Take it back to a draft before you change it.")
            % {"status": post.get_status_display()}
        )
    if post.revision != seen_revision:
        raise Stale(_("Somebody else changed this post while you were writing."), current=post)
    before = snapshot(post)
    post.text, post.link = draft.text.strip(), draft.link
    post.planned_at, post.grace_minutes = draft.planned_at, draft.grace_minutes
    _write_parts(post, draft)
    if snapshot(post) != before:
        post.revision += 1
        _write_revision(post, by)
        events.record("edited", post, chapter=post.chapter, by=by, revision=post.revision)
    post.save()
    return post


@transaction.atomic
def delete(*, post: Post, by: Actor) -> None:
    """Delete a draft that was never submitted and never sent."""
    post = Post.objects.select_for_update(of=("self",)).select_related("chapter").get(pk=post.pk)
    if post.status != Post.Status.DRAFT or post.submitted_by_id or post.deliveries.exists():
        raise Refused(_("Only a draft that was never submitted can be deleted."))
    events.record("deleted", post, chapter=post.chapter, by=by)
    proposals.forget(subject=post)
    post.delete()


@transaction.atomic
def duplicate(*, post: Post, by: Actor, form_key: uuid.UUID) -> Post:
    """A new draft with the same content."""
    return _copy(post, by=by, form_key=form_key, accounts=None)


@transaction.atomic
def reuse(*, post: Post, by: Actor, form_key: uuid.UUID) -> Post:
    """A new draft for the accounts that the post did not reach; the old deliveries there are skipped."""
    unsent = post.deliveries.filter(status__in=[Delivery.Status.FAILED, Delivery.Status.HELD])
    deliveries = [delivery for delivery in unsent if not doubts.may_be_out(delivery)]
    if not deliveries:
        raise Refused(_("Every account of this post is settled. Duplicate it to write a new one from it."))
    new = _copy(post, by=by, form_key=form_key, accounts={d.account_id for d in deliveries})
    for delivery in deliveries:
        repair.skip(delivery=delivery, by=by)
    return new


def _copy(post: Post, *, by: Actor, form_key: uuid.UUID, accounts: set[int] | None) -> Post:
    draft = draft_of(post)
    targets = {
        account_id: text
        for account_id, text in draft.targets.items()
        if accounts is None or account_id in accounts
    }
    connected = set(
        SocialAccount.objects.filter(pk__in=targets, disconnected_at=None).values_list("id", flat=True)
    )
    kept = {account_id: text for account_id, text in targets.items() if account_id in connected}
    return create(
        chapter=post.chapter,
        by=by,
        form_key=form_key,
        template=None,
        reused_from=post,
        draft=Draft(
            text=draft.text,
            link=draft.link,
            targets=kept,
            pictures=draft.pictures,
            grace_minutes=draft.grace_minutes,
        ),
    )


def draft_of(post: Post) -> Draft:
    """The stored content as a draft."""
    return Draft(
        text=post.text,
        link=post.link,
        targets={target.account_id: target.text for target in post.targets.all()},
        pictures=tuple(
            Picture(str(use.media.uid), use.alt, use.focus_x, use.focus_y, use.media.is_video)
            for use in post.media_uses.select_related("media")
        ),
        planned_at=post.planned_at,
        grace_minutes=post.grace_minutes,
    )


def snapshot(post: Post) -> dict[str, Any]:
    """The content of a post as JSON: what a revision keeps and what is compared."""
    return {
        "text": post.text,
        "link": post.link,
        "targets": [
            {"account": str(t.account.uid), "handle": t.account.handle, "text": t.text}
            for t in post.targets.select_related("account").order_by("account_id")
        ],
        "pictures": [
            picture_facts(str(use.media.uid), use.alt, is_video=use.media.is_video)
            for use in post.media_uses.select_related("media").order_by("order")
        ],
    }


def picture_facts(media_uid: str, alt: str, *, is_video: bool) -> dict[str, str]:
    """What a revision keeps of one picture, or of the video."""
    return {"media": media_uid, "alt": alt} | ({"kind": "video"} if is_video else {})


def _write_revision(post: Post, by: Actor) -> None:
    PostRevision.objects.create(post=post, number=post.revision, by=by.user, content=snapshot(post))


def _write_parts(post: Post, draft: Draft) -> None:
    _write_targets(post, draft.targets)
    _write_pictures(post, draft.pictures)


def _write_targets(post: Post, wanted: dict[int, str | None]) -> None:
    known = set(
        SocialAccount.objects.filter(chapter=post.chapter, pk__in=wanted).values_list("id", flat=True)
    )
    if known != set(wanted):
        raise Refused(_("One of the accounts is not this chapter's. Choose the accounts again."))
    post.targets.exclude(account_id__in=wanted).delete()
    for account_id, text in wanted.items():
        own = text.strip() if text is not None and text.strip() else None
        Target.objects.update_or_create(
            post=post, account_id=account_id, defaults={"text": own, "chapter_id": post.chapter_id}
        )


def _write_pictures(post: Post, wanted: Iterable[Picture]) -> None:
    wanted = tuple(wanted)
    if len(wanted) > IMAGES_MAX:
        raise Refused(_("A post takes up to %(max)d pictures.") % {"max": IMAGES_MAX})
    media = {
        str(m.uid): m
        for m in Media.objects.filter(chapter=post.chapter, uid__in=[picture.media_uid for picture in wanted])
    }
    if any(picture.media_uid not in media for picture in wanted):
        raise Refused(_("One of the pictures is gone. Add it again; your text is kept."))
    if len(wanted) > 1 and any(one.is_video for one in media.values()):
        raise Refused(VIDEO_ALONE)
    post.media_uses.all().delete()
    MediaUse.objects.bulk_create(
        MediaUse(
            chapter_id=post.chapter_id,
            post=post,
            media=media[picture.media_uid],
            order=order,
            alt=picture.alt.strip(),
            focus_x=picture.focus_x,
            focus_y=picture.focus_y,
        )
        for order, picture in enumerate(wanted)
    )
