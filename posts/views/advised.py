"""The button beside each piece of advice on the sheet. It sends the sheet along, so nothing typed is lost."""

from __future__ import annotations

from django.http import HttpRequest

from playbooks import library
from posts import advising

ASIDE = "aside "
"""Before the address part of the playbook in the button's value."""


def put_aside(request: HttpRequest) -> bool:
    """Whether the sheet was sent by such a button; then the playbook is no longer advised to this person."""
    doing = request.POST.get("do", "")
    if not doing.startswith(ASIDE):
        return False
    playbook = library.readable(doing.removeprefix(ASIDE).replace("\0", ""))
    if playbook is not None:
        advising.put_aside(playbook=playbook, person=request.user)
    return True
