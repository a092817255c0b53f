"""What the demo's chapters and the central team say to one another."""

from __future__ import annotations

from datetime import datetime

from hubsite.demo import backtalk, questions, suggestions, together
from hubsite.demo.cast import Cast


def load(now: datetime) -> None:
    """Everything that is said and done on top of the playbooks and posts that are there."""
    cast = Cast(now)
    questions.load(cast)
    suggestions.load(cast)
    backtalk.load(cast)
    together.load(cast)
