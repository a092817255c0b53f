"""The switch "I look at posts of other chapters", for one person in one chapter."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chapters import volunteering
from chapters.access import chapter_view
from chapters.models import Volunteer
from chapters.permissions import Action
from chapters.problems import Refused
from chapters.volunteer_forms import VolunteerForm

UNPROCESSABLE = 422


@require_http_methods(["GET", "POST"])
@chapter_view(Action.HELP)
def volunteer(request: HttpRequest) -> HttpResponse:
    """Say that one looks at posts of other chapters and in which languages, or take it back."""
    membership = request.membership
    row = Volunteer.objects.filter(membership=membership).first()
    languages = row.languages if row else [membership.chapter.language]
    if request.method == "GET":
        # who opens the page means to offer it; whoever does so already takes it back by unticking
        form = VolunteerForm(initial={"on": True, "languages": languages})
        return _page(request, form)
    form = VolunteerForm(request.POST)
    if not form.is_valid():
        return _page(request, form, UNPROCESSABLE)
    try:
        if form.cleaned_data["on"]:
            volunteering.volunteer(membership=membership, languages=form.cleaned_data["languages"])
            messages.success(request, _("Thank you. You are told when a chapter asks for volunteers."))
        else:
            volunteering.stop(membership=membership)
            none = _("You do not help with other chapters’ posts yet.")
            messages.success(request, _("You are not asked any more.") if row else none)
    except Refused as refused:
        form.add_error(None, refused.message)
        return _page(request, form, UNPROCESSABLE)
    return redirect("person_settings")


def _page(request: HttpRequest, form: VolunteerForm, status: int = 200) -> HttpResponse:
    return render(
        request, "chapters/volunteer.html", {"chapter": request.chapter, "form": form}, status=status
    )
