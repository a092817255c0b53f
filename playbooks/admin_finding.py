"""What readers keep, follow and put aside: administrators read it here, and change it nowhere."""

from __future__ import annotations

from django.contrib import admin

from playbooks.admin_base import ReadOnlyAdmin
from playbooks.models import AdviceAside, PickAside, SavedPlaybook, TopicFollow


@admin.register(SavedPlaybook)
class SavedPlaybookAdmin(ReadOnlyAdmin):
    list_display = ["playbook", "person", "saved_at", "done_at"]
    list_filter = ["saved_at", ("done_at", admin.EmptyFieldListFilter)]
    list_select_related = ["playbook", "person"]
    search_fields = ["playbook__title", "person__email"]


@admin.register(TopicFollow)
class TopicFollowAdmin(ReadOnlyAdmin):
    list_display = ["topic", "person", "since"]
    list_filter = ["since"]
    list_select_related = ["person"]
    search_fields = ["topic", "person__email"]


@admin.register(PickAside)
class PickAsideAdmin(ReadOnlyAdmin):
    list_display = ["playbook", "chapter", "by", "at"]
    list_filter = ["at"]
    list_select_related = ["playbook", "chapter", "by"]
    search_fields = ["playbook__title", "chapter__name"]


@admin.register(AdviceAside)
class AdviceAsideAdmin(ReadOnlyAdmin):
    list_display = ["playbook", "person", "at"]
    list_filter = ["at"]
    list_select_related = ["playbook", "person"]
    search_fields = ["playbook__title", "person__email"]
