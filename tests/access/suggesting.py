"""Suggestions for the access matrix: some on every shelf, and what each chapter made of them."""

from __future__ import annotations

import uuid
from typing import Any

from chapters.events import Actor
from chapters.models import Chapter, User
from playbooks import deciding, suggesting
from playbooks.suggesting import Terms, Upload
from playbooks.suggestion_words import PictureWords
from posts import adopting
from tests.playbooks import offers
from tests.support.cast import Cast
from tests.support.posts import image_file


def offered(cast: Cast) -> dict[str, Any]:
    """What the central team offers, to everybody and to nobody here."""
    by = Actor.person(cast.cato)
    pictured = offers.drafted(cast.cato, "Bring {{ chapter.hashtag }}", title="With a picture")
    file = image_file(colour="purple")
    upload = Upload(file, len(file.getvalue()))
    image = suggesting.add_picture(suggestion=pictured, upload=upload, by=by)
    words = offers.words("Bring it", title="With a picture", images=(PictureWords(str(image.uid), "Purple"),))
    suggesting.save_draft(suggestion=pictured, draft_number=1, words=words, by=by)
    suggesting.offer(suggestion=pictured, draft_number=2, by=by)
    ended = offers.offered(cast.cato, title="Had its time")
    suggesting.end(suggestion=ended, by=by)
    declined = offers.offered(cast.cato, title="Declined by some")
    decision = deciding.decline(
        suggestion=declined, chapter=cast.braga, reason="tone", words="Too loud", by=Actor.person(cast.otto)
    )
    return {
        "suggestion": offers.fresh(pictured),
        "suggestion_item": offers.items(pictured)[0],
        "suggestion_image": image,
        "suggestion_draft": offers.drafted(cast.cato, title="Not offered yet"),
        "suggestion_elsewhere": offers.offered(cast.cato, terms=Terms(min_members=500)),
        "suggestion_ended": ended,
        "suggestion_declined": declined,
        "suggestion_decline": decision,
        "suggestion_kit": offers.offered(cast.cato, "Come at six", "Thank you all"),
    }


def answered(chapter: Chapter, author: User, lead: User, shared: dict[str, Any]) -> dict[str, Any]:
    """Copies that an author and the lead of `chapter` made, and its no to something else."""
    first, second = offers.items(shared["suggestion_kit"])
    deciding.decline(
        suggestion=shared["suggestion_declined"], chapter=chapter, reason="topic", by=Actor.person(author)
    )
    sent = suggesting.Sent(uuid.uuid4(), "Six hands", "Eleven people came", "Our market post")
    return {
        "copy": _copy(chapter, author, first),
        "lead_copy": _copy(chapter, lead, second),
        "suggestion_sent_in": suggesting.send_in(chapter=chapter, sent=sent, by=Actor.person(author)),
    }


def revise(cast: Cast, shared: dict[str, Any]) -> None:
    """The kit has other words now: each copy has a difference to answer."""
    shared["suggestion_kit"] = offers.revised(
        shared["suggestion_kit"], cast.cato, "Come at seven", "Thank you both"
    )


def _copy(chapter: Chapter, person: User, item: Any) -> Any:
    made = adopting.use(
        chapter=chapter, planned=[adopting.Planned(item)], by=Actor.person(person), form_key=uuid.uuid4()
    )
    return made[0]
