"""The demo's suggestions: offered, revised and ended, and what chapters made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from chapters.events import Actor
from hubsite.demo import clock, content, scenes
from hubsite.demo.cast import Cast, entry_of, key
from playbooks import deciding, suggesting
from playbooks.models import Adoption, Suggestion
from playbooks.suggestion_words import ItemWords, PictureWords, SuggestionWords
from posts import adopting, spreading
from posts.models import Post

THOUGHT = timedelta(minutes=3)  # from the first words of a post to saying where it came from
ANSWERED_AFTER = timedelta(hours=19)


def begin(cast: Cast) -> None:
    """What the central team wrote and offered, before any chapter answers."""
    for number, entry in _entries():
        if "sent_in" not in entry:
            suggestion = _begin(cast, entry, number)
            if "offered" in entry:
                _offer(cast, entry, suggestion, number)


def adapt(cast: Cast, post: Post) -> None:
    """Say of a post that was just begun which suggestion it came from, if it did."""
    for number, entry in _entries():
        for decision in entry["decisions"]:
            if decision["chapter"] == post.chapter.slug and post.text.startswith(
                decision.get("adapted", "\0")
            ):
                _adapted(cast, post, decision["by"], number)


def load(cast: Cast) -> None:
    """What chapters sent in and answered, and what the central team made of that."""
    for number, entry in _entries():
        _go_on(cast, entry, number)


def _entries() -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(content.read("suggestions")["suggestions"]))


def _go_on(cast: Cast, entry: dict[str, Any], number: int) -> None:
    if "sent_in" in entry:
        suggestion = _sent_in(cast, entry, number)
        if "offered" in entry:
            _offer(cast, entry, suggestion, number)
    else:
        suggestion = Suggestion.objects.get(uid=key("suggestion", number))
    for decision in entry["decisions"]:
        suggestion.refresh_from_db()
        _decide(cast, decision, suggestion, number)
    if "revised" in entry:
        _revise(cast, entry, suggestion)
    if "ended" in entry:
        with clock.at(cast.moment(entry["ended"]["days_ago"], "central", number)):
            suggesting.end(suggestion=suggestion, by=cast.actor(entry["owner"]), note=entry["ended"]["note"])


def _begin(cast: Cast, entry: dict[str, Any], number: int) -> Suggestion:
    by = cast.actor(entry["owner"])
    words = SuggestionWords(entry["title"], entry["why"], tuple(_words(item) for item in entry["items"]))
    kind = Suggestion.Kind.KIT if len(words.items) > 1 else Suggestion.Kind.POST
    with clock.at(cast.moment(entry["days_ago"], "central", number)):
        suggestion = suggesting.create(words=words, kind=kind, by=by, key=key("suggestion", number))
        words = SuggestionWords.of_draft(suggestion)
        pictured = tuple(
            replace(kept, images=_images(cast, suggestion, item, 10 * number + at, entry["owner"]))
            for at, (kept, item) in enumerate(zip(words.items, entry["items"], strict=True))
        )
        return suggesting.save_draft(
            suggestion=suggestion,
            draft_number=suggestion.draft_number,
            words=replace(words, items=pictured),
            by=by,
        )


def _words(item: dict[str, Any]) -> ItemWords:
    return ItemWords(text=item["text"], name=item["name"], day=item.get("day"), at=item.get("at"))


def _images(
    cast: Cast, suggestion: Suggestion, item: dict[str, Any], number: int, owner: str
) -> tuple[PictureWords, ...]:
    if "picture" not in item:
        return ()
    upload = suggesting.upload_of(scenes.draw(item["picture"], number), item["picture"]["alt"])
    image = suggesting.add_picture(suggestion=suggestion, upload=upload, by=cast.actor(owner))
    return (PictureWords(str(image.uid), upload.alt),)


def _sent_in(cast: Cast, entry: dict[str, Any], number: int) -> Suggestion:
    """A chapter's own post, as the chapter sends it in."""
    told = entry["sent_in"]
    post = cast.post(told["chapter"], told["begins"])
    place, written = entry_of(post)
    pictures = ()
    if "image" in written:
        pictures = (suggesting.upload_of(scenes.draw(written["image"], place), written["image"]["alt"]),)
    sent = suggesting.Sent(post.uid, post.text, told["why"], entry["title"], post.link, pictures=pictures)
    with clock.at(cast.moment(told["days_ago"], told["chapter"], number)):
        return suggesting.send_in(chapter=post.chapter, sent=sent, by=cast.actor(told["by"]))


def _offer(cast: Cast, entry: dict[str, Any], suggestion: Suggestion, number: int) -> None:
    by = cast.actor(entry["owner"])
    with clock.at(cast.moment(entry["offered"], "central", number)):
        if "sent_in" in entry:
            words = SuggestionWords.of_draft(suggestion)
            (first,), (item,) = words.items, entry["items"]
            first = replace(first, text=item["text"], name=item["name"])
            suggestion = suggesting.save_draft(
                suggestion=suggestion,
                draft_number=suggestion.draft_number,
                words=replace(words, why=entry["why"], items=(first,)),
                by=by,
            )
        suggesting.offer(suggestion=suggestion, draft_number=suggestion.draft_number, by=by)


def _revise(cast: Cast, entry: dict[str, Any], suggestion: Suggestion) -> None:
    revised, by = entry["revised"], cast.actor(entry["owner"])
    items = list(SuggestionWords.of_draft(suggestion).items)
    for change in revised["texts"]:
        items[change["item"]] = replace(items[change["item"]], text=change["text"])
    items += [_words(item) for item in revised["more"]]
    with clock.at(cast.moment(revised["days_ago"], "central", 0)):
        words = replace(SuggestionWords.of_draft(suggestion), items=tuple(items))
        saved = suggesting.save_draft(
            suggestion=suggestion, draft_number=suggestion.draft_number, words=words, by=by
        )
        suggesting.offer(
            suggestion=saved, draft_number=saved.draft_number, by=by, change_note=revised["note"]
        )


# ---- what chapters made of it


def _decide(cast: Cast, decision: dict[str, Any], suggestion: Suggestion, number: int) -> None:
    if "declined" in decision:
        _declined(cast, decision, suggestion, number)
    elif "used" in decision:
        _used(cast, decision, suggestion, number)


def _adapted(cast: Cast, post: Post, by: str, number: int) -> None:
    suggestion = Suggestion.objects.select_related("current").get(uid=key("suggestion", number))
    item = suggestion.current.items.select_related("version__suggestion").first()
    with clock.at(post.created_at + THOUGHT):
        adopting.note_copy(post=post, item=item, by=cast.actor(by), mode=Adoption.Mode.ADAPTED)


def _declined(cast: Cast, decision: dict[str, Any], suggestion: Suggestion, number: int) -> None:
    moment = cast.moment(decision["days_ago"], decision["chapter"], number)
    with clock.at(moment):
        said = deciding.decline(
            suggestion=suggestion,
            chapter=cast.chapters[decision["chapter"]],
            reason=decision["declined"],
            words=decision["words"],
            by=cast.actor(decision["by"]),
        )
    if "answer" in decision:
        with clock.at(moment + ANSWERED_AFTER):
            owner = Actor.person(suggestion.owner)
            deciding.answer(decision=said, by=owner, words=decision["answer"])


def _used(cast: Cast, decision: dict[str, Any], suggestion: Suggestion, number: int) -> None:
    """Drafts of the chapter's own, planned for days that are still to come."""
    chapter = cast.chapters[decision["chapter"]]
    items = list(suggestion.current.items.select_related("version__suggestion"))
    with clock.at(cast.moment(decision["days_ago"], decision["chapter"], number)):
        posts = adopting.use(
            chapter=chapter,
            planned=spreading.dates_for(chapter, items, now=cast.now),
            by=cast.actor(decision["by"]),
            form_key=key(f"use {chapter.slug}", number),
        )
    _call_demo(posts)


def _call_demo(posts: Iterable[Post]) -> None:
    """So that they move on with the days like all that is the demo's."""
    Post.objects.filter(pk__in=[post.pk for post in posts]).update(is_demo=True)
