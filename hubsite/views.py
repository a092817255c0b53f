"""The shell's own pages."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST, require_safe

from chapters.access import public, signed_in
from chapters.models import Chapter, Membership, User


@require_GET
@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """Go to the chapter last looked at, or the first; somebody in none is told what to do."""
    memberships = (
        Membership.objects.filter(user=request.user)
        .exclude(chapter__state=Chapter.State.LEFT)
        .select_related("chapter")
        .order_by("chapter__name")
    )
    slug = request.session.get("chapter_slug")
    membership = next((m for m in memberships if m.chapter.slug == slug), None) or memberships.first()
    if membership is None:
        return render(request, "chapters/no_chapter.html")
    return redirect("chapter_home", slug=membership.chapter.slug)


@require_GET
@public
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether this process can serve: it answers and reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@require_safe
@public
def robots(request: HttpRequest) -> HttpResponse:
    """What machines may read: nothing but the files that a platform was given an address for."""
    return HttpResponse("User-agent: *\nAllow: /m/\nDisallow: /\n", content_type="text/plain")


@require_POST
@signed_in
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the person's choice of colours and go back to where they were."""
    choice = request.POST.get("theme", "")
    if choice in User.Theme.values:
        User.objects.filter(pk=request.user.pk).update(theme=choice)
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    return redirect(back)
