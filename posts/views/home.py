"""A chapter's home: what needs somebody, what goes out, what went out, what is new."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chapters.access import chapter_view
from chapters.models import Chapter
from chapters.permissions import Action, can
from playbooks import for_you, office_hours
from posts import adopting, greeting, needs, pages
from posts.models import Post
from posts.templatetags.post_words import what_waits
from posts.views import central
from posts.views.newest import new_on

CHANGED_SHOWN = 3


@require_GET
@chapter_view(Action.SEE)
def chapter_home(request: HttpRequest) -> HttpResponse:
    """Where a member arrives. Remembers the chapter for the next visit."""
    membership, chapter = request.membership, request.chapter
    if request.session.get("chapter_slug") != chapter.slug:
        request.session["chapter_slug"] = chapter.slug
    waiting = needs.of(membership)
    context = {
        "greeting": greeting.hello(request.user.get_short_name(), chapter.zone),
        "needs": waiting,
        "next_out": pages.next_out(chapter),
        "just_out": pages.just_out(chapter),
    }
    if chapter.is_central:
        return central.home(request, context)
    is_quiet = not (waiting.count or context["next_out"] or context["just_out"])
    beginning = _beginning(chapter) if is_quiet else ""
    context |= {
        "summary": _("Welcome to %(chapter)s.") % {"chapter": chapter.name}
        if beginning
        else greeting.summary(waiting.count, _really_coming(context["next_out"], chapter), chapter.zone),
        "beginning": beginning,
        "may_write": can(membership, Action.WRITE),
        "may_connect": can(membership, Action.MANAGE_ACCOUNTS),
        "meeting": office_hours.coming(office_hours.bookings_of(chapter)).first(),
        "changed": list(adopting.changed_copies(chapter)[:CHANGED_SHOWN]),
        "suggestion": next(iter(new_on(request, chapter)), None),
        "picks": for_you.of(chapter, language=request.user.language, reader=request.user),
    }
    return render(request, "posts/home.html", context)


def _really_coming(posts: list[Post], chapter: Chapter) -> list[Post]:
    """Those that go out at their time as things stand: not while a chapter or every account is held back."""
    return [post for post in posts if chapter.is_active and not what_waits(post)]


def _beginning(chapter: Chapter) -> str:
    """What a chapter with empty pages lacks first: an account, then a post."""
    if not chapter.social_accounts.filter(disconnected_at=None).exists():
        return "account"
    return "" if chapter.posts.exists() else "post"
