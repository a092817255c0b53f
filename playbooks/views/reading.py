"""What chapters read."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chapters.access import chapter_view
from chapters.permissions import Action, can
from hubsite.lib.markdown import render_with_contents
from playbooks import following, keeping, library, reading_list, talk
from playbooks.changes import changed_parts
from playbooks.filling import Filled, fill
from playbooks.models import Playbook, PlaybookVersion, TemplateVersion
from playbooks.teaching import Draft


@dataclass(frozen=True)
class Offer:
    """A template as this chapter would get it."""

    version: TemplateVersion
    filled: Filled


@require_GET
@chapter_view(Action.SEE)
def playbook_detail(request: HttpRequest, playbook: str) -> HttpResponse:
    """Read a playbook as it is now."""
    found = _readable(playbook)
    if found.status == Playbook.Status.ARCHIVED and found.replaced_by is not None:
        messages.info(
            request,
            _("“%(title)s” is no longer recommended. This takes its place.") % {"title": found.current.title},
        )
        return redirect("playbook_detail", request.chapter.slug, found.replaced_by.slug)
    return _read(request, found, found.current)


@require_GET
@chapter_view(Action.SEE)
def playbook_version(request: HttpRequest, playbook: str, number: int) -> HttpResponse:
    """Read a playbook as it was."""
    found = _readable(playbook)
    return _read(request, found, get_object_or_404(found.versions, number=number))


@require_GET
@chapter_view(Action.SEE)
def playbook_changes(request: HttpRequest, playbook: str, number: int) -> HttpResponse:
    """What a version says differently from the one before it."""
    found = _readable(playbook)
    version = get_object_or_404(found.versions, number=number)
    earlier = found.versions.filter(number__lt=number).first()
    if earlier is None:
        raise Http404
    return render(
        request,
        "playbooks/playbook_changes.html",
        {
            "playbook": found,
            "version": version,
            "earlier": earlier,
            "parts": changed_parts(Draft.of(earlier), Draft.of(version)),
        },
    )


def _read(request: HttpRequest, playbook: Playbook, version: PlaybookVersion) -> HttpResponse:
    html, contents = render_with_contents(version.body)
    is_current = version.pk == playbook.current_id
    is_offered = is_current and playbook.status == Playbook.Status.PUBLISHED
    templates = library.templates_of(playbook) if is_offered else []
    return render(
        request,
        "playbooks/playbook_detail.html",
        {
            "playbook": playbook,
            "version": version,
            "is_current": is_current,
            "html": html,
            "contents": contents,
            "talk": talk.of(request.membership, playbook, version),
            "versions": playbook.versions.defer("body").prefetch_related("credits__chapter"),
            "offers": [
                Offer(template.current, fill(template.current.text, request.chapter))
                for template in templates
            ],
            "kept": reading_list.states(request.user, [playbook]).get(playbook.pk, ""),
            "followed": following.topics_of(request.user),
            "practices": playbook.practices.filter(archived_at=None),
            "translations": keeping.translations_of(playbook),
            "moved_on": is_current and keeping.has_moved_on(playbook),
            "may_write": can(request.membership, Action.WRITE),
            "may_set": can(request.membership, Action.MANAGE_SETTINGS),
            "may_teach": can(request.membership, Action.TEACH),
        },
    )


def _readable(slug: str) -> Playbook:
    playbook = library.readable(slug)
    if playbook is None:
        raise Http404
    return playbook
