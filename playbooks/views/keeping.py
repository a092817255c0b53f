"""Keeping a playbook good: its owner and next look, translations, what everybody may read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chapters.access import central_view
from chapters.events import Actor
from chapters.permissions import Action
from playbooks import keeping, reviewing
from playbooks.errors import TeachingError
from playbooks.forms_entries import ArchiveForm, KeepForm, LanguageForm
from playbooks.models import Playbook, PlaybookVersion

UNPROCESSABLE = 422


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def playbook_keep(request: HttpRequest, playbook: str) -> HttpResponse:
    """Say who keeps it, its language, when it is looked at again and what it teaches."""
    found = _playbook(playbook)
    form = KeepForm(request.POST if request.method == "POST" else None, playbook=found)
    if form.is_valid():
        try:
            keeping.arrange(playbook=found, by=Actor.person(request.user), **form.arranged())
        except TeachingError as refused:
            form.add_error("language", refused.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("playbook_manage", playbook=found.slug)
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "playbooks/playbook_keep.html", {"playbook": found, "form": form}, status=status)


@require_POST
@central_view(Action.TEACH)
def playbook_still_good(request: HttpRequest, playbook: str) -> HttpResponse:
    """Say that the published words still hold."""
    said = _("Noted: you looked at it today.")
    return _do(request, playbook, lambda found, by: keeping.still_good(playbook=found, by=by), said)


@require_POST
@central_view(Action.TEACH)
def playbook_translate(request: HttpRequest, playbook: str) -> HttpResponse:
    """Begin a translation, and go on to write it."""
    found = _playbook(playbook)
    form = LanguageForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a language."))
        return redirect("playbook_manage", playbook=found.slug)
    try:
        begun = keeping.translate(
            playbook=found, language=form.cleaned_data["language"], by=Actor.person(request.user)
        )
    except TeachingError as refused:
        messages.error(request, refused.message)
        return redirect("playbook_manage", playbook=found.slug)
    return redirect("playbook_edit", playbook=begun.slug)


@require_POST
@central_view(Action.TEACH)
def playbook_caught_up(request: HttpRequest, playbook: str) -> HttpResponse:
    """Say that a translation tells what its original tells now."""
    said = _("Noted: the translation tells what the original tells.")
    return _do(request, playbook, lambda found, by: keeping.caught_up(translation=found, by=by), said)


@require_POST
@central_view(Action.TEACH)
def playbook_open(request: HttpRequest, playbook: str) -> HttpResponse:
    """Let everybody with the address read it."""
    said = _("Everybody with the address can read it now.")
    return _do(request, playbook, lambda found, by: keeping.open_to_all(playbook=found, by=by), said)


@require_POST
@central_view(Action.TEACH)
def playbook_close(request: HttpRequest, playbook: str) -> HttpResponse:
    """End the public address."""
    said = _("The address no longer works. Chapters read the playbook as before.")
    return _do(request, playbook, lambda found, by: keeping.close_to_all(playbook=found, by=by), said)


def standing(playbook: Playbook, request: HttpRequest) -> dict[str, Any]:
    """What the playbook's own page says of its review, plan, languages and public address."""
    others = keeping.translations_of(playbook, for_chapters=False)
    original = playbook.translated_version
    address = reverse("public_playbook", args=[playbook.public_token]) if playbook.is_public else ""
    review = reviewing.of(playbook)
    is_looked_at = review is None or review.verdict == review.Verdict.APPROVED
    return {
        "review": review,
        "is_next": is_looked_at and playbook.publish_at is None,
        "is_own_draft": playbook.draft_by_id == request.user.pk,
        "is_due": bool(playbook.next_review and playbook.next_review <= timezone.localdate()),
        "translations": others,
        "original": original.playbook if original else None,
        "original_version": original,
        "moved_on": keeping.has_moved_on(playbook),
        "language_form": LanguageForm(taken={playbook.language, *(other.language for other in others)}),
        "archive_form": ArchiveForm(playbook=playbook),
        "practices": playbook.practices.all(),
        "public_url": settings.HUB_URL + address if address else "",
    }


def original_of(playbook: Playbook | None) -> PlaybookVersion | None:
    """What a translation is made from, as it is published now."""
    version = playbook.translated_version if playbook else None
    return version and version.playbook.current


def _do(
    request: HttpRequest, slug: str, verb: Callable[[Playbook, Actor], object], said: str
) -> HttpResponse:
    found = _playbook(slug)
    try:
        verb(found, Actor.person(request.user))
    except TeachingError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, said)
    return redirect("playbook_manage", playbook=found.slug)


def _playbook(slug: str) -> Playbook:
    return get_object_or_404(Playbook.objects.select_related("current", "owner"), slug=slug)
