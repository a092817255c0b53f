"""The demo's posts: written, reviewed, scheduled and sent by the same verbs as everybody's."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from io import BytesIO
from typing import Any

from chapters.events import Actor
from chapters.models import Chapter, Membership, User
from hubsite.demo import clock, content, scenes
from hubsite.demo.practice import PracticeNetwork, picture
from playbooks.models import TemplateVersion
from posts import composing, helping, media_store, workflow
from posts.models import Delivery, Media, Post, SocialAccount
from posts.platforms.base import Published
from posts.publishing import past

NAMESPACE = uuid.UUID("5f0c1d5e-6a53-4f5c-9a0e-0c7a1d7f2b11")
SENT = {"published", "failed", "needs_attention"}
BEGUN_FROM = {  # how a text begins that somebody took from a template
    "A question for": "A question from the bench",
    "Thank you to": "Thank a partner for one thing",
    "Meet ": "Four sentences",
    "Before:": "Before and after",
    "Quiet week": "Tiny lesson",
    "Borrowing tip": "Tiny lesson",
    "Bike table tip": "Tiny lesson",
}
REVIEW_GAP = timedelta(minutes=47)


@dataclass
class Told:
    """One post of the content file on its way into the hub."""

    entry: dict[str, Any]
    number: int
    post: Post
    account_of: dict[str, SocialAccount]
    media: Media | None = None
    due: datetime | None = None
    deliveries: dict[str, Delivery] = field(default_factory=dict)


class Teller:
    """Tells the posts of the content file, as seen from `now`."""

    def __init__(
        self, network: PracticeNetwork, now: datetime, began: Callable[[Post], None] = lambda post: None
    ) -> None:
        """`began` is told of each post as soon as it is begun."""
        self.network = network
        self.began = began
        self.now = now
        self.chapters = {chapter.slug: chapter for chapter in Chapter.objects.all()}
        self.people = {user.email: user for user in User.objects.all()}
        self.templates = {version.name: version for version in TemplateVersion.objects.all()}
        self.central = Chapter.objects.get(kind=Chapter.Kind.CENTRAL)
        self.accounts = {a.handle: a for a in SocialAccount.objects.select_related("chapter")}

    def tell_all(self) -> None:
        """Every post; the one that goes out first is scheduled later, when everything else is there."""
        told = [self._tell(entry, number) for number, entry in enumerate(content.posts()["posts"])]
        self._settle([post for post in told if post.entry["state"] in SENT])
        Post.objects.filter(pk__in=[post.post.pk for post in told]).update(is_demo=True)

    def person(self, local_part: str) -> User:
        return self.people[content.address(local_part)]

    def membership(self, local_part: str, chapter: Chapter) -> Membership:
        return Membership.objects.select_related("chapter", "user").get(
            user=self.person(local_part), chapter=chapter
        )

    def local(self, chapter: Chapter, days: int, wall: str) -> datetime:
        """The instant of a wall time in the chapter's zone, `days` from today there."""
        day = self.now.astimezone(chapter.zone).date() + timedelta(days=days)
        return datetime.combine(day, time.fromisoformat(wall), tzinfo=chapter.zone)

    # ---- one post

    def _tell(self, entry: dict[str, Any], number: int) -> Told:
        chapter = self.chapters[entry["chapter"]]
        author = Actor.person(self.person(entry["author"]))
        due = self.local(chapter, entry["days"], entry["local_time"]) if "days" in entry else None
        written = min(
            self.local(chapter, entry["written_days"], "20:10") + timedelta(minutes=number % 37),
            self.now - timedelta(minutes=30),
        )
        with clock.at(written):
            media = self._media(entry, number, chapter, author.user)
            post = composing.create(
                chapter=chapter,
                by=author,
                form_key=uuid.uuid5(NAMESPACE, f"post {number}"),
                draft=self._draft(entry, self._first_wording(entry), media, due),
                template=self._template(entry["text"]),
            )
        self.began(post)
        told = Told(entry, number, post, {h: self.accounts[h] for h in entry["targets"]}, media, due)
        moment = self._review(told, author, written)
        self._schedule(told, author, moment)
        return told

    def _first_wording(self, entry: dict[str, Any]) -> str:
        """What a reviewer asked to change: the text without its last sentence."""
        if not self._was_changed(entry):
            return entry["text"]
        shorter = entry["text"].rsplit(". ", 1)[0]
        return shorter if shorter != entry["text"] else entry["text"] + " 🙂"

    @staticmethod
    def _was_changed(entry: dict[str, Any]) -> bool:
        asked = any(review["verdict"] == "changes" for review in entry.get("reviews", []))
        return asked and entry["state"] != "draft"

    def _draft(
        self, entry: dict[str, Any], text: str, media: Media | None, due: datetime | None
    ) -> composing.Draft:
        pictures = (composing.Picture(str(media.uid), entry["image"]["alt"]),) if media else ()
        return composing.Draft(
            text,
            link=entry.get("link", ""),
            targets={self.accounts[handle].pk: None for handle in entry["targets"]},
            pictures=pictures,
            planned_at=due,
        )

    def _template(self, text: str) -> TemplateVersion | None:
        name = next((name for begins, name in BEGUN_FROM.items() if text.startswith(begins)), None)
        return self.templates[name] if name else None

    def _media(self, entry: dict[str, Any], number: int, chapter: Chapter, by: User) -> Media | None:
        if "image" not in entry:
            return None
        data = scenes.draw(entry["image"], number)
        return media_store.store(BytesIO(data), size=len(data), chapter=chapter, by=by)

    def _review(self, told: Told, author: Actor, moment: datetime) -> datetime:
        """Submit, and let the reviewers speak in turn. Returns when the last word was said."""
        entry = told.entry
        if not entry.get("reviews") and entry["state"] != "in_review":
            return moment
        last = min(told.due or self.now, self.now) - timedelta(minutes=5)
        said = len(entry.get("reviews", [])) + 1
        gap = min(REVIEW_GAP, (last - moment) / (said + 1))
        moment += gap
        with clock.at(moment):
            told.post = workflow.submit(post=told.post, by=author)
        if "asks" in entry:
            with clock.at(moment + timedelta(minutes=3)):
                helping.ask_help(
                    post=told.post,
                    of_chapter=self.central,
                    by=author,
                    note=entry["asks"]["note"],
                    may_approve=entry["asks"]["counts"],
                )
        for review in entry.get("reviews", []):
            moment += gap
            with clock.at(moment):
                self._speak(told, review, author)
        if "thanks" in entry:
            with clock.at(moment + timedelta(minutes=1)):
                self._thank(told, entry["thanks"], author)
        if entry["state"] == "draft" and told.post.status == Post.Status.IN_REVIEW:
            with clock.at(moment):
                told.post = workflow.withdraw(post=told.post, by=author)
        return moment

    def _thank(self, told: Told, words: str, author: Actor) -> None:
        """The author thanks whoever of the central team looked at the post, and needs no more help."""
        request = told.post.help_requests.get()
        membership = self.membership(told.entry["author"], told.post.chapter)
        helping.thank(request=request, membership=membership, text=words)
        helping.close_help(request=request, by=author)

    def _speak(self, told: Told, review: dict[str, str], author: Actor) -> None:
        home = self.chapters[review["of"]] if "of" in review else told.post.chapter
        membership = self.membership(review["by"], home)
        if review["verdict"] == "comment":
            workflow.comment(post=told.post, membership=membership, text=review["text"])
            return
        revision = told.post.revision
        if review["verdict"] == "approved":
            told.post = workflow.approve(
                post=told.post, membership=membership, revision=revision, text=review["text"]
            )
            return
        told.post = workflow.request_changes(
            post=told.post, membership=membership, revision=revision, text=review["text"]
        )
        if told.entry["state"] == "draft":
            return
        draft = self._draft(told.entry, told.entry["text"], told.media, told.due)
        told.post = composing.update(post=told.post, by=author, draft=draft, seen_revision=revision)
        told.post = workflow.submit(post=told.post, by=author)

    def _schedule(self, told: Told, author: Actor, moment: datetime) -> None:
        state = told.entry["state"]
        if state not in SENT | {"scheduled"} or told.entry.get("goes_out_first"):
            return
        with clock.at(min(moment + timedelta(minutes=2), told.due - timedelta(minutes=1))):
            told.post = workflow.schedule(post=told.post, at=told.due, by=author)
        told.deliveries = {d.account.handle: d for d in told.post.deliveries.select_related("account")}

    # ---- what the platform has

    def _settle(self, told: list[Told]) -> None:
        arrived = self.network.import_posts(
            [
                self._import(post, handle)
                for post in told
                for handle in post.deliveries
                if _arrived(post, handle)
            ]
        )
        for post in told:
            for handle, delivery in post.deliveries.items():
                outcome = _outcome(post, handle)
                at = post.due + timedelta(seconds=1 + (post.number * 7 + len(handle)) % 40 / 10)
                there = arrived.get(_key(post, handle))
                bound = outcome["status"] == "published" and there is not None
                with clock.at(at):
                    past.record(
                        delivery=delivery,
                        status=Delivery.Status(outcome["status"]),
                        at=at,
                        published=Published(there["id"], there["url"]) if bound else None,
                        message=outcome.get("person", ""),
                        detail=outcome.get("log", ""),
                        held_reason=outcome["reason"] if outcome["status"] == "held" else "",
                    )

    def _import(self, told: Told, handle: str) -> dict[str, Any]:
        media = []
        if told.media is not None:
            with told.media.file.open("rb") as stored:
                media = [picture(stored.read(), told.entry["image"]["alt"])]
        return {
            "account": handle,
            "external_key": _key(told, handle),
            "text": told.entry["text"],
            "link": told.entry.get("link", ""),
            "created_at": told.due.isoformat(),
            "media": media,
        }


def _key(told: Told, handle: str) -> str:
    return f"demo-{told.number}-{handle}"


def _outcome(told: Told, handle: str) -> dict[str, Any]:
    for outcome in told.entry.get("outcomes", []):
        if outcome["handle"] == handle:
            return outcome
    return {"handle": handle, "status": "published"}


def _arrived(told: Told, handle: str) -> bool:
    outcome = _outcome(told, handle)
    return outcome["status"] == "published" or outcome.get("arrived", False)
