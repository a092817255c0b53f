"""The administrator's view of suggestions: everything to be found, nothing changed but by the verbs."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet, URLField
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chapters.events import Actor
from playbooks import suggesting
from playbooks.admin_base import AnonymousAdmin, CountedAdmin, OwnerForm, ReadOnlyAdmin
from playbooks.admin_verbs import each
from playbooks.errors import TeachingError
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
    list_filter = [
        "status",
        "kind",
        ("from_chapter", admin.EmptyFieldListFilter),
        "regions",
        ("owner", admin.RelatedOnlyFieldListFilter),
    ]
    list_select_related = ["current", "from_chapter", "owner"]
    search_fields = ["title", "uid", "from_chapter__name"]
    form = OwnerForm
    actions = ["end", "resume"]

    def get_readonly_fields(self, request: HttpRequest, obj: Suggestion | None = None) -> list[str]:
        return [field.name for field in self.opts.get_fields() if field.concrete and field.name != "owner"]

    def has_change_permission(self, request: HttpRequest, obj: Suggestion | None = None) -> bool:
        return request.user.has_perm("playbooks.change_suggestion")

    def save_model(self, request: HttpRequest, obj: Suggestion, form: ModelForm, change: bool) -> None:
        if not form.changed_data:
            return
        try:
            suggesting.hand_over(suggestion=obj, owner=obj.owner, by=Actor.person(request.user))
        except TeachingError as refused:
            self.message_user(request, refused.message, messages.ERROR)

    @admin.action(description=_("End the chosen suggestions"), permissions=["change"])
    def end(self, request: HttpRequest, queryset: QuerySet[Suggestion]) -> None:
        each(request, queryset, lambda row, by: suggesting.end(suggestion=row, by=by))

    @admin.action(description=_("Offer the chosen suggestions again"), permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Suggestion]) -> None:
        each(request, queryset, lambda row, by: suggesting.resume(suggestion=row, by=by))


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
    list_display = ["__str__", "mime", "width", "height", "size", "created_by", "created_at"]
    list_filter = ["mime", "created_at"]
    list_select_related = ["suggestion", "created_by"]
    search_fields = ["uid", "suggestion__title"]


@admin.register(Decision)
class DecisionAdmin(AnonymousAdmin):
    """A chapter that declines says why with its name; who used a suggestion stays a number."""

    list_display = ["suggestion", "state", "reason", "whose", "settled"]
    list_filter = ["state", "reason", ("answered_at", admin.EmptyFieldListFilter)]
    list_select_related = ["suggestion", "chapter"]
    search_fields = ["suggestion__title", "words", "answer"]
    fields = [
        "suggestion", "state", "reason", "words", "whose", "version", "answer", "answered_by", "answered_at",
    ]  # fmt: skip
    readonly_fields = ["whose"]

    def is_named(self, row: Decision) -> bool:
        return row.state == Decision.State.DECLINED

    @admin.display(description=_("settled"), boolean=True)
    def settled(self, row: Decision) -> bool:
        return row.answered_at is not None


@admin.register(Adoption)
class AdoptionAdmin(CountedAdmin):
    things = ("suggestion", "mode")
    list_select_related = ["suggestion"]
    search_fields = ["suggestion__title"]
