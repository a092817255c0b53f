"""Addresses where the central team writes suggestions; chapters find them at posts.urls_shelf."""

from django.urls import path

from playbooks.views import suggestion_media, suggestions

urlpatterns = [
    path("central/suggestions/", suggestions.suggestion_list, name="suggestion_list"),
    path("central/suggestions/new/", suggestions.suggestion_new, name="suggestion_new"),
    path("central/suggestions/preview/", suggestions.suggestion_preview, name="suggestion_preview"),
    path("central/suggestions/<uuid:uid>/", suggestions.suggestion_manage, name="suggestion_manage"),
    path("central/suggestions/<uuid:uid>/edit/", suggestions.suggestion_edit, name="suggestion_edit"),
    path("central/suggestions/<uuid:uid>/offer/", suggestions.suggestion_offer, name="suggestion_offer"),
    path("central/suggestions/<uuid:uid>/end/", suggestions.suggestion_end, name="suggestion_end"),
    path("central/suggestions/<uuid:uid>/resume/", suggestions.suggestion_resume, name="suggestion_resume"),
    path("central/suggestions/<uuid:uid>/terms/", suggestions.suggestion_terms, name="suggestion_terms"),
    path(
        "central/suggestions/<uuid:uid>/versions/<int:number>/",
        suggestions.suggestion_changes,
        name="suggestion_changes",
    ),
    path(
        "central/suggestions/<uuid:uid>/declines/<int:decision>/",
        suggestions.suggestion_answer,
        name="suggestion_answer",
    ),
    path(
        "central/suggestions/<uuid:uid>/pictures/<uuid:media>/",
        suggestion_media.suggestion_picture,
        name="suggestion_picture",
    ),
]
