"""Second looks, practices and pictures: read here, changed on the central team's own pages."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from playbooks import practising
from playbooks.admin_base import ReadOnlyAdmin
from playbooks.admin_verbs import each
from playbooks.models import PlaybookAutosave, PlaybookPicture, PlaybookReview, Practice, TaughtPractice


@admin.register(PlaybookReview)
class PlaybookReviewAdmin(ReadOnlyAdmin):
    list_display = ["playbook", "draft_number", "verdict", "asked_by", "reviewer", "decided_at"]
    list_filter = ["verdict", "asked_at"]
    list_select_related = ["playbook", "asked_by", "reviewer"]
    search_fields = ["playbook__title", "note", "comment"]


@admin.register(Practice)
class PracticeAdmin(ReadOnlyAdmin):
    list_display = ["name", "sentence", "measure", "archived_at"]
    list_filter = [("archived_at", admin.EmptyFieldListFilter)]
    search_fields = ["name", "sentence", "measure"]
    actions = ["withdraw", "offer_again"]

    @admin.action(description=_("Withdraw the chosen practices"), permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Practice]) -> None:
        each(request, queryset, lambda row, by: practising.withdraw(practice=row, by=by))

    @admin.action(description=_("Offer the chosen practices again"), permissions=["withdraw"])
    def offer_again(self, request: HttpRequest, queryset: QuerySet[Practice]) -> None:
        each(request, queryset, lambda row, by: practising.offer_again(practice=row, by=by))

    def has_withdraw_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("playbooks.change_practice")


@admin.register(PlaybookPicture)
class PlaybookPictureAdmin(ReadOnlyAdmin):
    list_display = ["alt", "playbook", "width", "height", "size", "created_by", "created_at"]
    list_select_related = ["playbook", "created_by"]
    search_fields = ["alt", "playbook__title", "uid"]


@admin.register(PlaybookAutosave)
class PlaybookAutosaveAdmin(ReadOnlyAdmin):
    """That somebody has unsaved words; not the words, which are theirs."""

    list_display = ["person", "place", "saved_at"]
    list_select_related = ["person"]
    search_fields = ["person__email", "person__name", "place"]
    fields = ["person", "place", "draft_number", "saved_at"]


@admin.register(TaughtPractice)
class TaughtPracticeAdmin(ReadOnlyAdmin):
    list_display = ["practice", "playbook"]
    list_filter = ["practice"]
    list_select_related = ["practice", "playbook"]
    search_fields = ["practice__name", "playbook__title"]
