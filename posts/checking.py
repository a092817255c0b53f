"""What each account's platform would make of a text that is not stored yet: its length and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from posts import limits, media_fit, media_store
from posts.models import Media, Post, SocialAccount
from posts.platforms import registry
from posts.platforms.base import Adapter, Content, Image, Limits, PlatformError, Problem, Video

_EXAMPLE = "https://example.org/"


@dataclass(frozen=True)
class Choice:
    """An account as the composer offers it. `adapter` is None where the hub no longer offers its platform."""

    account: SocialAccount
    adapter: Adapter | None
    limits: Limits | None
    problem: str = ""

    @property
    def letter(self) -> str:
        return self.adapter.mark.letter if self.adapter else ""

    @property
    def platform_label(self) -> str:
        return self.adapter.label if self.adapter else self.account.platform

    @property
    def name(self) -> str:
        return self.account.display_name or self.account.handle

    @property
    def joins_link(self) -> bool:
        """Whether the link is sent inside the text, and so counts."""
        if self.adapter is None:
            return False
        return _EXAMPLE in self.adapter.compose_text(Content(text="", link=_EXAMPLE))


@dataclass(frozen=True)
class Finding:
    """One account's look at a draft. `used` and `most` are in the platform's own units."""

    choice: Choice
    text: str
    has_own_text: bool
    used: int
    most: int
    problems: Sequence[Problem]
    padded: Sequence[int] = ()  # the numbers of pictures that get plain borders there, from 1

    @property
    def account(self) -> SocialAccount:
        return self.choice.account

    @property
    def left(self) -> int:
        """How much more the platform takes; less than 0 where it is too long."""
        return self.most - self.used

    @property
    def is_over(self) -> bool:
        return self.used > self.most


def offer(accounts: Iterable[SocialAccount]) -> list[Choice]:
    """The accounts with what their platforms accept."""
    return [_choice(account) for account in accounts]


def look(
    choices: Iterable[Choice],
    *,
    text: str,
    own: dict[int, str | None],
    link: str,
    images: tuple[Image, ...],
    video: Video | None = None,
) -> list[Finding]:
    """What each of the chosen accounts makes of the draft. `own` maps account ids to own text, or None."""
    found = []
    for choice in choices:
        own_text = own.get(choice.account.pk)
        words = text if own_text is None else own_text
        content = Content(text=words, link=link, images=images, video=video)
        if choice.adapter is None:
            problems, used, most = [Problem("targets", choice.problem)], 0, 0
            padded: list[int] = []
        else:
            problems = limits.check(choice.account, content)
            used = max(
                choice.adapter.count(choice.adapter.compose_text(part), choice.limits)
                for part in limits.parts(content, choice.limits)
            )
            most = choice.limits.text_max
            padded = [at for at, image in enumerate(images, 1) if media_fit.is_padded(image, choice.limits)]
        found.append(Finding(choice, words, own_text is not None, used, most, problems, padded))
    return found


def fit_ahead(post: Post) -> None:
    """Make a stored post's pictures fit its targets now: scheduling it locks rows and should not do it."""
    pictures = [use.media for use in post.media_uses.select_related("media")]
    if pictures:
        fit(offer(target.account for target in post.targets.select_related("account")), pictures)


def fit(choices: Iterable[Choice], media: Iterable[Media]) -> None:
    """As `fit_ahead`, for what is not stored yet."""
    media_store.fit_ahead(media, [choice.limits for choice in choices if choice.limits is not None])


def _choice(account: SocialAccount) -> Choice:
    try:
        adapter = registry.get(account.platform)
    except PlatformError as error:
        return Choice(account, None, None, error.message)
    return Choice(account, adapter, adapter.limits(account.capabilities))
