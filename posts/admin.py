"""The administrator's pages for posts, deliveries and accounts: to look at, and to repair by verbs.

Statuses, lanes, attempts and tokens are never typed over: the rows are read-only, and each action calls the
verb that people's pages call, with the administrator in the history.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from chapters.adminbase import ReadOnlyAdmin, ask_first, each
from chapters.events import Actor
from posts import (  # noqa: F401 - more pages are there
    accounts,
    admin_help,
    admin_media,
    admin_practices,
    workflow,
)
from posts.account_forms import PauseForm
from posts.models import (
    Attempt,
    Breaker,
    ConnectionAttempt,
    ConnectionLink,
    Credential,
    Delivery,
    DrainSlot,
    Heartbeat,
    Lane,
    PlatformApp,
    Post,
    PostRevision,
    Review,
    SocialAccount,
    Target,
)
from posts.problems import Refused
from posts.publishing import repair


class Lines(admin.TabularInline):
    """Rows that belong to the one shown, to look at."""

    extra = 0
    can_delete = False
    show_change_link = True
    related: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related(*self.related)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        return list(self.fields)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


# ---- posts


class TargetLines(Lines):
    model = Target
    fields = ["account", "text"]
    related = ("account",)


class ReviewLines(Lines):
    model = Review
    fields = ["revision", "reviewer", "kind", "verdict", "text", "created_at"]
    related = ("reviewer",)


class DeliveryLines(Lines):
    model = Delivery
    fields = ["account", "status", "held_reason", "due_at", "tries", "message", "permalink"]
    related = ("account", "post")


@admin.register(Post)
class PostAdmin(ReadOnlyAdmin):
    """What a post says changes by its people and its status by the workflow."""

    list_display = ["__str__", "chapter", "author", "status", "planned_at", "published_at", "updated_at"]
    list_filter = ["status", "chapter__kind", "chapter__region", "planned_at", "created_at", "is_demo"]
    list_select_related = ["chapter", "author"]
    search_fields = ["text", "uid", "chapter__name", "chapter__slug", "author__email", "author__name"]
    fields = [
        "uid", "chapter", "author", "status", "revision", "text", "link", "planned_at",
        "grace_minutes", "submitted_by", "published_at", "template_version", "reused_from", "is_demo",
        "created_at", "updated_at",
    ]  # fmt: skip
    inlines = [TargetLines, DeliveryLines, ReviewLines]
    actions = ["unschedule"]

    @admin.action(description=_("Take off the schedule"), permissions=["repair"])
    def unschedule(self, request: HttpRequest, queryset: QuerySet[Post]) -> HttpResponse | None:
        asking = ask_first(
            request,
            self,
            queryset,
            title=_("Take off the schedule"),
            warning=_("These posts will not go out until somebody of their chapter schedules them again."),
            form=forms.Form(request.POST),
        )
        if asking is not None:
            return asking

        def withdraw(post: Post) -> None:
            workflow.unschedule(post=post, by=Actor.person(request.user))

        each(request, queryset, withdraw, refusals=Refused)
        return None


@admin.register(PostRevision)
class PostRevisionAdmin(ReadOnlyAdmin):
    list_display = ["post", "number", "by", "at"]
    list_filter = ["at"]
    list_select_related = ["post", "by"]
    search_fields = ["post__uid", "post__text", "by__email", "by__name"]
    fields = ["post", "number", "by", "at", "content"]


@admin.register(Target)
class TargetAdmin(ReadOnlyAdmin):
    list_display = ["post", "account", "has_own_text"]
    list_filter = ["account__platform"]
    list_select_related = ["post", "account"]
    search_fields = ["post__uid", "post__text", "account__handle"]
    fields = ["post", "account", "text", "options"]

    @admin.display(description=_("own text"), boolean=True)
    def has_own_text(self, target: Target) -> bool:
        return target.text is not None


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    list_display = ["post", "revision", "reviewer", "reviewer_chapter", "kind", "verdict", "created_at"]
    list_filter = ["kind", "verdict", "created_at"]
    list_select_related = ["post", "reviewer", "reviewer_chapter"]
    search_fields = ["post__uid", "post__text", "text", "reviewer__email", "reviewer__name"]


# ---- accounts


class LaneLine(Lines):
    model = Lane
    fields = ["next_due_at", "not_before", "paused_at", "paused_reason", "lease_until", "breaker_until"]
    related = ("account",)


@admin.register(SocialAccount)
class SocialAccountAdmin(ReadOnlyAdmin):
    """A chapter's accounts without their tokens."""

    list_display = [
        "handle", "platform", "host", "chapter", "connected_by", "connected_at", "broken_at",
        "disconnected_at",
    ]  # fmt: skip
    list_filter = [
        "platform",
        ("broken_at", admin.EmptyFieldListFilter),
        ("disconnected_at", admin.EmptyFieldListFilter),
        "connected_at",
    ]
    list_select_related = ["chapter", "connected_by"]
    search_fields = ["handle", "display_name", "host", "uid", "external_id", "chapter__name"]
    fields = [
        "uid", "chapter", "platform", "host", "external_id", "handle", "display_name", "url", "scopes",
        "capabilities", "connected_by", "connected_at", "expires_at", "ends_at", "broken_at",
        "broken_message", "resend_absent", "disconnected_at", "predecessor",
    ]  # fmt: skip
    inlines = [LaneLine]
    actions = ["pause", "resume", "disconnect"]

    @admin.action(description=_("Pause: nothing goes out there"), permissions=["repair"])
    def pause(self, request: HttpRequest, queryset: QuerySet[SocialAccount]) -> HttpResponse | None:
        return _pause(self, request, queryset, queryset.select_related("chapter"))

    @admin.action(description=_("Resume"), permissions=["repair"])
    def resume(self, request: HttpRequest, queryset: QuerySet[SocialAccount]) -> None:
        _resume(request, queryset.select_related("chapter"))

    @admin.action(description=_("Disconnect: forget the access"), permissions=["repair"])
    def disconnect(self, request: HttpRequest, queryset: QuerySet[SocialAccount]) -> HttpResponse | None:
        asking = ask_first(
            request,
            self,
            queryset,
            title=_("Disconnect these accounts"),
            warning=_("The hub forgets their access. Posts that are planned for them wait for a person."),
            form=forms.Form(request.POST),
        )
        if asking is not None:
            return asking

        def let_go(account: SocialAccount) -> None:
            parting = accounts.disconnect(account=account, by=Actor.person(request.user))
            if parting.advice:
                self.message_user(request, parting.advice, messages.WARNING)

        each(request, queryset.select_related("chapter"), let_go, refusals=Refused)
        return None


@admin.register(Credential)
class CredentialAdmin(ReadOnlyAdmin):
    """That there are tokens and since when; what they are is nobody's to see."""

    list_display = ["account", "changed_at"]
    list_select_related = ["account"]
    search_fields = ["account__handle", "account__chapter__name"]
    fields = ["account", "changed_at"]


@admin.register(PlatformApp)
class PlatformAppAdmin(ReadOnlyAdmin):
    list_display = ["platform", "host", "client_id", "created_at"]
    list_filter = ["platform"]
    search_fields = ["host", "client_id"]
    fields = ["uid", "platform", "host", "client_id", "endpoints", "created_at"]


@admin.register(ConnectionAttempt)
class ConnectionAttemptAdmin(ReadOnlyAdmin):
    list_display = ["person", "chapter", "platform", "host", "created_at", "expires_at", "ended_at"]
    list_filter = ["platform", ("ended_at", admin.EmptyFieldListFilter), "created_at"]
    list_select_related = ["person", "chapter"]
    search_fields = ["person__email", "chapter__name", "host"]
    fields = [
        "person", "link", "chapter", "platform", "host", "account", "created_at", "expires_at", "used_at",
        "ended_at",
    ]  # fmt: skip


@admin.register(ConnectionLink)
class ConnectionLinkAdmin(ReadOnlyAdmin):
    """The link itself is in nobody's hands but the one who was given it."""

    list_display = ["chapter", "made_by", "platform", "created_at", "expires_at", "used_at", "revoked_at"]
    list_filter = ["platform", ("used_at", admin.EmptyFieldListFilter), "created_at"]
    list_select_related = ["made_by", "chapter"]
    search_fields = ["made_by__email", "chapter__name"]
    fields = [
        "uid", "chapter", "made_by", "platform", "account", "created_at", "expires_at", "used_at",
        "revoked_at",
    ]  # fmt: skip


# ---- publishing


class AttemptLines(Lines):
    model = Attempt
    fields = ["phase", "number", "fence", "started_at", "finished_at", "outcome", "evidence"]
    related = ("delivery",)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """A doubt is settled by those who can look, on the post's page; here what is known not to be out."""

    list_display = ["post", "account", "chapter", "status", "held_reason", "due_at", "tries", "message"]
    list_filter = ["status", "held_reason", "account__platform", "due_at"]
    list_select_related = ["post", "account", "chapter"]
    search_fields = ["uid", "external_id", "post__uid", "post__text", "account__handle", "chapter__name"]
    inlines = [AttemptLines]
    fields = [
        "uid", "post", "account", "chapter", "status", "held_reason", "message", "revision", "payload",
        "due_at", "wall_time", "zone", "late_after", "next_attempt_at", "tries", "faults", "crashes",
        "check_at", "absences", "checking_until", "staged_at", "external_id",
        "permalink", "published_at", "removed_at", "created_at", "updated_at",
    ]  # fmt: skip
    actions = ["retry", "skip"]

    @admin.action(description=_("Send again, as it was approved"), permissions=["repair"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        def send(delivery: Delivery) -> None:
            repair.retry(delivery=delivery, by=Actor.person(request.user))

        each(request, queryset, send, refusals=Refused)

    @admin.action(description=_("Skip: the post no longer waits for this account"), permissions=["repair"])
    def skip(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> HttpResponse | None:
        asking = ask_first(
            request,
            self,
            queryset,
            title=_("Skip these deliveries"),
            warning=_("The hub will not send them any more, and no longer looks after those in doubt."),
            form=forms.Form(request.POST),
        )
        if asking is not None:
            return asking

        def let_go(delivery: Delivery) -> None:
            repair.skip(delivery=delivery, by=Actor.person(request.user))

        each(request, queryset, let_go, refusals=Refused)
        return None


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ["delivery", "phase", "number", "started_at", "finished_at", "outcome", "fence"]
    list_filter = ["phase", "outcome", "started_at"]
    list_select_related = ["delivery__post", "delivery__account"]
    search_fields = ["key", "delivery__uid", "delivery__post__text", "delivery__account__handle"]


@admin.register(Lane)
class LaneAdmin(ReadOnlyAdmin):
    """The publishing order of each account. What is done to a lane is in the history of its account."""

    list_display = [
        "account", "chapter", "next_due_at", "not_before", "paused_at", "paused_reason", "lease_until",
        "lease_owner",
    ]  # fmt: skip
    list_filter = [("paused_at", admin.EmptyFieldListFilter), "account__platform", "next_due_at"]
    list_select_related = ["account__chapter"]
    search_fields = ["account__handle", "account__uid", "account__chapter__name", "paused_reason"]
    actions = ["pause", "resume"]

    @admin.display(description=_("chapter"), ordering="account__chapter__name")
    def chapter(self, lane: Lane) -> Any:
        return lane.account.chapter

    @admin.action(description=_("Pause: nothing goes out there"), permissions=["repair"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Lane]) -> HttpResponse | None:
        return _pause(self, request, queryset, _accounts_of(queryset))

    @admin.action(description=_("Resume"), permissions=["repair"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Lane]) -> None:
        _resume(request, _accounts_of(queryset))


@admin.register(Breaker)
class BreakerAdmin(ReadOnlyAdmin):
    list_display = ["platform", "host", "failures", "open_until", "retries"]
    list_filter = ["platform", ("open_until", admin.EmptyFieldListFilter)]
    search_fields = ["platform", "host"]


@admin.register(DrainSlot)
class DrainSlotAdmin(ReadOnlyAdmin):
    list_display = ["number", "lease_until", "lease_owner"]


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ["name", "kind", "at"]
    list_filter = ["kind"]
    search_fields = ["name"]


def _accounts_of(lanes: QuerySet[Lane]) -> QuerySet[SocialAccount]:
    return SocialAccount.objects.select_related("chapter").filter(lane__in=lanes.values("pk"))


def _pause(
    page: admin.ModelAdmin, request: HttpRequest, chosen: QuerySet, rows: QuerySet[SocialAccount]
) -> HttpResponse | None:
    form = PauseForm(request.POST)
    asking = ask_first(
        request,
        page,
        chosen,
        title=_("Pause these accounts"),
        warning=_("Nothing goes out there until somebody resumes them. Their chapters see the reason."),
        form=form,
    )
    if asking is not None:
        return asking

    def stop(account: SocialAccount) -> None:
        accounts.pause(account=account, reason=form.cleaned_data["reason"], by=Actor.person(request.user))

    each(request, rows, stop, refusals=Refused)
    return None


def _resume(request: HttpRequest, rows: QuerySet[SocialAccount]) -> None:
    def go_on(account: SocialAccount) -> None:
        accounts.resume(account=account, by=Actor.person(request.user))

    each(request, rows, go_on, refusals=Refused)
