"""Why a verb of this app refused."""

from __future__ import annotations

from django.utils.translation import gettext as _

from chapters.models import User
from playbooks.models import Playbook, Suggestion, Template


class TeachingError(Exception):
    """Nothing was changed. `message` is for the person, with the next step; `detail` is for the log."""

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class StaleDraft(TeachingError):
    """Somebody saved the draft after this form was opened. `playbook` is how it stands now."""

    def __init__(self, playbook: Playbook, *, seen: int, by: User | None = None) -> None:
        self.is_own = by is not None and playbook.draft_by_id == by.pk
        super().__init__(
            _("You saved this in another window. What you typed here is below, not saved yet.")
            if self.is_own
            else _("Somebody else saved this playbook while you wrote. Your text is below, not saved yet."),
            detail=f"playbook {playbook.pk}: form of draft {seen}, draft is {playbook.draft_number}",
        )
        self.playbook = playbook


class StaleTemplate(TeachingError):
    """Somebody revised the template after this form was opened. `template` is how it stands now."""

    def __init__(self, template: Template, *, seen: int, by: User | None = None) -> None:
        self.is_own = by is not None and template.changed_by_id == by.pk
        super().__init__(
            _("You saved this in another window. What you typed here is below, not saved yet.")
            if self.is_own
            else _("Somebody else revised this template while you wrote. Your text is below, not saved yet."),
            detail=f"template {template.pk}: form of {seen}, draft is {template.change_number}",
        )
        self.template = template


class NotNow(TeachingError):
    """The playbook's or template's state does not allow it."""


class StaleSuggestion(TeachingError):
    """Somebody saved the suggestion after this form was opened. `suggestion` is how it stands now."""

    def __init__(self, suggestion: Suggestion, *, seen: int) -> None:
        super().__init__(
            _("Somebody else saved this suggestion while you wrote. Your text is below, not saved yet."),
            detail=f"suggestion {suggestion.pk}: form of {seen}, draft is {suggestion.draft_number}",
        )
        self.suggestion = suggestion
