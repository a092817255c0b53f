"""The administrator's view of what chapters said back: to be found, and changed only by the verbs."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet, URLField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from playbooks import feedback
from playbooks.admin_base import AnonymousAdmin, ReadOnlyAdmin
from playbooks.admin_verbs import each
from playbooks.models import ChapterNote, Comment, EntryProposal, VersionCredit, Vote


@admin.register(Vote)
class VoteAdmin(AnonymousAdmin):
    """Whoever says why is named with it, as on the central team's page; a vote alone is a number."""

    list_display = ["playbook", "version", "helped", "word", "whose", "settled_at"]
    list_filter = ["helped", ("settled_at", admin.EmptyFieldListFilter)]
    list_select_related = ["playbook", "version", "chapter"]
    search_fields = ["playbook__title", "word", "answer"]
    fields = ["playbook", "version", "helped", "word", "whose", "answer", "settled_by", "settled_at"]
    readonly_fields = ["whose"]

    def is_named(self, row: Vote) -> bool:
        return bool(row.word)


class SaidAdmin(ReadOnlyAdmin):
    """Words that all chapters read; taking them back and showing them again is here, hiding on their page."""

    list_display = ["playbook", "chapter", "by", "created_at", "settled_at", "removed_at", "hidden_at"]
    list_filter = [
        ("settled_at", admin.EmptyFieldListFilter),
        ("removed_at", admin.EmptyFieldListFilter),
        ("hidden_at", admin.EmptyFieldListFilter),
        "created_at",
    ]
    list_select_related = ["playbook", "chapter", "by"]
    search_fields = ["playbook__title", "text", "answer", "hidden_reason", "chapter__name"]
    date_hierarchy = "created_at"
    actions = ["take_back", "show_again"]

    @admin.action(description=_("Take the chosen words back, for whoever wrote them"), permissions=["settle"])
    def take_back(self, request: HttpRequest, queryset: QuerySet) -> None:
        each(request, queryset, lambda row, by: feedback.take_back(row=row, by=by))

    @admin.action(description=_("Show the chosen hidden words again"), permissions=["settle"])
    def show_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        each(request, queryset, lambda row, by: feedback.show_again(row=row, by=by))

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"playbooks.change_{self.opts.model_name}")


@admin.register(ChapterNote)
class ChapterNoteAdmin(SaidAdmin):
    formfield_overrides = {URLField: {"assume_scheme": "https"}}
    search_fields = [*SaidAdmin.search_fields, "post_words", "post_uid"]


@admin.register(Comment)
class CommentAdmin(SaidAdmin):
    list_display = [*SaidAdmin.list_display, "parent"]
    list_select_related = [*SaidAdmin.list_select_related, "parent__playbook", "parent__chapter"]


@admin.register(EntryProposal)
class EntryProposalAdmin(ReadOnlyAdmin):
    list_display = ["title", "chapter", "by", "state", "created_at", "decided_by", "decided_at"]
    list_filter = ["state", "created_at"]
    list_select_related = ["chapter", "by", "decided_by"]
    search_fields = ["title", "why", "first_steps", "answer", "chapter__name"]
    date_hierarchy = "created_at"


@admin.register(VersionCredit)
class VersionCreditAdmin(ReadOnlyAdmin):
    list_display = ["playbook", "version", "chapter", "reason", "created_at"]
    list_filter = ["reason", ("version", admin.EmptyFieldListFilter)]
    list_select_related = ["playbook", "version", "chapter"]
    search_fields = ["playbook__title", "chapter__name"]
