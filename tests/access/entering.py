"""What surrounds the stage's playbooks: a plan, a translation, a public page with a picture, practices."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from chapters.events import Actor
from playbooks import keeping, pictures, planned, practising
from playbooks.models import Playbook
from tests.playbooks import shelf
from tests.support.cast import Cast


def around(cast: Cast, unpublished: Playbook, other: Playbook) -> dict[str, Any]:
    """The words the rows speak of. `other` becomes the public one, and keeps a picture."""
    by = Actor.person(cast.cato)
    plan = shelf.looked_at(shelf.drafted(cast.cato, "Published soon"), cast.cleo)
    planned.plan(playbook=plan, draft_number=1, change_note="", at=timezone.now() + timedelta(days=1), by=by)
    shelf.looked_at(unpublished, cast.cleo)
    picture = pictures.add(playbook=other, upload=_upload(), alt="A hall", by=by)
    other = shelf.revised(other, cast.cato, body=f"{picture.markdown}\n")
    moved = shelf.published(cast.cato, "Moves on")
    translation = keeping.translate(playbook=moved, language="nb", by=by)
    shelf.revised(moved, cast.cato, title="Moved on")
    words = practising.Words("Open with a question", "Ask first.", "Comments in two days")
    gone = practising.Words("Shout", "In capitals.", "Nothing")
    withdrawn = practising.name(words=gone, playbooks=[], by=by)
    practising.withdraw(practice=withdrawn, by=by)
    return {
        "planned": plan,
        "translation": translation,
        "public_token": keeping.open_to_all(playbook=other, by=by).public_token,
        "open_picture": picture,
        "loose_picture": pictures.add(playbook=other, upload=_upload("navy"), alt="A room", by=by),
        "technique": practising.name(words=words, playbooks=[moved], by=by),
        "withdrawn_technique": withdrawn,
    }


def _upload(colour: str = "teal") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    return SimpleUploadedFile("hall.png", out.getvalue(), "image/png")
