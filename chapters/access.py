"""Who gets through a view's door. Every view carries one of these marks; a test walks the URLconf for them.

Outsiders get 404, so that they cannot tell a chapter that exists from one that does not. Insiders without
the right get 403 with the reason.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from chapters.models import Chapter, Membership
from chapters.permissions import Action, can

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Policy:
    """The mark a view carries: `kind` is public, signed_in, chapter, central or hub."""

    kind: str
    action: Action | None = None


def membership_of(request: HttpRequest, slug: str) -> Membership:
    """The signed-in person's membership of the chapter at `slug`. Raises Http404."""
    membership = (
        Membership.objects.select_related("chapter", "chapter__region", "user")
        .filter(user_id=request.user.pk, chapter__slug=slug)
        .exclude(chapter__state=Chapter.State.LEFT)
        .first()
    )
    if membership is None:
        raise Http404
    membership.user = request.user
    return membership


def central_membership_of(request: HttpRequest) -> Membership:
    """The signed-in person's membership of the central team. Raises Http404."""
    membership = (
        Membership.objects.select_related("chapter")
        .filter(user_id=request.user.pk, chapter__kind=Chapter.Kind.CENTRAL)
        .first()
    )
    if membership is None:
        raise Http404
    membership.user = request.user
    return membership


def require(membership: Membership, action: Action) -> None:
    """Let through who may, else raise PermissionDenied with a sentence for the person."""
    if not can(membership, action):
        raise PermissionDenied(
            _("Your role in %(chapter)s is %(role)s, which does not include this: %(right)s. "
              "A lead of the chapter can change that.")
            % {
                "chapter": membership.chapter.name,
                "role": membership.get_role_display(),
                "right": Action(action).label,
            }
        )  # fmt: skip


def chapter_view(action: Action) -> Callable[[View], View]:
    """A page of one chapter: the URL's `slug` becomes `request.chapter` and `request.membership`."""

    def mark(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
            _enter(request, membership_of(request, slug), action)
            return view(request, *args, **kwargs)

        guarded.policy = Policy("chapter", action)
        return guarded

    return mark


def central_view(action: Action) -> Callable[[View], View]:
    """A page of the central team; nobody outside the team learns that it exists."""

    def mark(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            _enter(request, central_membership_of(request), action)
            return view(request, *args, **kwargs)

        guarded.policy = Policy("central", action)
        return guarded

    return mark


def hub_view(action: Action) -> Callable[[View], View]:
    """A page about the hub itself: for members of the central team with the right, and for administrators."""

    def mark(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                _enter(request, central_membership_of(request), action)
            except (Http404, PermissionDenied):
                if not request.user.is_staff:
                    raise
            return view(request, *args, **kwargs)

        guarded.policy = Policy("hub", action)
        return guarded

    return mark


def last_chapter(request: HttpRequest) -> Chapter | None:
    """The chapter whose pages the person looked at last, or their first; None for somebody in none. It is
    asked of the database once a request."""
    if not hasattr(request, "last_chapter"):
        request.last_chapter = _last_chapter(request)
    return request.last_chapter


def _last_chapter(request: HttpRequest) -> Chapter | None:
    found = Membership.objects.filter(user=request.user).exclude(chapter__state=Chapter.State.LEFT)
    memberships = list(found.select_related("chapter").order_by("chapter__name"))
    slug = request.session.get("chapter_slug")
    memberships.sort(key=lambda membership: membership.chapter.slug != slug)
    return memberships[0].chapter if memberships else None


def signed_in(view: View) -> View:
    """A page of the person themselves; the sign-in middleware keeps everybody else out."""
    view.policy = Policy("signed_in")
    return view


def public(view: View) -> View:
    """A page for anybody."""
    view = login_not_required(view)
    view.policy = Policy("public")
    return view


def _enter(request: HttpRequest, membership: Membership, action: Action) -> None:
    request.membership = membership
    request.chapter = membership.chapter
    require(membership, action)
