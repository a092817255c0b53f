"""The administrator's pages for people and chapters, and for the tables of the sign-in library."""

from __future__ import annotations

from typing import Any

from allauth.account.admin import EmailAddress
from allauth.account.decorators import secure_admin_login
from allauth.mfa.admin import Authenticator
from allauth.usersessions.admin import UserSession
from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from chapters import admin_advisories as admin_advisories
from chapters import admin_telling as admin_telling
from chapters import erasure, events, invitations, membership, rules
from chapters.adminbase import AuditedAdmin, ReadOnlyAdmin, ask_first, each
from chapters.events import Actor
from chapters.forms import ChapterSettingsForm, PauseForm
from chapters.models import Chapter, Event, Invitation, Membership, Notice, Region, User
from chapters.permissions import Role
from chapters.problems import Refused

# One door: rate limits, second factors and the list of sessions count for administrators too.
_sign_in = secure_admin_login(admin.site.login)


def door(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """The way in. Somebody who is signed in without being an administrator is told whose pages these are."""
    if request.user.is_authenticated and not request.user.is_staff:
        raise PermissionDenied(
            _("These pages are for the hub’s administrators. Everything of your chapter is on its own pages.")
        )
    return _sign_in(request, extra_context=extra_context)


admin.site.login = login_not_required(door)
admin.site.site_header = admin.site.site_title = _("Chapter Hub administration")

# The library's own pages would show second-factor secrets and let addresses be typed over.
for model in (EmailAddress, Authenticator, UserSession):
    admin.site.unregister(model)


class MembershipInline(admin.TabularInline):
    model = Membership
    fields = readonly_fields = ["user", "chapter", "role", "joined_at"]
    extra = 0
    can_delete = False
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("user", "chapter")

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(AuditedAdmin):
    """People come by invitation and go by erasure; their address is theirs to change."""

    list_display = ["email", "name", "is_active", "is_staff", "last_login", "date_joined", "erased_at"]
    list_filter = ["is_active", "is_staff", ("erased_at", admin.EmptyFieldListFilter), "memberships__role"]
    search_fields = ["email", "name", "uid"]
    date_hierarchy = "date_joined"
    fieldsets = [
        (None, {"fields": ["email", "name", "language", "time_zone", "theme"]}),
        (_("Sign-in"), {"fields": ["is_active", "last_login"]}),
        (_("Administration"), {"fields": ["is_staff", "is_superuser", "groups", "user_permissions"]}),
        (_("Dates"), {"fields": ["uid", "date_joined", "erased_at"]}),
    ]
    readonly_fields = ["email", "uid", "last_login", "date_joined", "erased_at"]
    filter_horizontal = ["groups", "user_permissions"]
    inlines = [MembershipInline]
    actions = ["end_sessions", "erase"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        is_erased = obj is not None and obj.erased_at is not None
        return not is_erased and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Only a superuser hands out administration."""
        fields = list(self.readonly_fields)
        if not request.user.is_superuser:
            fields += ["is_staff", "is_superuser", "groups", "user_permissions"]
        return fields

    @admin.action(description=_("Sign out on every device"), permissions=["repair"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        def end(user: User) -> None:
            erasure.end_sessions(user=user, by=Actor.person(request.user))

        each(request, queryset, end, refusals=Refused)

    @admin.action(description=_("Erase: forget who they are, keep what they did"), permissions=["repair"])
    def erase(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        asking = ask_first(
            request,
            self,
            queryset,
            title=_("Erase these people"),
            warning=_(
                "Their name, addresses, password, memberships and notices are gone for good. Posts, reviews "
                "and history stay, by “Former member”."
            ),
            form=forms.Form(request.POST),
        )
        if asking is not None:
            return asking

        def forget(user: User) -> None:
            erasure.erase(user=user, by=Actor.person(request.user))

        each(request, queryset, forget, refusals=Refused)
        return None


class ChapterAdminForm(ChapterSettingsForm):
    """The chapter's own settings with what belongs to the central team."""

    class Meta(ChapterSettingsForm.Meta):
        fields = ["name", "region", *ChapterSettingsForm.Meta.fields]

    def clean_review_rule(self) -> str:
        rule = self.cleaned_data["review_rule"]
        if "review_rule" in self.changed_data and rule == Chapter.ReviewRule.REQUIRED:
            try:
                rules.require_approvers(self.instance)
            except Refused as refused:
                raise forms.ValidationError(refused.message) from None
        return rule


@admin.register(Chapter)
class ChapterAdmin(AuditedAdmin):
    """Chapters are founded by the central team's leads and never deleted."""

    form = ChapterAdminForm
    list_display = ["name", "kind", "region", "state", "review_rule", "time_zone", "created_at"]
    list_filter = ["kind", "state", "region", "review_rule", "accounts_by"]
    list_select_related = ["region"]
    search_fields = ["name", "slug", "city", "uid"]
    # whether a chapter follows advisories is its own to say, and nobody else's
    readonly_fields = [
        "uid", "kind", "slug", "state", "paused_reason", "paused_until", "advisory_rule", "created_at",
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": ["name", "slug", "kind", "region", "state", "paused_reason", "paused_until"]}),
        (_("Settings"), {"fields": [*ChapterSettingsForm.Meta.fields, "advisory_rule"]}),
        (_("Record"), {"fields": ["uid", "created_at"]}),
    ]
    inlines = [MembershipInline]
    actions = ["pause", "resume"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    @admin.action(description=_("Pause publishing"), permissions=["repair"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Chapter]) -> HttpResponse | None:
        form = PauseForm(request.POST)
        asking = ask_first(
            request,
            self,
            queryset,
            title=_("Pause publishing"),
            warning=_(
                "Nothing of these chapters goes out until somebody resumes it. Their members are told."
            ),
            form=form,
        )
        if asking is not None:
            return asking

        def stop(chapter: Chapter) -> None:
            rules.pause(chapter=chapter, reason=form.cleaned_data["reason"], by=Actor.person(request.user))

        each(request, queryset, stop, refusals=Refused)
        return None

    @admin.action(description=_("Resume publishing"), permissions=["repair"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Chapter]) -> None:
        def go_on(chapter: Chapter) -> None:
            rules.resume(chapter=chapter, by=Actor.person(request.user))

        each(request, queryset, go_on, refusals=Refused)


@admin.register(Region)
class RegionAdmin(AuditedAdmin):
    list_display = ["name", "slug", "parent"]
    list_select_related = ["parent"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = ["user", "chapter", "role", "joined_at"]
    list_filter = ["role", "chapter__kind", "chapter__region"]
    list_select_related = ["user", "chapter"]
    search_fields = ["user__email", "user__name", "chapter__name", "chapter__slug"]
    actions = ["make_lead", "remove"]

    @admin.action(description=_("Make them a lead"), permissions=["repair"])
    def make_lead(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        def promote(member: Membership) -> None:
            membership.change_role(membership=member, role=Role.LEAD, by=Actor.person(request.user))

        each(request, queryset, promote, refusals=Refused)

    @admin.action(description=_("Take them out of the chapter"), permissions=["repair"])
    def remove(self, request: HttpRequest, queryset: QuerySet[Membership]) -> HttpResponse | None:
        asking = ask_first(
            request,
            self,
            queryset,
            title=_("Take out of the chapter"),
            warning=_("They can no longer open the chapter. What they wrote and planned stays."),
            form=forms.Form(request.POST),
        )
        if asking is not None:
            return asking

        def end(member: Membership) -> None:
            membership.remove(membership=member, by=Actor.person(request.user))

        each(request, queryset, end, refusals=Refused)
        return None


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = [
        "email",
        "chapter",
        "role",
        "invited_by",
        "created_at",
        "expires_at",
        "accepted_at",
        "revoked_at",
    ]
    list_filter = [
        "role",
        ("accepted_at", admin.EmptyFieldListFilter),
        ("revoked_at", admin.EmptyFieldListFilter),
        "expires_at",
    ]
    list_select_related = ["chapter", "invited_by"]
    search_fields = ["email", "chapter__name", "chapter__slug"]
    actions = ["resend", "revoke"]

    @admin.action(description=_("Send again, with a new link"), permissions=["repair"])
    def resend(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        def send(invitation: Invitation) -> None:
            invitations.resend(invitation=invitation, by=Actor.person(request.user))

        each(request, queryset, send, refusals=Refused)

    @admin.action(description=_("Withdraw"), permissions=["repair"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        def withdraw(invitation: Invitation) -> None:
            invitations.revoke(invitation=invitation, by=Actor.person(request.user))

        each(request, queryset, withdraw, refusals=Refused)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["at", "verb", "subject_type", "subject_label", "actor", "actor_kind", "chapter"]
    list_filter = ["actor_kind", "subject_type", "verb", "at"]
    list_select_related = ["actor", "chapter"]
    search_fields = ["subject_uid", "subject_label", "verb", "chapter__name", "actor__email"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        return super().get_queryset(request).exclude(verb__in=events.QUIET)


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = [
        "title",
        "person",
        "kind",
        "how",
        "chapter",
        "created_at",
        "sent_at",
        "mail_tries",
        "read_at",
    ]
    list_filter = ["kind", ("sent_at", admin.EmptyFieldListFilter), "created_at"]
    list_select_related = ["person", "chapter"]
    search_fields = ["title", "cause", "person__email"]


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin):
    list_display = ["email", "user", "verified", "primary"]
    list_filter = ["verified", "primary"]
    list_select_related = ["user"]
    search_fields = ["email", "user__name"]


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Second factors, without their secrets."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user__email", "user__name"]
    fields = ["user", "type", "created_at", "last_used_at"]


@admin.register(UserSession)
class UserSessionAdmin(ReadOnlyAdmin):
    """Where people are signed in, without the keys of the sessions."""

    list_display = ["user", "ip", "user_agent", "created_at", "last_seen_at"]
    list_select_related = ["user"]
    search_fields = ["user__email", "user__name", "ip"]
    fields = ["user", "ip", "user_agent", "created_at", "last_seen_at"]


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """The admin's own log."""

    list_display = ["action_time", "user", "content_type", "object_repr", "action_flag", "words"]
    list_filter = ["action_flag", "content_type", "action_time"]
    list_select_related = ["user", "content_type"]
    search_fields = ["object_repr", "user__email"]
    fields = ["action_time", "user", "content_type", "object_id", "object_repr", "action_flag", "words"]
    readonly_fields = ["words"]

    @admin.display(description=_("what"))
    def words(self, entry: LogEntry) -> Any:
        return entry.get_change_message()
