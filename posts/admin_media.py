"""The administrator's pages for pictures and videos: named, not shown, for their bytes are the chapter's."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from chapters.adminbase import ReadOnlyAdmin
from posts.models import Media, MediaGrant, MediaUse, Rendition


@admin.register(Media)
class MediaAdmin(ReadOnlyAdmin):
    list_display = [
        "uid", "chapter", "kind", "mime", "width", "height", "size", "created_by", "created_at",
    ]  # fmt: skip
    list_filter = ["kind", "mime", "created_at"]
    list_select_related = ["chapter", "created_by"]
    search_fields = ["uid", "checksum", "chapter__name", "created_by__email"]
    fields = [
        "uid", "chapter", "kind", "stored_as", "checksum", "mime", "width", "height", "seconds", "size",
        "created_by", "created_at",
    ]  # fmt: skip
    readonly_fields = ["stored_as"]

    @admin.display(description=_("file"))
    def stored_as(self, media: Media) -> str:
        return media.file.name


@admin.register(Rendition)
class RenditionAdmin(ReadOnlyAdmin):
    """What was made of a picture for the platforms that do not take it as it is."""

    list_display = ["uid", "media", "chapter", "mime", "width", "height", "size", "created_at"]
    list_select_related = ["chapter", "media"]
    search_fields = ["uid", "media__uid", "checksum", "chapter__name"]
    fields = [
        "uid", "chapter", "media", "stored_as", "spec", "checksum", "mime", "width", "height", "size",
        "created_at",
    ]  # fmt: skip
    readonly_fields = ["stored_as"]

    @admin.display(description=_("file"))
    def stored_as(self, rendition: Rendition) -> str:
        return rendition.file.name


@admin.register(MediaGrant)
class MediaGrantAdmin(ReadOnlyAdmin):
    """Which files platforms may fetch, for which delivery and until when. The addresses are not kept."""

    list_display = ["delivery", "media", "chapter", "created_at", "expires_at"]
    list_select_related = ["chapter", "media", "delivery__post", "delivery__account"]
    search_fields = ["delivery__uid", "media__uid", "chapter__name"]
    fields = ["chapter", "delivery", "media", "rendition", "created_at", "expires_at"]


@admin.register(MediaUse)
class MediaUseAdmin(ReadOnlyAdmin):
    list_display = ["post", "order", "media", "alt"]
    list_select_related = ["post", "media"]
    search_fields = ["post__uid", "post__text", "media__uid", "alt"]
    fields = ["post", "order", "media", "alt", "focus_x", "focus_y"]
