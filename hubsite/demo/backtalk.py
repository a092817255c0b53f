"""What the demo's chapters say about playbooks, and what they are answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chapters.events import Actor
from hubsite.demo import clock, content, library
from hubsite.demo.cast import Cast, key
from playbooks import edits, entry_proposals, feedback, proposals, teaching
from playbooks.models import Comment, Playbook, Proposal

NEXT_DAY = timedelta(hours=23)


def load(cast: Cast) -> None:
    """Everything of the content file."""
    told = content.read("backtalk")
    for number, entry in enumerate(told["votes"]):
        _vote(cast, entry, number)
    for number, entry in enumerate(told["notes"]):
        _note(cast, entry, number)
    _comments(cast, told["comments"])
    for number, entry in enumerate(told["edits"]):
        _edit(cast, entry, number)
    for number, entry in enumerate(told["entries"]):
        _propose(cast, entry, number)


def _vote(cast: Cast, entry: dict[str, Any], number: int) -> None:
    moment = cast.moment(entry["days_ago"], entry["of"], number)
    with clock.at(moment):
        vote = feedback.vote(
            version=cast.version(entry["on"], moment),
            chapter=cast.chapters[entry["of"]],
            helped=entry["helped"],
            word=entry.get("word", ""),
            by=cast.actor(entry["by"]),
        )
    if "answer" in entry:
        by, at = _answered(cast, entry, moment)
        with clock.at(at):
            feedback.answer_vote(vote=vote, times=vote.times, answer=entry["answer"]["text"], by=by)


def _note(cast: Cast, entry: dict[str, Any], number: int) -> None:
    moment = cast.moment(entry["days_ago"], entry["of"], number)
    post = cast.post(entry["of"], entry["post"]) if "post" in entry else None
    with clock.at(moment):
        note = feedback.add_note(
            version=cast.version(entry["on"], moment),
            chapter=cast.chapters[entry["of"]],
            text=entry["text"],
            by=cast.actor(entry["by"]),
            key=key("note", number),
            post_uid=post.uid if post else None,
        )
    if "answer" in entry:
        by, at = _answered(cast, entry, moment)
        with clock.at(at):
            feedback.answer_note(note=note, answer=entry["answer"]["text"], by=by)


def _comments(cast: Cast, entries: list[dict[str, Any]]) -> None:
    named: dict[str, Comment] = {}
    for number, entry in enumerate(entries):
        with clock.at(cast.moment(entry["days_ago"], entry["of"], number)):
            made = feedback.comment(
                playbook=cast.playbooks[entry["on"]],
                chapter=cast.chapters[entry["of"]],
                text=entry["text"],
                by=cast.actor(entry["by"]),
                key=key("comment", number),
                parent=named.get(entry.get("to", "")),
            )
        if "name" in entry:
            named[entry["name"]] = made


def _edit(cast: Cast, entry: dict[str, Any], number: int) -> None:
    moment = cast.moment(entry["days_ago"], entry["of"], number)
    version = cast.version(entry["on"], moment)
    wording = {"body": version.body.replace(entry["old"], entry["new"])} if "old" in entry else {}
    if "summary" in entry:
        wording["summary"] = entry["summary"]
    with clock.at(moment):
        (proposal,) = edits.suggest(
            version=version,
            wording=wording,
            by=cast.actor(entry["by"]),
            by_chapter=cast.chapters[entry["of"]],
            central=cast.central,
            note=entry["note"],
        )
    if "taken" in entry:
        _settle(cast, entry, proposal, moment)


def _settle(cast: Cast, entry: dict[str, Any], proposal: Proposal, moment: datetime) -> None:
    by, at = _answered(cast, entry, moment)
    numbers = [piece.number for piece in proposals.pieces_of(proposal)]
    taken = {"all": numbers, "some": numbers[:1], "none": []}[entry["taken"]]
    with clock.at(at):
        edits.settle(proposal=proposal, taken=taken, by=by, answer=entry["answer"]["text"])
    if "published" in entry:
        playbook = Playbook.objects.get(slug=entry["on"])
        with clock.at(at + NEXT_DAY):
            library.approve(playbook, by)
            teaching.publish(
                playbook=playbook,
                draft_number=playbook.draft_number,
                change_note=entry["published"],
                by=by,
            )


def _propose(cast: Cast, entry: dict[str, Any], number: int) -> None:
    moment = cast.moment(entry["days_ago"], entry["of"], number)
    with clock.at(moment):
        proposal = entry_proposals.propose(
            chapter=cast.chapters[entry["of"]],
            title=entry["title"],
            why=entry["why"],
            first_steps=entry["first_steps"],
            by=cast.actor(entry["by"]),
            key=key("entry", number),
        )
    if "answer" not in entry:
        return
    by, at = _answered(cast, entry, moment)
    with clock.at(at):
        if entry.get("drafted"):
            entry_proposals.make_draft(proposal=proposal, by=by, answer=entry["answer"]["text"])
        else:
            entry_proposals.decline(proposal=proposal, by=by, reason=entry["answer"]["text"])


def _answered(cast: Cast, entry: dict[str, Any], moment: datetime) -> tuple[Actor, datetime]:
    answer = entry["answer"]
    return cast.actor(answer["by"]), moment + timedelta(hours=answer["after_hours"])
