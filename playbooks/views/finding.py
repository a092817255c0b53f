"""What somebody keeps and follows, and what a chapter no longer wants to be shown."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters.access import chapter_view
from chapters.events import Actor
from chapters.permissions import Action
from playbooks import following, for_you, library, reading_list
from playbooks.errors import TeachingError
from playbooks.models import Playbook
from playbooks.templatetags.playbook_words import topic_name

BACK = {"list": "playbook_list", "home": "chapter_home", "reading": "reading_list", "topics": "topic_list"}


@dataclass(frozen=True)
class Topic:
    """A topic that can be followed."""

    name: str
    is_followed: bool
    is_taught: bool


@require_GET
@chapter_view(Action.SEE)
def reading(request: HttpRequest) -> HttpResponse:
    """What this person saved, in this chapter's frame; the list is theirs and the same in each."""
    return render(request, "playbooks/reading_list.html", {"list": reading_list.of(request.user)})


@require_POST
@chapter_view(Action.SEE)
def keep(request: HttpRequest, playbook: str) -> HttpResponse:
    """Save for later, done, or off the list."""
    found = _readable(playbook)
    doing = request.POST.get("do", "")
    if doing == "done":
        reading_list.finish(playbook=found, person=request.user)
        said = _("Marked as read.")
    elif doing == "drop":
        reading_list.drop(playbook=found, person=request.user)
        said = _("Taken off your reading list.")
    else:
        reading_list.save(playbook=found, person=request.user)
        said = _("Saved. It is on your reading list, under Playbooks.")
    messages.success(request, said)
    return _back(request, found)


@require_http_methods(["GET", "POST"])
@chapter_view(Action.SEE)
def topics(request: HttpRequest) -> HttpResponse:
    """The topics there are, and which of them this person follows."""
    if request.method == "POST":
        return _follow(request)
    followed = following.topics_of(request.user)
    taught = library.choices().topics
    rows = [Topic(name, name in followed, True) for name in taught]
    rows += [Topic(name, True, False) for name in followed if name not in taught]
    return render(request, "playbooks/topic_list.html", {"topics": rows})


@require_POST
@chapter_view(Action.WRITE)
def pick_aside(request: HttpRequest, playbook: str) -> HttpResponse:
    """This chapter no longer wants to see a playbook picked for it."""
    found = _readable(playbook)
    for_you.put_aside(playbook=found, chapter=request.chapter, by=Actor.person(request.user))
    messages.success(
        request,
        _("“%(title)s” is no longer picked for %(chapter)s. It stays in the list.")
        % {"title": found.current.title, "chapter": request.chapter.name},
    )
    return _back(request, found)


def _follow(request: HttpRequest) -> HttpResponse:
    topic = request.POST.get("topic", "").replace("\0", "").strip()
    named = {"topic": topic_name(topic)}
    if request.POST.get("do") == "unfollow":
        following.unfollow(topic=topic, person=request.user)
        messages.success(request, _("You no longer follow “%(topic)s”.") % named)
        return _to_topics(request, "#topics")
    try:
        following.follow(topic=topic, person=request.user)
    except TeachingError as refused:
        messages.error(request, refused.message)
        return _to_topics(request)
    said = _("You follow “%(topic)s”: a notice comes with each new playbook or version.") % named
    messages.success(request, said)
    return _to_topics(request, "#topics")


def _to_topics(request: HttpRequest, place: str = "") -> HttpResponse:
    """To the topics of the playbook whose topic it is, where the chip says how it stands; else to all."""
    playbook = library.readable(request.POST.get("playbook", "").replace("\0", ""))
    if playbook is None:
        return redirect("topic_list", request.chapter.slug)
    return redirect(reverse("playbook_detail", args=[request.chapter.slug, playbook.slug]) + place)


def _back(request: HttpRequest, playbook: Playbook) -> HttpResponse:
    """To the page the button was on."""
    name = BACK.get(request.POST.get("back", ""))
    if name is None:
        return redirect("playbook_detail", request.chapter.slug, playbook.slug)
    return redirect(name, request.chapter.slug)


def _readable(slug: str) -> Playbook:
    playbook = library.readable(slug)
    if playbook is None:
        raise Http404
    return playbook
