"""The demo's playbooks, with the versions they went through."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from chapters.events import Actor
from chapters.models import User
from hubsite.demo import clock, content
from hubsite.demo.content import PlaybookText
from playbooks import reviewing, teaching, template_writing
from playbooks.models import Playbook

EARLIER_SECTIONS = 4  # an earlier version lacks this many of the last sections for each version to come
SECOND_READERS = ("marit.solheim", "tom.prentice")  # the first of them who did not write it looks at it


def load(now: datetime) -> None:
    """Write and publish every playbook."""
    for text in content.playbooks():
        _load(text, now)


def _load(text: PlaybookText, now: datetime) -> None:
    owner = Actor.person(User.objects.get(email=text.facts["owner"]))
    versions = text.facts["versions"]
    playbook: Playbook | None = None
    for index, version in enumerate(versions):
        moment = now - timedelta(days=version["days_ago"])
        draft = _draft(text, still_to_come=len(versions) - 1 - index)
        with clock.at(moment):
            if playbook is None:
                playbook = teaching.create(draft=draft, by=owner)
            else:
                playbook = teaching.save_draft(
                    playbook=playbook, draft_number=playbook.draft_number, draft=draft, by=owner
                )
            approve(playbook, owner)
            teaching.publish(
                playbook=playbook,
                draft_number=playbook.draft_number,
                change_note=version["change_note"],
                by=owner,
            )
            playbook.refresh_from_db()
            if index == 0:
                _templates(playbook, text, owner)
    reviewed: date = (now - timedelta(days=text.facts["last_reviewed"])).date()
    Playbook.objects.filter(pk=playbook.pk).update(slug=text.facts["slug"], last_reviewed=reviewed)


def approve(playbook: Playbook, writer: Actor) -> None:
    """Let somebody else of the central team look at the draft as it stands."""
    others = [name for name in map(content.address, SECOND_READERS) if name != writer.user.email]
    reader = Actor.person(User.objects.get(email=others[0]))
    reviewing.approve(playbook=playbook, draft_number=playbook.draft_number, by=reader)


def _templates(playbook: Playbook, text: PlaybookText, owner: Actor) -> None:
    for template in text.templates:
        wording = template_writing.Wording(
            name=template["name"], text=template["text"], note=template.get("note", "")
        )
        template_writing.add(playbook=playbook, wording=wording, by=owner)


def _draft(text: PlaybookText, *, still_to_come: int) -> teaching.Draft:
    """The words as they were when `still_to_come` more versions lay ahead: shorter at the end."""
    sections = text.body.split("\n## ")
    kept = sections[: max(len(sections) - EARLIER_SECTIONS * still_to_come, 2)]
    return teaching.Draft(
        title=text.facts["title"],
        summary=text.facts["summary"],
        body="\n## ".join(kept),
        time_needed=text.facts["time_needed"],
        people_needed=text.facts["people_needed"],
        platforms=text.facts["platforms"],
        topics=text.facts["topics"],
    )
