"""The world in which the matrix is tried: the cast, with one of each thing in three chapters.

Lisbon is the chapter at issue, Porto the other chapter, and the central team has its own. Whatever a chapter
keeps to itself has its `secret` in it, so that a page that shows it to somebody else gives itself away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from chapters import advisories, invitations, notices, volunteering, wishes
from chapters.events import Actor
from chapters.models import Chapter, Invitation, User
from chapters.permissions import Role
from playbooks.models import Proposal
from posts import (
    composing,
    connecting,
    connection_links,
    credentials,
    helping,
    media_grants,
    proposing,
    workflow,
)
from posts.models import ConnectionAttempt, Delivery, HelpRequest, Media, PlatformApp, Post
from posts.platforms.base import AppKeys, Connection, Profile
from posts.publishing import queue
from tests.access import entering, inquiring, meeting, saying, suggesting
from tests.access.table import Row
from tests.playbooks import shelf
from tests.support import posts
from tests.support.cast import Cast, build, member

# The matrix's columns for the pages of Lisbon: who, and which role they have there. The others have none.
LISBON = {"vera": "viewer", "ana": "author", "eduardo": "editor", "lucia": "lead"}
CENTRAL = {"cora": "viewer", "carl": "author", "cato": "editor", "cleo": "lead"}
OUTSIDE_LISBON = ("otto", "cato", "cleo", "ada")
OUTSIDE_CENTRAL = ("otto", "lucia", "eduardo", "ada")

TOKEN_CANARY = "canary-of-a-token"
SECRET_CANARY = "canary-of-a-client-secret"


def secret(chapter: Chapter) -> str:
    """The word in everything that only the chapter itself may see."""
    return f"kept-by-{chapter.slug}"


@dataclass
class Stage:
    """Everything the rows speak of, by word: `things` by chapter, `shared` what belongs to none of them."""

    cast: Cast
    people: dict[str, User]
    cookies: dict[str, str] = field(default_factory=dict)
    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    shared: dict[str, Any] = field(default_factory=dict)
    notices: dict[str, Any] = field(default_factory=dict)  # by person

    def thing(self, word: str, chapter: Chapter) -> Any:
        """What `word` means in a chapter. Raises KeyError."""
        return self.shared[word] if word in self.shared else self.things[chapter.slug][word]

    def has_foreign(self, word: object) -> bool:
        """Whether another chapter has a thing of its own by this word."""
        return isinstance(word, str) and word in self.things[self.cast.porto.slug]


@dataclass(frozen=True)
class Troupe:
    """Who does what while a chapter's things are made."""

    author: User
    editor: User
    reviewer: User
    lead: User


def set_up() -> Stage:
    """Put the stage into the database."""
    cast = build()
    people = {**cast.people, "cora": member("Cora", cast.central, Role.VIEWER)}
    people["carl"] = member("Carl", cast.central, Role.AUTHOR)
    stage = Stage(cast, people)
    troupes = {
        cast.lisbon: Troupe(cast.ana, cast.eduardo, cast.rui, cast.lucia),
        cast.porto: Troupe(cast.alba, cast.eva, cast.eva, cast.paulo),
        cast.central: Troupe(people["carl"], cast.cato, cast.cleo, cast.cleo),
    }
    for chapter, troupe in troupes.items():
        stage.things[chapter.slug] = {
            **_people(chapter, troupe),
            **_accounts(chapter, troupe),
            **_posts(chapter, troupe, cast.central),
            **inquiring.things_of(chapter, troupe.author, cast),
            **meeting.things_of(chapter, troupe.author, cast),
        }
        _confide(chapter)
    stage.shared = _shared(cast)
    _help(stage, troupes)
    for chapter, troupe in troupes.items():
        stage.things[chapter.slug] |= saying.said(
            chapter, troupe.lead, cast.central, stage.shared["playbook"]
        )
    stage.shared |= saying.waiting(cast, stage.shared["playbook"])
    stage.shared |= suggesting.offered(cast)
    for chapter, troupe in troupes.items():
        stage.things[chapter.slug] |= suggesting.answered(chapter, troupe.author, troupe.lead, stage.shared)
    suggesting.revise(cast, stage.shared)
    for name, person in people.items():
        stage.notices[name] = _notice(person, cast.lisbon)
        client = Cast.client(person)
        stage.cookies[name] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return stage


def _people(chapter: Chapter, troupe: Troupe) -> dict[str, Any]:
    by = Actor.person(troupe.lead)
    invite = partial(invitations.invite, chapter=chapter, role=Role.AUTHOR, by=by)
    return {
        "chapter": chapter,
        "member": member(f"Max{chapter.slug}", chapter, Role.VIEWER),
        "invitation": invite(email=f"friend@{secret(chapter)}.example.org"),
    }


def _accounts(chapter: Chapter, troupe: Troupe) -> dict[str, Any]:
    name = secret(chapter)
    paused = posts.account(chapter, handle=f"@{name}-paused")
    queue.pause_lane(paused, reason=f"{name}: on holiday", by=Actor("system"))
    broken = posts.account(
        chapter, f"@{name}-broken", broken_at=timezone.now(), broken_message=f"{name}: access ended"
    )
    account = posts.account(chapter, handle=f"@{chapter.slug}")
    for each in (account, paused, broken):
        credentials.save(each, {"access_token": f"{TOKEN_CANARY}-{each.pk}"})
    link, address = connection_links.make(chapter=chapter, by=Actor.person(troupe.lead), account=broken)
    return {
        "account": account,
        "account_paused": paused,
        "account_broken": broken,
        "begun": _begun(chapter, troupe.lead),
        "link": link,
        "link_token": address.rstrip("/").rpartition("/")[2],
    }


def _begun(chapter: Chapter, person: User) -> ConnectionAttempt:
    """A connection that came back with two accounts to choose from."""
    attempt = ConnectionAttempt.objects.create(
        chapter=chapter, person=person, platform="sandbox", state_hash=f"state-of-{chapter.slug}",
        expires_at=timezone.now() + timedelta(minutes=30), used_at=timezone.now(),
    )  # fmt: skip
    found = [
        Connection(
            Profile(f"{chapter.slug}-page-{number}", f"@{secret(chapter)}-page-{number}", "A page"),
            {"access_token": f"{TOKEN_CANARY}-page-{number}"},
        )
        for number in (1, 2)
    ]
    connecting._offer(attempt, found)
    return attempt


def _posts(chapter: Chapter, troupe: Troupe, central: Chapter) -> dict[str, Any]:
    name = secret(chapter)
    draft = partial(posts.draft, chapter, troupe.author)
    of_lead = partial(posts.draft, chapter, troupe.lead)
    scheduled = partial(posts.scheduled, chapter, troupe.author, reviewer=troupe.reviewer)
    by_lead = partial(posts.scheduled, chapter, troupe.lead, reviewer=troupe.editor)
    media = posts.picture(chapter, troupe.author, colour="teal")
    picture = composing.Picture(str(media.uid), alt=f"{name}: a bench in the sun")
    tomorrow = timezone.now() + timedelta(days=1)
    made: dict[str, Any] = {
        "media": media,
        "film": posts.film(chapter, troupe.author),
        "draft": draft(text=f"{name}: draft", planned_at=tomorrow, pictures=(picture,)),
        "lead_draft": of_lead(text=f"{name}: draft of the lead"),
        "in_review": posts.in_review(chapter, troupe.author, text=f"{name}: in review"),
        "lead_in_review": posts.in_review(chapter, troupe.lead, text=f"{name}: the lead's, in review"),
        "editor_in_review": posts.in_review(chapter, troupe.editor, text=f"{name}: the editor's, in review"),
        "approved": posts.approved(chapter, troupe.author, troupe.reviewer, text=f"{name}: approved"),
        "lead_approved": posts.approved(chapter, troupe.lead, troupe.editor, text=f"{name}: lead, approved"),
        "scheduled": scheduled(text=f"{name}: scheduled"),
        "lead_scheduled": by_lead(text=f"{name}: the lead's, scheduled"),
        "published": posts.settled(scheduled(text=f"out-of-{chapter.slug}: published"), "published"),
        "failed": posts.settled(scheduled(text=f"{name}: failed"), "failed"),
        "lead_failed": posts.settled(by_lead(text=f"{name}: the lead's, failed"), "failed"),
        "unconfirmed": posts.settled(scheduled(text=f"{name}: unconfirmed"), "unconfirmed"),
        "lead_unconfirmed": posts.settled(by_lead(text=f"{name}: lead, unconfirmed"), "unconfirmed"),
    }
    for word in ("scheduled", "failed", "lead_failed", "unconfirmed", "lead_unconfirmed"):
        made[f"delivery_{word}"] = made[word].deliveries.get()
    made["granted"] = _granted(made["delivery_scheduled"], media)
    workflow.comment(
        post=made["draft"], membership=Cast.membership(troupe.editor), text=f"{name}: too long, I think"
    )
    if chapter != central:
        made |= _asked(chapter, troupe, central, made["film"])
    return made


def _granted(delivery: Delivery, media: Media) -> str:
    """The token of an address that a platform was given."""
    wanted = media_grants.Wanted(delivery, media, None)
    media_grants.grant([wanted], timezone.now())
    return wanted.token


def _asked(chapter: Chapter, troupe: Troupe, central: Chapter, film: Media) -> dict[str, Any]:
    media = posts.picture(chapter, troupe.author, colour="olive")
    picture = composing.Picture(str(media.uid), alt="An olive field")
    asked_before = posts.draft(chapter, troupe.author, text=f"once-asked-by-{chapter.slug}")
    closed = _ask(asked_before, central)
    helping.close_help(request=closed, by=Actor.person(troupe.author))
    asked = posts.draft(chapter, troupe.author, text=f"{secret(chapter)}: first wording")
    among_us = f"{secret(chapter)}: among ourselves, this is too long"
    workflow.comment(post=asked, membership=Cast.membership(troupe.editor), text=among_us)
    asked = composing.update(
        post=asked, by=Actor.person(troupe.author), seen_revision=asked.revision,
        draft=replace(composing.draft_of(asked), text=f"asked-by-{chapter.slug}", pictures=(picture,)),
    )  # fmt: skip
    made = {
        "asked_media": media,
        "asked": asked,
        "lead_asked": posts.draft(chapter, troupe.lead, text=f"asked-by-{chapter.slug} lead"),
        "asked_to_approve": posts.in_review(chapter, troupe.author, text=f"asked-by-{chapter.slug} to say"),
        "asked_to_advise": posts.in_review(chapter, troupe.author, text=f"asked-by-{chapter.slug} advice"),
        "no_longer_asked": asked_before,
    }
    made["asked_film"] = posts.draft(
        chapter, troupe.author, text=f"asked-by-{chapter.slug} film",
        pictures=(composing.Picture(str(film.uid), alt="A bench, filmed", is_video=True),),
    )  # fmt: skip
    for word in ("asked", "lead_asked", "asked_to_advise", "asked_film"):
        _ask(made[word], central)
    _ask(made["asked_to_approve"], central, may_approve=True)
    return made


def _ask(post: Post, central: Chapter | None, **details: object) -> Any:
    return helping.ask_help(post=post, of_chapter=central, by=Actor.person(post.author), **details)


def _helped(chapter: Chapter, troupe: Troupe, central: Chapter, helper: User) -> dict[str, Any]:
    """A wording that waits for an answer, and a request that brought advice."""
    offered = posts.draft(chapter, troupe.author, text=f"{secret(chapter)}: a wording to better")
    proposal = proposing.offer(
        post=offered, membership=Cast.membership(troupe.editor), revision=1, text=f"{offered.text}, please"
    )
    helped = posts.draft(chapter, troupe.author, text=f"asked-by-{chapter.slug} helped")
    request = _ask(helped, central)
    workflow.comment(post=helped, membership=Cast.membership(helper), text="Shorter is better.")
    return {
        "offered": offered,
        "offer": proposal,
        "helped": helped,
        "helped_request": request,
        "helped_offer": _offer(helped, helper, request),
    }


def _offer(post: Post, helper: User, asked: HelpRequest) -> Proposal:
    """A wording by somebody outside the chapter."""
    words = f"{post.text}, shorter"
    return proposing.offer(post=post, membership=Cast.membership(helper), revision=1, text=words, asked=asked)


def _help(stage: Stage, troupes: Mapping[Chapter, Troupe]) -> None:
    """What Braga and Olhao ask Lisbon and Porto, by name and as volunteers of two languages."""
    cast, olhao = stage.cast, stage.shared["olhao"]
    Chapter.objects.filter(pk=olhao.pk).update(language="de")
    olivia = member("Olivia", olhao, Role.AUTHOR)
    for chapter, language, asking, author in (
        (cast.lisbon, "en", cast.braga, cast.otto),
        (cast.porto, "de", olhao, olivia),
    ):
        troupe = troupes[chapter]
        for person in (troupe.author, troupe.editor, troupe.lead):
            volunteering.volunteer(membership=Cast.membership(person), languages=[language])
        made = stage.things[chapter.slug]
        media = posts.picture(asking, author, colour="navy")
        picture = composing.Picture(str(media.uid), alt="A bench by the sea")
        film = posts.film(asking, author)
        video = composing.Picture(str(film.uid), alt="A bench, filmed", is_video=True)
        made["of_us"] = posts.draft(asking, author, text="A second look, please", pictures=(picture,))
        made["of_us_media"], made["of_us_film"] = media, film
        made["of_us_video"] = posts.draft(asking, author, text="A film to look at", pictures=(video,))
        made["of_us_to_approve"] = posts.in_review(asking, author, text="Yours to say")
        made["taken"] = posts.draft(asking, author, text="For any volunteer, taken")
        made["call"] = _ask(posts.draft(asking, author, text="For any volunteer"), None)
        made["of_us_offer"] = _offer(made["of_us"], troupe.editor, _ask(made["of_us"], chapter))
        _ask(made["of_us_video"], chapter)
        _ask(made["of_us_to_approve"], chapter, may_approve=True)
        helping.take(request=_ask(made["taken"], None), membership=Cast.membership(troupe.editor))
        made |= _helped(chapter, troupe, cast.central, cast.cato)


def _confide(chapter: Chapter) -> None:
    """What a chapter says about itself is for its own templates."""
    name = secret(chapter)
    Chapter.objects.filter(pk=chapter.pk).update(
        contact_email=f"{name}@example.org", meeting_place=f"{name}: behind the church", hashtag=f"#{name}"
    )


def _shared(cast: Cast) -> dict[str, Any]:
    playbook = shelf.revised(
        shelf.published(cast.cato, topics=["consent"]), cast.cato, title="Ask twice before you film"
    )
    waiting = shelf.drafted(cast.cato, title="Not published yet")
    other = shelf.published(cast.cato, title="Another playbook")
    archived = shelf.published(cast.cato, title="Out of date")
    shelf.teaching.archive(playbook=archived, by=Actor.person(cast.cato))
    template = shelf.template(playbook, cast.cato)
    withdrawn = shelf.template(playbook, cast.cato, text="Withdrawn words", name="Withdrawn")
    shelf.withdrawn(withdrawn, cast.cato)
    playbook.refresh_from_db(fields=["draft_number"])
    faro = Chapter.objects.create(name="Faro", slug="faro", region=cast.south)
    olhao = Chapter.objects.create(name="Olhao", slug="olhao", region=cast.south)
    sought = _invite_lead(cast, faro)
    advisory = advisories.issue(
        reason="Sad news", ends_at=timezone.now() + timedelta(days=1), membership=Cast.membership(cast.cleo)
    )
    app = PlatformApp(platform="mastodon", host="example.social", client_id="known-to-all")
    credentials.save_app(app.platform, app.host, AppKeys(app.client_id, SECRET_CANARY))
    return {
        "advisory": advisory,
        "playbook": playbook,
        "other_playbook": other,
        "unpublished": waiting,
        "archived": archived,
        "template": template,
        "withdrawn": withdrawn,
        "faro": faro,
        "olhao": olhao,
        "lisbon": cast.lisbon,
        "lead_invitation": sought,
        "jpg": "jpg",
        "token": _token(cast, sought),
        "practice": "sandbox",  # a platform, by its key
        **inquiring.shared(cast),
        **entering.around(cast, waiting, other),
        **meeting.shared(cast),
        "stop": wishes.stop_url(cast.otto, "library").rstrip("/").rpartition("/")[2],
        "lisbon_invitation": Invitation.objects.get(chapter=cast.lisbon),
    }  # fmt: skip


def _invite_lead(cast: Cast, chapter: Chapter) -> Invitation:
    return invitations.invite(
        chapter=chapter, email="sought@example.org", role=Role.LEAD, by=Actor.person(cast.cleo)
    )


def _token(cast: Cast, invitation: Invitation) -> str:
    link = invitations.issue_link(invitation=invitation, by=Actor.person(cast.cleo))
    return link.rstrip("/").rpartition("/")[2]


def _notice(person: User, chapter: Chapter) -> Any:
    notices.notify(
        [person], chapter=chapter, cause="access:matrix", kind="joined", title="Welcome", body="", path="/me/"
    )
    return person.notices.get(cause="access:matrix")


def address_value(kwarg: str, thing: Any) -> object:
    """How a thing is named in an address."""
    named = {
        "uid": "uid", "delivery": "uid", "media": "uid", "begun": "uid", "link": "uid",
        "hour": "uid", "booking": "uid", "proposal": "uid",
        "playbook": "slug", "chapter": "slug", "practice": "slug",
    }  # fmt: skip
    column = named.get(kwarg, "pk")
    return getattr(thing, column, thing)


def fill(stage: Stage, of: Mapping[str, Any], chapter: Chapter, who: str = "") -> dict[str, object]:
    """The keyword arguments of an address, with the things of `chapter`."""
    filled = {}
    for kwarg, word in of.items():
        if word == "own_notice":
            filled[kwarg] = stage.notices[who or "vera"].pk
        elif word == "somebodys_notice":
            filled[kwarg] = stage.notices["otto" if who != "otto" else "vera"].pk
        elif isinstance(word, str):
            filled[kwarg] = address_value(kwarg, stage.thing(word, chapter))
        else:
            filled[kwarg] = word
    return filled


def path_of(stage: Stage, row: Row, chapter: Chapter, who: str = "", slug: str = "", **other: object) -> str:
    """The address that a row is of, with the things of `chapter` in it."""
    kwargs = {**fill(stage, row.of, chapter, who), **other}
    return reverse(row.name, kwargs={**({"slug": slug} if slug else {}), **kwargs})


@dataclass(frozen=True)
class At:
    """What a row's form is made from: the chapter it is sent to, and its things."""

    stage: Stage
    chapter: Chapter

    def thing(self, word: str) -> Any:
        return self.stage.thing(word, self.chapter)

    def shared(self, word: str) -> Any:
        return self.stage.shared[word]


def at_lisbon(stage: Stage, kind: str, row: Row, who: str = "lucia") -> str:
    """The address with its query: Lisbon's, where it is a chapter's."""
    slug = "lisbon" if kind == "chapter" else ""
    return path_of(stage, row, stage.cast.lisbon, who, slug) + row.query
