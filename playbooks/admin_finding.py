"""What readers keep, follow and put aside: administrators see how often, and nobody's own list."""

from __future__ import annotations

from django.contrib import admin

from playbooks.admin_base import CountedAdmin
from playbooks.models import AdviceAside, PickAside, SavedPlaybook, TopicFollow


class OfPlaybooks(CountedAdmin):
    things = ("playbook",)
    list_select_related = ["playbook"]
    search_fields = ["playbook__title"]


@admin.register(SavedPlaybook)
class SavedPlaybookAdmin(OfPlaybooks):
    pass


@admin.register(TopicFollow)
class TopicFollowAdmin(CountedAdmin):
    things = ("topic",)
    search_fields = ["topic"]


@admin.register(PickAside)
class PickAsideAdmin(OfPlaybooks):
    pass


@admin.register(AdviceAside)
class AdviceAsideAdmin(OfPlaybooks):
    pass
