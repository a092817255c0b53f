"""The administrator's view: everything to be found, nothing changed but by the verbs."""

from __future__ import annotations

from datetime import date

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from chapters.events import Actor
from playbooks import admin_backtalk as admin_backtalk
from playbooks import admin_entries as admin_entries
from playbooks import admin_finding as admin_finding
from playbooks import admin_office_hours as admin_office_hours
from playbooks import admin_suggestions as admin_suggestions
from playbooks import admin_tables as admin_tables
from playbooks import history, keeping, teaching, template_writing
from playbooks.admin_base import CountedAdmin, OwnerForm, ReadOnlyAdmin
from playbooks.admin_verbs import each
from playbooks.errors import TeachingError
from playbooks.models import Playbook, PlaybookVersion, Template, TemplateUse, TemplateVersion


class VersionInline(admin.TabularInline):
    """The versions of a playbook or template, to look at."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class PlaybookVersionInline(VersionInline):
    model = PlaybookVersion
    fields = readonly_fields = ["number", "title", "change_note", "published_by", "published_at"]


class TemplateVersionInline(VersionInline):
    model = TemplateVersion
    fk_name = "template"
    fields = readonly_fields = ["number", "name", "created_by", "created_at"]


class PlaybookForm(OwnerForm):
    """Who keeps it, and when it is looked at again."""

    def clean_next_review(self) -> date | None:
        day = self.cleaned_data["next_review"]
        if day and "next_review" in self.changed_data and day <= timezone.localdate():
            raise forms.ValidationError(_("Choose a day to come."))
        return day


@admin.register(Playbook)
class PlaybookAdmin(admin.ModelAdmin):
    """Who keeps a playbook up to date is changed here; its words, on the central team's own pages."""

    form = PlaybookForm
    list_display = ["title", "status", "version", "owner", "last_reviewed", "next_review", "updated_at"]
    list_filter = [
        "status",
        "language",
        ("public_token", admin.EmptyFieldListFilter),
        ("owner", admin.RelatedOnlyFieldListFilter),
    ]
    list_select_related = ["current", "owner"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["title", "summary", "body", "slug"]
    inlines = [PlaybookVersionInline]
    actions = ["look_at", "archive", "restore"]
    fields = [
        "title", "status", "current", "owner", "last_reviewed", "next_review", "publish_at", "replaced_by",
        "translated_version", "public_token", "draft_by", "audience", "slug", "language", "translation_group",
        "summary", "body", "time_needed", "people_needed", "platforms", "topics", "draft_number",
        "created_at", "updated_at", "done",
    ]  # fmt: skip
    changeable = {"owner", "next_review"}

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [name for name in self.fields if name not in self.changeable]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # what was published once is archived, since chapters may have linked to it
        return super().has_delete_permission(request, obj) and bool(obj) and obj.current_id is None

    @admin.display(description=_("version"), ordering="current__number")
    def version(self, playbook: Playbook) -> int | None:
        return playbook.current.number if playbook.current else None

    @admin.display(description=_("history"))
    def done(self, playbook: Playbook) -> SafeString:
        lines = ((f"{line.event.at:%Y-%m-%d %H:%M} UTC", line.text) for line in history.lines(playbook))
        return format_html(
            '{}<p><a href="{}">{}</a></p>',
            format_html_join("", "<p>{} · {}</p>", lines),
            reverse("playbook_manage", args=[playbook.slug]),
            _("The central team's page of it"),
        )

    def save_model(self, request: HttpRequest, obj: Playbook, form: ModelForm, change: bool) -> None:
        if not form.changed_data:
            return
        try:
            keeping.arrange(
                playbook=obj, owner=obj.owner, language=obj.language, next_review=obj.next_review,
                practices=list(obj.practices.all()), by=Actor.person(request.user),
            )  # fmt: skip
        except TeachingError as refused:
            self.message_user(request, refused.message, messages.ERROR)

    @admin.action(description=_("Looked at today: the chosen playbooks still hold"), permissions=["change"])
    def look_at(self, request: HttpRequest, queryset: QuerySet[Playbook]) -> None:
        each(request, queryset, lambda row, by: keeping.still_good(playbook=row, by=by))

    @admin.action(description=_("Archive the chosen playbooks"), permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Playbook]) -> None:
        each(request, queryset, lambda row, by: teaching.archive(playbook=row, by=by))

    @admin.action(description=_("Restore the chosen playbooks"), permissions=["change"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Playbook]) -> None:
        each(request, queryset, lambda row, by: teaching.restore(playbook=row, by=by))


@admin.register(PlaybookVersion)
class PlaybookVersionAdmin(ReadOnlyAdmin):
    list_display = ["title", "number", "playbook", "change_note", "published_by", "published_at"]
    list_filter = ["published_at", ("published_by", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["playbook", "published_by"]
    search_fields = ["title", "summary", "body", "change_note"]
    date_hierarchy = "published_at"


@admin.register(Template)
class TemplateAdmin(ReadOnlyAdmin):
    """Withdrawing is here, as part of the draft; its words are changed on the central team's own pages."""

    list_display = ["__str__", "playbook", "order", "is_withdrawn", "archived_at"]
    list_filter = [("archived_at", admin.EmptyFieldListFilter), "playbook"]
    list_select_related = ["playbook"]
    search_fields = ["name", "text", "playbook__title"]
    inlines = [TemplateVersionInline]
    actions = ["withdraw", "offer_again"]

    @admin.action(description=_("Withdraw the chosen templates"), permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Template]) -> None:
        each(request, queryset, lambda row, by: template_writing.withdraw(template=row, by=by))

    @admin.action(description=_("Offer the chosen templates again"), permissions=["withdraw"])
    def offer_again(self, request: HttpRequest, queryset: QuerySet[Template]) -> None:
        each(request, queryset, lambda row, by: template_writing.offer_again(template=row, by=by))

    def has_withdraw_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("playbooks.change_template")


@admin.register(TemplateVersion)
class TemplateVersionAdmin(ReadOnlyAdmin):
    list_display = ["name", "number", "template", "created_by", "created_at"]
    list_filter = ["created_at", ("created_by", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["template", "created_by"]
    search_fields = ["name", "note", "text"]


@admin.register(TemplateUse)
class TemplateUseAdmin(CountedAdmin):
    things = ("version",)
    list_select_related = ["version"]
    search_fields = ["version__name"]
