"""The administrator's view of suggestions: everything to be found, nothing changed but by the verbs."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet, URLField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from playbooks import suggesting
from playbooks.admin_base import ReadOnlyAdmin
from playbooks.admin_verbs import each
from playbooks.models import (
    Adoption,
    Decision,
    Suggestion,
    SuggestionImage,
    SuggestionItem,
    SuggestionVersion,
)


@admin.register(Suggestion)
class SuggestionAdmin(ReadOnlyAdmin):
    """Who keeps it is changed here; its words, on the central team's own pages."""

    list_display = ["title", "kind", "status", "current", "from_chapter", "owner", "visible_from", "until"]
    list_filter = ["status", "kind", ("from_chapter", admin.EmptyFieldListFilter), "regions", "owner"]
    list_select_related = ["current", "from_chapter", "owner"]
    search_fields = ["title", "uid", "from_chapter__name"]
    raw_id_fields = ["owner"]
    actions = ["end", "resume"]
    changeable = {"owner"}

    def get_readonly_fields(self, request: HttpRequest, obj: Suggestion | None = None) -> list[str]:
        return [field.name for field in self.opts.get_fields() if field.concrete and field.name != "owner"]

    def has_change_permission(self, request: HttpRequest, obj: Suggestion | None = None) -> bool:
        return request.user.has_perm("playbooks.change_suggestion")

    @admin.action(description=_("End the chosen suggestions"), permissions=["change"])
    def end(self, request: HttpRequest, queryset: QuerySet[Suggestion]) -> None:
        each(self, request, queryset, lambda row, by: suggesting.end(suggestion=row, by=by))

    @admin.action(description=_("Offer the chosen suggestions again"), permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Suggestion]) -> None:
        each(self, request, queryset, lambda row, by: suggesting.resume(suggestion=row, by=by))


@admin.register(SuggestionVersion)
class SuggestionVersionAdmin(ReadOnlyAdmin):
    list_display = ["title", "number", "suggestion", "change_note", "published_by", "published_at"]
    list_filter = ["published_at"]
    list_select_related = ["suggestion", "published_by"]
    search_fields = ["title", "why", "change_note"]
    date_hierarchy = "published_at"


@admin.register(SuggestionItem)
class SuggestionItemAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "version", "order", "day", "on", "at"]
    list_select_related = ["version"]
    search_fields = ["name", "text", "key"]
    formfield_overrides = {URLField: {"assume_scheme": "https"}}


@admin.register(SuggestionImage)
class SuggestionImageAdmin(ReadOnlyAdmin):
    list_display = ["uid", "suggestion", "mime", "width", "height", "size", "created_by", "created_at"]
    list_filter = ["mime", "created_at"]
    list_select_related = ["suggestion", "created_by"]
    search_fields = ["uid", "suggestion__title"]


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ["suggestion", "chapter", "state", "reason", "by", "at", "answered_at"]
    list_filter = ["state", "reason", ("answered_at", admin.EmptyFieldListFilter), "at"]
    list_select_related = ["suggestion", "chapter", "by"]
    search_fields = ["suggestion__title", "chapter__name", "words", "answer"]
    date_hierarchy = "at"


@admin.register(Adoption)
class AdoptionAdmin(ReadOnlyAdmin):
    list_display = ["item", "suggestion", "chapter", "mode", "post_uid", "by", "at"]
    list_filter = ["mode", "at"]
    list_select_related = ["item", "suggestion", "chapter", "by"]
    search_fields = ["suggestion__title", "chapter__name", "post_uid"]
    date_hierarchy = "at"
