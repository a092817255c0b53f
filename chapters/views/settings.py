"""What a chapter decides for itself."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters import advisories, history, rules
from chapters.access import chapter_view
from chapters.events import Actor
from chapters.forms import ChapterSettingsForm, PauseForm
from chapters.models import Chapter, Membership
from chapters.permissions import Action, Role, Visible, can, visible_to
from chapters.problems import Refused

UNPROCESSABLE = 422


@require_GET
@chapter_view(Action.SEE)
def chapter_about(request: HttpRequest) -> HttpResponse:
    """The chapter's rules, who outside it sees what, and what was changed."""
    chapter = request.chapter
    return render(
        request,
        "chapters/chapter_about.html",
        {
            "chapter": chapter,
            "may_pause": can(request.membership, Action.PAUSE),
            "may_change": can(request.membership, Action.MANAGE_SETTINGS),
            "central_sees": _seen_by(Chapter.Kind.CENTRAL, chapter),
            "others_see": _seen_by(Chapter.Kind.CHAPTER, chapter),
            "advisories": advisories.current_for(chapter),
            "lines": history.of_chapter(chapter),
        },
    )


@require_http_methods(["GET", "POST"])
@chapter_view(Action.MANAGE_SETTINGS)
def chapter_settings(request: HttpRequest) -> HttpResponse:
    """Change the chapter's rules and what post templates fill in about it."""
    chapter = request.chapter
    if request.method == "GET":
        form = ChapterSettingsForm(instance=chapter)
        return render(request, "chapters/chapter_settings.html", {"chapter": chapter, "form": form})
    # the form writes what was typed into its instance, so that gets a copy of its own
    form = ChapterSettingsForm(request.POST, instance=Chapter.objects.get(pk=chapter.pk))
    if form.is_valid():
        try:
            rules.change_settings(chapter=chapter, by=Actor.person(request.user), **form.changes())
        except Refused as refused:
            form.add_error("review_rule", refused.message)
        else:
            messages.success(request, _("The settings are saved."))
            return redirect("chapter_settings", slug=chapter.slug)
    return render(
        request, "chapters/chapter_settings.html", {"chapter": chapter, "form": form}, status=UNPROCESSABLE
    )


@require_http_methods(["GET", "POST"])
@chapter_view(Action.PAUSE)
def chapter_pause(request: HttpRequest) -> HttpResponse:
    """Stop the chapter's publishing, with a reason for the others."""
    chapter = request.chapter
    if request.method == "GET":
        return render(request, "chapters/chapter_pause.html", {"chapter": chapter, "form": PauseForm()})
    form = PauseForm(request.POST)
    if form.is_valid():
        try:
            rules.pause(chapter=chapter, by=Actor.person(request.user), reason=form.cleaned_data["reason"])
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("Publishing is paused. Nothing goes out until somebody resumes it."))
            return redirect("chapter_about", slug=chapter.slug)
    return render(
        request, "chapters/chapter_pause.html", {"chapter": chapter, "form": form}, status=UNPROCESSABLE
    )


@require_POST
@chapter_view(Action.PAUSE)
def chapter_resume(request: HttpRequest) -> HttpResponse:
    """Let the chapter publish again."""
    try:
        rules.resume(chapter=request.chapter, by=Actor.person(request.user))
        messages.success(
            request, _("Publishing goes on. Posts that are too late by now wait for somebody to decide.")
        )
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("chapter_about", slug=request.chapter.slug)


def _seen_by(kind: Chapter.Kind, chapter: Chapter) -> list[str]:
    """In words, what somebody of another chapter of `kind` sees of this one."""
    seen = visible_to(Membership(chapter=Chapter(kind=kind), role=Role.LEAD), chapter)
    return [str(part.label) for part in Visible if part in seen]
