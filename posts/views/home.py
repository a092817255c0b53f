"""A chapter's home: what needs somebody, what goes out, what went out, what is new."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from chapters.access import chapter_view
from chapters.models import Chapter
from chapters.permissions import Action, can
from hubsite.lib import times
from playbooks import usage
from posts import needs, pages
from posts.models import Post
from posts.views import central

MORNING, AFTERNOON, EVENING = 4, 12, 18  # o'clock


@require_GET
@chapter_view(Action.SEE)
def chapter_home(request: HttpRequest) -> HttpResponse:
    """Where a member arrives. Remembers the chapter for the next visit."""
    if request.session.get("chapter_slug") != request.chapter.slug:
        request.session["chapter_slug"] = request.chapter.slug
    context = own_blocks(request)
    if request.chapter.is_central:
        return central.home(request, context)
    context["new"] = newest_playbook()
    return render(request, "posts/home.html", context)


def own_blocks(request: HttpRequest) -> dict[str, object]:
    """What every home shows of the chapter's own posts."""
    membership, chapter = request.membership, request.chapter
    waiting = needs.of(membership)
    coming, gone = pages.next_out(chapter), pages.just_out(chapter)
    is_quiet = not (waiting.count or coming or gone)
    return {
        "greeting": _greeting(request),
        "summary": _summary(waiting.count, coming, chapter),
        "needs": waiting,
        "next_out": coming,
        "just_out": gone,
        "beginning": _beginning(chapter) if is_quiet else "",
        "may_write": can(membership, Action.WRITE),
        "may_connect": can(membership, Action.MANAGE_ACCOUNTS),
    }


def newest_playbook() -> dict[str, object] | None:
    """The playbook published last, with how much chapters use it."""
    playbook = pages.newest_playbook()
    return {"playbook": playbook, "use": usage.of([playbook])[playbook.pk]} if playbook else None


def _beginning(chapter: Chapter) -> str:
    """The one next step of a chapter with nothing on its pages: account, post, or neither."""
    if not chapter.social_accounts.filter(disconnected_at=None).exists():
        return "account"
    return "" if chapter.posts.exists() else "post"


def _greeting(request: HttpRequest) -> str:
    hour = timezone.now().astimezone(request.chapter.zone).hour
    name = {"name": request.user.get_short_name()}
    if MORNING <= hour < AFTERNOON:
        return _("Good morning, %(name)s") % name
    if AFTERNOON <= hour < EVENING:
        return _("Good afternoon, %(name)s") % name
    return _("Good evening, %(name)s") % name


def _summary(waiting: int, coming: list[Post], chapter: Chapter) -> str:
    if waiting:
        first = ngettext("%(n)d thing needs you.", "%(n)d things need you.", waiting) % {"n": waiting}
    else:
        first = _("Nothing needs you now.")
    scheduled = [post for post in coming if post.status == Post.Status.SCHEDULED]
    if not scheduled:
        return first
    at = _spoken(scheduled[0].planned_at, chapter)
    return f"{first} {_('The next post goes out %(time)s.') % {'time': at}}"


def _spoken(at: datetime, chapter: Chapter) -> str:
    local, now = at.astimezone(chapter.zone), timezone.now().astimezone(chapter.zone)
    if local.date() != now.date():
        return times.when(at, chapter.zone)
    return _("today at %(time)s %(zone)s") % {
        "time": local.strftime("%H:%M"),
        "zone": times.zone_label(chapter.zone),
    }
