"""What anybody with the address may read: the published words of one playbook, and nothing of any chapter."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from chapters.access import public
from hubsite.lib.markdown import render_with_contents
from playbooks.models import Playbook


@require_safe
@public
def public_playbook(request: HttpRequest, token: str) -> HttpResponse:
    """One playbook as it is published now; no search engine keeps it."""
    found = get_object_or_404(
        Playbook.objects.select_related("current"),
        public_token=token,
        status=Playbook.Status.PUBLISHED,
    )
    html, contents = render_with_contents(found.current.body)
    answer = render(
        request,
        "playbooks/public_playbook.html",
        {"playbook": found, "version": found.current, "html": html, "contents": contents},
    )
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Cache-Control"] = "private, no-store"
    return answer
