"""What the demo's chapters and the central team say to one another."""

from __future__ import annotations

from datetime import datetime

from hubsite.demo import backtalk, questions, suggestions
from hubsite.demo.cast import Cast


def load(now: datetime) -> None:
    """Questions, suggestions and back-talk, on top of the playbooks and posts that are there."""
    cast = Cast(now)
    questions.load(cast)
    suggestions.load(cast)
    backtalk.load(cast)
