"""What the hub told a person."""

from __future__ import annotations

from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from chapters.access import signed_in
from chapters.models import Notice
from chapters.notice_kinds import GROUPS, group_of, kinds_in
from chapters.paging import page_of


@require_GET
@signed_in
def notice_list(request: HttpRequest) -> HttpResponse:
    """The person's notices, or those of one group: unread first, then the newest."""
    everything = Notice.objects.filter(person=request.user)
    about = _group(request.GET.get("about"))
    own = everything.filter(kinds_in(about)) if about else everything
    unread = Case(When(read_at=None, then=1), default=0)
    rows = own.annotate(unread=unread).select_related("chapter")
    kinds = set(everything.order_by().values_list("kind", flat=True).distinct())
    present = {group_of(kind).key for kind in kinds}
    return render(
        request,
        "chapters/notice_list.html",
        {
            "page": page_of(request, rows, "unread", "created_at", descending=True),
            "has_unread": own.filter(read_at=None).exists(),
            "groups": [group for group in GROUPS.values() if group.key in present],
            "about": about,
        },
    )


@require_POST
@signed_in
def notice_read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read, or what is in view of one group."""
    about = _group(request.POST.get("about"))
    own = Notice.objects.filter(person=request.user, read_at=None)
    (own.filter(kinds_in(about)) if about else own).update(read_at=timezone.now())
    return redirect(reverse("notice_list") + (f"?about={about}" if about else ""))


@require_POST
@signed_in
def notice_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one as read and go where its next step is."""
    notice = get_object_or_404(Notice, pk=pk, person=request.user)
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=timezone.now())
    if not url_has_allowed_host_and_scheme(notice.path, allowed_hosts=None):
        return redirect("notice_list")
    return redirect(notice.path)


def _group(key: str | None) -> str:
    """The key of a group of notices, or nothing where there is no such group."""
    return key if key in GROUPS else ""
