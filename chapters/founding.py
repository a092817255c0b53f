"""How the central team and its chapters come to be."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters import events, invitations, membership
from chapters.events import SYSTEM, Actor
from chapters.models import Chapter, Invitation, Region
from chapters.permissions import Role
from chapters.problems import Refused

CENTRAL_SLUG = "central"


@dataclass(frozen=True)
class Setup:
    """The central team and, while nobody leads it, the address of its first invitation."""

    central: Chapter
    is_new: bool
    link: str


@transaction.atomic
def set_up_central_team(*, name: str, email: str) -> Setup:
    """Make the central team if there is none, and a link by which `email` becomes its first lead.

    Running it again while nobody leads the team gives a fresh link and ends the old one; once somebody does,
    nothing changes and `link` is empty. Nothing is mailed: mail may not be set up yet.
    """
    central, is_new = Chapter.objects.get_or_create(
        kind=Chapter.Kind.CENTRAL, defaults={"name": name, "slug": CENTRAL_SLUG}
    )
    if is_new:
        events.record("chapter_created", central, chapter=central, by=SYSTEM)
    central = membership.lock(central)
    if membership.active_leads(central).exists():
        return Setup(central, is_new, "")
    for earlier in Invitation.objects.filter(chapter=central, accepted_at=None, revoked_at=None):
        invitations.revoke(invitation=earlier, by=SYSTEM)
    invitation = invitations.invite(chapter=central, email=email, role=Role.LEAD, by=SYSTEM)
    return Setup(central, is_new, invitations.issue_link(invitation=invitation, by=SYSTEM))


@transaction.atomic
def create_chapter(
    *,
    name: str,
    slug: str,
    by: Actor,
    region: Region | None = None,
    time_zone: str = "UTC",
    language: str = "en",
    first_lead: str = "",
) -> Chapter:
    """Found a chapter and, if an address is given, invite its first lead. Raises Refused."""
    if Chapter.objects.filter(slug=slug).exists():
        raise Refused(_("Another chapter has the address part “%(slug)s”. Choose another.") % {"slug": slug})
    chapter = Chapter.objects.create(
        name=name,
        slug=slug,
        region=region,
        time_zone=time_zone,
        language=language,
        created_at=timezone.now(),
    )
    events.record("chapter_created", chapter, chapter=chapter, by=by)
    if first_lead:
        invitations.invite(chapter=chapter, email=first_lead, role=Role.LEAD, by=by)
    return chapter
