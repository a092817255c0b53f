"""What the hub told a person."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from chapters.access import signed_in
from chapters.models import Notice
from chapters.paging import page_of


@require_GET
@signed_in
def notice_list(request: HttpRequest) -> HttpResponse:
    """The person's notices, newest first."""
    own = Notice.objects.filter(person=request.user).select_related("chapter")
    return render(
        request,
        "chapters/notice_list.html",
        {
            "page": page_of(request, own, "created_at", descending=True),
            "has_unread": Notice.objects.filter(person=request.user, read_at=None).exists(),
        },
    )


@require_POST
@signed_in
def notice_read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    Notice.objects.filter(person=request.user, read_at=None).update(read_at=timezone.now())
    return redirect("notice_list")


@require_POST
@signed_in
def notice_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one as read and go where its next step is."""
    notice = get_object_or_404(Notice, pk=pk, person=request.user)
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=timezone.now())
    if not url_has_allowed_host_and_scheme(notice.path, allowed_hosts=None):
        return redirect("notice_list")
    return redirect(notice.path)
