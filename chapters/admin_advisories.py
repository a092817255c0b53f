"""The administrator's pages for advisories and volunteers: to look at, and to end an advisory."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chapters import volunteering
from chapters.adminbase import ReadOnlyAdmin, each
from chapters.events import Actor
from chapters.models import Advisory, AdvisoryAnswer, Volunteer
from chapters.problems import Refused


class AnswerLines(admin.TabularInline):
    model = AdvisoryAnswer
    fields = readonly_fields = ["chapter", "answer", "by", "at"]
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("chapter", "by")

    def has_add_permission(self, request: HttpRequest, obj: Advisory | None = None) -> bool:
        return False


@admin.register(Advisory)
class AdvisoryAdmin(ReadOnlyAdmin):
    """Only the central team advises, and only chapters answer."""

    list_display = ["reason", "issued_by", "created_at", "ends_at", "withdrawn_at", "settled_at"]
    list_filter = ["regions", ("withdrawn_at", admin.EmptyFieldListFilter), "created_at"]
    list_select_related = ["issued_by"]
    search_fields = ["reason", "uid", "issued_by__email", "issued_by__name"]
    inlines = [AnswerLines]


@admin.register(AdvisoryAnswer)
class AdvisoryAnswerAdmin(ReadOnlyAdmin):
    list_display = ["advisory", "chapter", "answer", "by", "at"]
    list_filter = ["answer", "at"]
    list_select_related = ["advisory", "chapter", "by"]
    search_fields = ["advisory__reason", "chapter__name", "by__email"]


@admin.register(Volunteer)
class VolunteerAdmin(ReadOnlyAdmin):
    list_display = ["membership", "languages", "since"]
    list_select_related = ["membership__user", "membership__chapter"]
    search_fields = ["membership__user__email", "membership__user__name", "membership__chapter__name"]
    actions = ["stop"]

    @admin.action(description=_("No longer ask them"), permissions=["repair"])
    def stop(self, request: HttpRequest, queryset: QuerySet[Volunteer]) -> None:
        def end(row: Volunteer) -> None:
            volunteering.stop(membership=row.membership, by=Actor.person(request.user))

        rows = queryset.select_related("membership__user", "membership__chapter")
        each(request, rows, end, refusals=Refused)
