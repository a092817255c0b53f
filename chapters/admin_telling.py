"""The administrator's pages for how people are told of things: read, never typed over."""

from __future__ import annotations

from django.contrib import admin

from chapters.adminbase import ReadOnlyAdmin
from chapters.models import Digest, Emergency, NoticePreference


@admin.register(NoticePreference)
class NoticePreferenceAdmin(ReadOnlyAdmin):
    list_display = ["person", "group", "how"]
    list_filter = ["group", "how"]
    list_select_related = ["person"]
    search_fields = ["person__email"]


@admin.register(Digest)
class DigestAdmin(ReadOnlyAdmin):
    list_display = ["person", "day", "sent_at", "mail_tries"]
    list_filter = ["day", ("sent_at", admin.EmptyFieldListFilter)]
    list_select_related = ["person"]
    search_fields = ["person__email"]


@admin.register(Emergency)
class EmergencyAdmin(ReadOnlyAdmin):
    list_display = ["reason", "declared_by", "began_at", "ends_at"]
    list_select_related = ["declared_by"]
    search_fields = ["reason"]
