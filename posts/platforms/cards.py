"""What a web page says of itself, for the card under a post: title, description and picture."""

from __future__ import annotations

from dataclasses import dataclass

from .deadline import Deadline
from .http import Http


@dataclass(frozen=True, slots=True)
class Card:
    """A page in short. `title` and `description` may be "", `image` None where the page has no good one."""

    title: str
    description: str = ""
    image: bytes | None = None
    image_type: str = ""


def fetch_card(http: Http, url: str, *, by: Deadline) -> Card | None:
    """The card of the page at `url`; None where there is none to be had. No page is looked at yet."""
    return None
