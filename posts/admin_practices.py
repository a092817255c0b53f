"""The administrator's page for the practices that posts use: set on the composer, read here."""

from __future__ import annotations

from django.contrib import admin

from chapters.adminbase import ReadOnlyAdmin
from posts.models import PostPractice


@admin.register(PostPractice)
class PostPracticeAdmin(ReadOnlyAdmin):
    list_display = ["post", "practice", "chapter"]
    list_filter = ["practice"]
    list_select_related = ["post", "practice", "chapter"]
    search_fields = ["post__uid", "post__text", "practice__name", "chapter__name"]
