"""Who is in a chapter and in which role. Changes lock the chapter's row first, so that two of them made at
the same moment cannot together do what neither may: leave a chapter without a lead."""

from __future__ import annotations

from django.db import models, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from chapters import events, notices
from chapters.events import Actor
from chapters.models import Chapter, Membership
from chapters.permissions import CENTRAL_ACTIONS, Action, Role, can
from chapters.problems import Refused

RANK = {Role.VIEWER: 0, Role.AUTHOR: 1, Role.EDITOR: 2, Role.LEAD: 3}

# `required` review needs somebody to approve what an editor or lead wrote
APPROVERS_NEEDED = 2


def lock(chapter: Chapter) -> Chapter:
    """The chapter as it is now, held until the transaction ends."""
    # no_key: posts and memberships that point at the chapter can still be added by others
    return Chapter.objects.select_for_update(no_key=True).get(pk=chapter.pk)


def active_leads(chapter: Chapter) -> models.QuerySet[Membership]:
    """Leads who may sign in."""
    return Membership.objects.filter(chapter=chapter, role=Role.LEAD, user__is_active=True)


def possible_approvers(chapter: Chapter) -> int:
    """How many people of the chapter may approve somebody else's post."""
    return len(notices.members_who_can(chapter, Action.REVIEW))


def rights_by_role(chapter: Chapter) -> list[tuple[Role, list[str]]]:
    """What each role may do in this chapter, in words, from the permission table."""
    actions = [action for action in Action if chapter.is_central or action not in CENTRAL_ACTIONS]
    return [
        (
            role,
            [str(action.label) for action in actions if can(Membership(chapter=chapter, role=role), action)],
        )
        for role in Role
    ]


def may_give(by: Actor, chapter: Chapter, role: str) -> bool:
    """Whether the actor is a member who may manage people there and whose own role is at least `role`."""
    if not by.is_person:
        return False
    own = Membership.objects.select_related("chapter").filter(user=by.user, chapter=chapter).first()
    return can(own, Action.MANAGE_PEOPLE) and RANK[Role(own.role)] >= RANK[Role(role)]


@transaction.atomic
def change_role(*, membership: Membership, role: str, by: Actor) -> Membership:
    """Give a member another role. Raises Refused for the last lead."""
    membership = _current(membership)
    old = membership.role
    if old == role:
        return membership
    if by.is_person and not by.user.is_superuser and not may_give(by, membership.chapter, role):
        raise Refused(_("You can give a role up to your own. Ask a lead of the chapter."))
    if role != Role.LEAD:
        _require_another_lead(
            membership, _("%(person)s is the only lead of %(chapter)s. Make somebody else a lead first.")
        )
    membership.role = role
    membership.save(update_fields=["role"])
    event = events.record(
        "role_changed", membership.user, chapter=membership.chapter, by=by, old=old, new=str(role)
    )
    if by.user != membership.user:
        _tell(
            membership,
            event.pk,
            title=_("Your role in %(chapter)s is now %(role)s")
            % {"chapter": membership.chapter.name, "role": Role(role).label},
            path=reverse("member_list", args=[membership.chapter.slug]),
        )
    return membership


@transaction.atomic
def remove(*, membership: Membership, by: Actor) -> None:
    """Take somebody out of a chapter. What they wrote and planned stays. Raises Refused for the last lead."""
    membership = _current(membership)
    _require_another_lead(
        membership, _("%(person)s is the only lead of %(chapter)s. Make somebody else a lead first.")
    )
    event = _end(membership, "member_removed", by)
    if by.user != membership.user:
        _tell(
            membership,
            event.pk,
            title=_("You are no longer a member of %(chapter)s") % {"chapter": membership.chapter.name},
            path="/",
        )


@transaction.atomic
def leave(*, membership: Membership) -> None:
    """Somebody goes by their own will. Raises Refused for the last lead."""
    membership = _current(membership)
    _require_another_lead(
        membership,
        _(
            "You are the only lead of %(chapter)s. Make somebody else a lead first, so that the chapter "
            "can go on without you."
        ),
    )
    _end(membership, "member_left", Actor.person(membership.user))


def _current(membership: Membership) -> Membership:
    """The membership as it is under the chapter's lock."""
    lock(membership.chapter)
    current = Membership.objects.select_related("chapter", "user").filter(pk=membership.pk).first()
    if current is None:
        raise Refused(_("This person has already left the chapter."))
    return current


def _require_another_lead(membership: Membership, sentence: str) -> None:
    if membership.role != Role.LEAD or not membership.user.is_active:
        return
    if not active_leads(membership.chapter).exclude(pk=membership.pk).exists():
        raise Refused(sentence % {"person": membership.user.display_name, "chapter": membership.chapter.name})


def _end(membership: Membership, verb: str, by: Actor) -> events.Event:
    event = events.record(verb, membership.user, chapter=membership.chapter, by=by, role=membership.role)
    Membership.objects.filter(pk=membership.pk).delete()
    return event


def _tell(membership: Membership, event_id: int, *, title: str, path: str) -> None:
    notices.notify(
        [membership.user],
        chapter=membership.chapter,
        cause=f"membership:{event_id}",
        kind="membership",
        title=title,
        body="",
        path=path,
    )
