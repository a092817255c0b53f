"""The person's own settings."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chapters.access import signed_in
from chapters.forms import PersonForm
from chapters.models import Chapter, Membership, User
from chapters.permissions import Action, can

UNPROCESSABLE = 422


@require_http_methods(["GET", "POST"])
@signed_in
def person_settings(request: HttpRequest) -> HttpResponse:
    """Name and time zone, the chapters one is in, and the way to password and devices."""
    status = 200
    form = PersonForm(instance=request.user)
    if request.method == "POST":
        # a copy: the page's frame shows the name as saved
        form = PersonForm(request.POST, instance=User.objects.get(pk=request.user.pk))
        if form.is_valid():
            form.save()
            messages.success(request, _("Saved."))
            return redirect("person_settings")
        status = UNPROCESSABLE
    memberships = (
        Membership.objects.filter(user=request.user)
        .exclude(chapter__state=Chapter.State.LEFT)
        .select_related("chapter", "volunteer")
        .order_by("chapter__name")
    )
    helping = [each for each in memberships if not each.chapter.is_central and can(each, Action.HELP)]
    context = {"form": form, "memberships": memberships, "helping": helping}
    return render(request, "chapters/person_settings.html", context, status=status)
