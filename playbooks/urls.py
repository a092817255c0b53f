"""Addresses of playbooks: chapters read them, the central team writes them."""

from django.urls import include, path

from playbooks.views import browsing, publishing, reading, teaching, templates

urlpatterns = [
    path("", include("playbooks.urls_office_hours")),
    path("", include("playbooks.urls_finding")),
    path("", include("playbooks.urls_questions")),
    path("", include("playbooks.urls_backtalk")),
    path("", include("playbooks.urls_suggestions")),
    path("c/<slug:slug>/playbooks/", browsing.playbook_list, name="playbook_list"),
    path("", include("playbooks.urls_scorecard")),
    path("", include("playbooks.urls_entries")),
    path("c/<slug:slug>/playbooks/<slug:playbook>/", reading.playbook_detail, name="playbook_detail"),
    path(
        "c/<slug:slug>/playbooks/<slug:playbook>/versions/<int:number>/",
        reading.playbook_version,
        name="playbook_version",
    ),
    path(
        "c/<slug:slug>/playbooks/<slug:playbook>/versions/<int:number>/changes/",
        reading.playbook_changes,
        name="playbook_changes",
    ),
    # playbooks.teaching.RESERVED names the words that stand where a playbook's address part would
    path("central/playbooks/", teaching.teaching, name="teaching"),
    path("central/playbooks/new/", teaching.playbook_new, name="playbook_new"),
    path("central/playbooks/preview/", teaching.playbook_preview, name="playbook_preview"),
    path("central/playbooks/<slug:playbook>/", teaching.playbook_manage, name="playbook_manage"),
    path("central/playbooks/<slug:playbook>/edit/", teaching.playbook_edit, name="playbook_edit"),
    path("central/playbooks/<slug:playbook>/publish/", publishing.playbook_publish, name="playbook_publish"),
    path("central/playbooks/<slug:playbook>/archive/", teaching.playbook_archive, name="playbook_archive"),
    path("central/playbooks/<slug:playbook>/restore/", teaching.playbook_restore, name="playbook_restore"),
    path(
        "central/playbooks/<slug:playbook>/revise/<int:number>/",
        teaching.playbook_revise,
        name="playbook_revise",
    ),
    path("central/playbooks/<slug:playbook>/templates/new/", templates.template_new, name="template_new"),
    path(
        "central/playbooks/<slug:playbook>/templates/preview/",
        templates.template_preview,
        name="template_preview",
    ),
    path(
        "central/playbooks/<slug:playbook>/templates/<int:template>/",
        templates.template_edit,
        name="template_edit",
    ),
    path(
        "central/playbooks/<slug:playbook>/templates/<int:template>/withdraw/",
        templates.template_withdraw,
        name="template_withdraw",
    ),
    path(
        "central/playbooks/<slug:playbook>/templates/<int:template>/offer/",
        templates.template_offer,
        name="template_offer",
    ),
]
