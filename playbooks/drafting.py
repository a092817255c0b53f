"""The number of a playbook's draft: whatever chapters would get differently counts as another draft."""

from __future__ import annotations

from chapters.events import Actor, record
from playbooks.models import Playbook


def count_change(playbook: Playbook, by: Actor, *, is_text: bool = True) -> None:
    """Say that the draft is another one now, and save it. A second look and a plan were of the earlier one.

    The caller holds the playbook's lock. Without `is_text`, a form with the playbook's own words stays good.
    """
    playbook.draft_number += 1
    playbook.draft_by = by.user
    if is_text:
        playbook.text_number = playbook.draft_number
    was_planned = forget_plan(playbook)
    playbook.save()
    if was_planned:
        record("playbook_unplanned", playbook, chapter=None, by=by, draft=playbook.draft_number)


def forget_plan(playbook: Playbook) -> bool:
    """Take away the plan to publish later; the caller saves. Whether there was one."""
    was_planned = playbook.publish_at is not None
    playbook.publish_at = playbook.publish_draft = playbook.publish_by = None
    playbook.publish_note = playbook.publish_alone = ""
    return was_planned
