"""What the demo's chapters and the central team say to one another."""

from __future__ import annotations

from hubsite.demo import backtalk, library, questions, suggestions, together, upkeep
from hubsite.demo.cast import Cast
from posts.models import Post


def begin(cast: Cast) -> None:
    """What the central team offers before the first post is written, on top of the playbooks."""
    suggestions.begin(cast)
    together.begin(cast)


def began(cast: Cast, post: Post) -> None:
    """Say where a post that was just begun came from, and what it uses."""
    suggestions.adapt(cast, post)
    together.mark(cast, post)


def load(cast: Cast) -> None:
    """Everything that is said and done once the posts are there."""
    questions.load(cast)
    suggestions.load(cast)
    backtalk.load(cast)
    library.compare_translations(cast)
    together.load(cast)
    upkeep.load(cast)
