"""What speaks against keeping or offering a suggestion as it is. Each raises NotNow with the next step."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from playbooks.errors import NotNow
from playbooks.models import Suggestion
from playbooks.suggestion_words import ITEMS_MAX, ItemWords, SuggestionWords
from playbooks.template_writing import check_fields


def has_changes(suggestion: Suggestion) -> bool:
    """Whether the draft says something else than what is offered."""
    if suggestion.current is None:
        return True
    return SuggestionWords.of_draft(suggestion) != SuggestionWords.of_version(suggestion.current)


def writable(words: SuggestionWords, kind: str) -> None:
    """Whether `words` can be kept as a draft of this `kind`."""
    if not words.items:
        raise NotNow(_("Write at least one post."), detail="no items")
    if kind == Suggestion.Kind.POST and len(words.items) > 1:
        raise NotNow(_("One post is one post. Make it a kit for several."), detail="items of a post")
    if len(words.items) > ITEMS_MAX:
        raise NotNow(_("A kit has at most %(max)d posts.") % {"max": ITEMS_MAX}, detail="too many items")
    for item in words.items:
        check_fields(item.text)


def offerable(suggestion: Suggestion, words: SuggestionWords, change_note: str) -> None:
    """Whether chapters may get `words` as the next version."""
    empty = [item for item in words.items if not item.text.strip()]
    if not words.title.strip() or not words.why.strip() or empty:
        raise NotNow(
            _("A suggestion needs a title, why it is worth it and words in every post before it is offered."),
            detail="empty part",
        )
    undescribed = [image for item in words.items for image in item.images if not image.alt.strip()]
    if undescribed:
        raise NotNow(
            _("Describe every picture, for people who can't see it: chapters get the description too."),
            detail="picture without alt text",
        )
    pictures_known(suggestion, words.items)
    if suggestion.current is None:
        return
    if not has_changes(suggestion):
        raise NotNow(
            _("The draft says the same as what is offered, so there is nothing new to offer."),
            detail=f"same as version {suggestion.current.number}",
        )
    if not change_note.strip():
        raise NotNow(
            _("Say in a few words what changed, so that chapters know whether to look."),
            detail="no change note",
        )


def not_taken_back(suggestion: Suggestion) -> None:
    """Whether the chapter that sent it in still offers it."""
    if suggestion.was_taken_back:
        raise NotNow(
            _("%(chapter)s took it back. Nobody else may offer it.")
            % {"chapter": suggestion.from_chapter.name},
            detail="taken back",
        )


def pictures_known(suggestion: Suggestion, items: Iterable[ItemWords]) -> None:
    """Whether every picture that `items` name was kept with the suggestion."""
    wanted = {image.uid for item in items for image in item.images}
    known = {str(uid) for uid in suggestion.images.values_list("uid", flat=True)} if wanted else set()
    if wanted - known:
        raise NotNow(_("One of the pictures is gone. Add it again."), detail="unknown picture")
