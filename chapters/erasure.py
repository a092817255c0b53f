"""Erasing a person: the hub forgets who somebody was and keeps what was done.

Every foreign key to a person has a declared policy, in the module `personal_data` of the app that has the
key; a test walks all tables and fails for a key without one.
"""

from __future__ import annotations

import enum
from importlib import import_module

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext as _

from chapters import events, invitations, membership
from chapters.events import SYSTEM, Actor
from chapters.models import Chapter, Invitation, Membership, User
from chapters.permissions import Role
from chapters.problems import Refused


class Policy(enum.Enum):
    """What becomes of a row's pointer to an erased person."""

    KEEP = "keep"
    BLANK = "blank"
    DELETE = "delete"


def policies() -> dict[str, Policy]:
    """The declared policy of each foreign key to a person, by "app.Model.field"."""
    declared: dict[str, Policy] = {}
    for app in apps.get_app_configs():
        if module_has_submodule(app.module, "personal_data"):
            declared |= import_module(f"{app.name}.personal_data").ON_ERASE
    return declared


def pointers_to_people() -> list[models.ForeignKey]:
    """Every foreign key to a person, of all tables of all apps."""
    return [
        field
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.concrete and field.many_to_one and field.related_model is User
    ]


@transaction.atomic
def erase(*, user: User, by: Actor) -> User:
    """Forget who `user` was, for good. Raises Refused while a chapter would be left without a lead.

    Name, addresses, password, second factors, sessions, memberships and notices go. Posts, reviews and
    history stay, by "Former member".
    """
    _leave_chapters(user, by)
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.erased_at:
        raise Refused(_("This person is erased already."))
    addresses = {user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)}
    _end_sessions(user)
    _apply_policies(user)
    blank = f"erased+{user.uid}@invalid.invalid"
    _forget_invitations(addresses, blank)
    _forget_in_admin_history({user.name, *addresses} - {""})
    user.email = blank
    user.name = ""
    user.time_zone = ""
    user.language = "en"
    user.theme = User.Theme.SYSTEM
    user.is_active = user.is_staff = user.is_superuser = False
    user.last_login = None
    user.erased_at = timezone.now()
    user.set_unusable_password()  # which also ends every session that is not on the list above
    user.save()
    events.record("person_erased", user, chapter=None, by=by)
    return user


@transaction.atomic
def end_sessions(*, user: User, by: Actor) -> None:
    """Sign somebody out on every device; what to do when a phone is lost."""
    _end_sessions(user)
    events.record("signed_out_everywhere", user, chapter=None, by=by)


def _end_sessions(user: User) -> None:
    for session in UserSession.objects.filter(user=user):
        session.end()


def _leave_chapters(user: User, by: Actor) -> None:
    """Lock the person's chapters in order, see that each has another lead, and take the person out."""
    own = Membership.objects.filter(user=user).select_related("chapter", "user").order_by("chapter_id")
    for each in own:
        membership.lock(each.chapter)
    for each in own.all():  # as they are under the locks
        alone = (
            each.role == Role.LEAD
            and each.user.is_active
            and each.chapter.state != Chapter.State.LEFT
            and not membership.active_leads(each.chapter).exclude(user=user).exists()
        )
        if alone:
            raise Refused(
                _("%(person)s is the only lead of %(chapter)s. Make somebody else a lead there first.")
                % {"person": user.display_name, "chapter": each.chapter.name}
            )
        events.record("member_left", user, chapter=each.chapter, by=by, role=each.role)


def _apply_policies(user: User) -> None:
    declared = policies()
    for field in pointers_to_people():
        policy = declared[_name(field)]
        rows = field.model._base_manager.filter(**{field.name: user})
        if policy == Policy.DELETE:
            rows.delete()
        elif policy == Policy.BLANK:
            rows.update(**{field.name: None})


def _name(field: models.ForeignKey) -> str:
    return f"{field.model._meta.label}.{field.name}"


def _forget_invitations(addresses: set[str], blank: str) -> None:
    for waiting in Invitation.objects.filter(email__in=addresses, accepted_at=None, revoked_at=None):
        invitations.revoke(invitation=waiting, by=SYSTEM)
    Invitation.objects.filter(email__in=addresses).update(email=blank)


def _forget_in_admin_history(words: set[str]) -> None:
    """The admin's own log writes the names of rows it changed."""
    for word in words:
        LogEntry.objects.filter(Q(object_repr=word) | Q(object_repr__startswith=f"{word} · ")).update(
            object_repr=_("Former member")
        )
