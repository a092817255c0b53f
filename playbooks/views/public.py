"""What anybody with the address may read: the published words of one playbook, without chapters' examples."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from chapters.access import public
from hubsite.lib.markdown import render_with_contents
from playbooks.models import Playbook
from playbooks.public_words import open_words


@require_safe
@public
def public_playbook(request: HttpRequest, token: str) -> HttpResponse:
    """One playbook as it is published now; no search engine keeps it. An archived one says that it is."""
    found = get_object_or_404(
        Playbook.objects.select_related("current", "replaced_by__current", "translated_version"),
        public_token=token,
        current__isnull=False,
    )
    html, contents = render_with_contents(open_words(found))
    answer = render(
        request,
        "playbooks/public_playbook.html",
        {
            "playbook": found,
            "version": found.current,
            "html": html,
            "contents": contents,
            "replacement": _open_replacement(found),
        },
    )
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Cache-Control"] = "private, no-store"
    return answer


def _open_replacement(playbook: Playbook) -> Playbook | None:
    """What takes its place, where that is open to everybody as well."""
    other = playbook.replaced_by
    return other if other is not None and other.is_public else None
