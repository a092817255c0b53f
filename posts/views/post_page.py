"""What the page of one post shows, to its chapter and to those who were asked to look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chapters.models import Chapter, User
from chapters.permissions import Action, can
from hubsite.lib import times
from posts import adopting, approval, checking, doubts, helping, history, previews, proposing, wording
from posts.allows import Allows, DeliveryAllows
from posts.checking import Choice
from posts.doubts import Doubt
from posts.forms import CommentForm, ConfirmForm, DenyForm, LocalTimeForm, new_form_key
from posts.help_forms import AnswerForm, AskHelpForm, ThanksForm
from posts.models import Delivery, Media, Post, PostRevision, Review
from posts.views.sheet import forgotten, media_url

S = Post.Status
D = Delivery.Status

EVERY_SECONDS = 2  # while something is being sent
LOOKING_SECONDS = 5  # at least, while the hub finds out whether something is out
HELD_BACK_SECONDS = 30  # while a pause or a broken account keeps it from being sent
SLEEP_SECONDS = 15 * 60  # at most, until a page that waits for a due time looks again
REVISIONS_SHOWN = 20
PAUSED = gettext_lazy("It waits: publishing is paused. It is planned for %(when)s.")


@dataclass(frozen=True)
class Step:
    """What to do next, as a link."""

    url: str
    label: str


@dataclass(frozen=True)
class DeliveryRow:
    """One delivery as the page shows it."""

    delivery: Delivery
    choice: Choice
    allows: DeliveryAllows
    words: list[str]
    confirm: ConfirmForm
    doubt: Doubt | None = None
    deny: DenyForm | None = None

    @property
    def account(self) -> Any:
        return self.delivery.account


def post_context(request: HttpRequest, post: Post, **bound: Any) -> dict[str, Any]:
    """Everything templates/posts/post_detail.html reads; `bound` holds forms that came back."""
    allows = Allows(post, request.membership)
    reviews = list(post.reviews.select_related("reviewer", "reviewer_chapter").order_by("id"))
    return {
        **live_context(request, post, allows, bound.get("confirm"), bound.get("deny")),
        "wordings": wordings(request, post, allows),
        "frozen": is_frozen(post, allows),
        "reviews": reviews,
        "offers": proposing.open_offers(post, bound.get("sent")),
        "answered": helping.answered(post, reviews),
        "answer_form": AnswerForm(),
        "thanks_form": ThanksForm(),
        "revisions": _revisions(request, post),
        "comment_form": bound.get("comment") or CommentForm(auto_id="comment_%s"),
        "help_form": bound.get("help") or AskHelpForm(chapter=post.chapter, auto_id="help_%s"),
        "schedule_form": bound.get("schedule") or _schedule_form(post),
        "form_key": new_form_key(),
        "refused": bound.get("refused", ""),
        "difference": adopting.difference(post) if allows.is_own_chapter else None,
        "from_suggestion": (origin := adopting.origin(post)),
        "left_words": allows.is_own_chapter and adopting.has_kept(post, origin),
        "may_offer": _may_offer(post, allows),
        "forget": forgotten(request, post),
        "guard": f"{request.user.uid}-say-{post.uid}",
    }


def _may_offer(post: Post, allows: Allows) -> bool:
    """Whether the member may offer this post to other chapters: published, of a chapter of their own."""
    return (
        post.status == S.PUBLISHED
        and allows.is_own_chapter
        and not post.chapter.is_central
        and can(allows.membership, Action.WRITE)
    )


def live_context(
    request: HttpRequest,
    post: Post,
    allows: Allows,
    confirm: dict[str, ConfirmForm] | None = None,
    deny: dict[str, DenyForm] | None = None,
) -> dict[str, Any]:
    """The part of the page that changes by itself while the post goes out."""
    chapter = post.chapter
    sentence, steps = standing(post, allows, request.user)
    return {
        "chapter": chapter,
        "zone": chapter.zone,
        "post": post,
        "allows": allows,
        "sentence": sentence,
        "looking": post.status == S.NEEDS_ATTENTION and not doubts.people_must_say(allows.deliveries),
        "steps": steps,
        "rows": _rows(allows, confirm or {}, deny or {}),
        "again": seconds_until_news(allows.deliveries),
        "lines": history.timeline(post, allows.deliveries, chapter.zone),
    }


# ---- where the post stands


def standing(post: Post, allows: Allows, reader: User) -> tuple[str, list[Step]]:
    """Where the post stands, in a sentence with its next step."""
    when = times.when(post.planned_at, post.chapter.zone) if post.planned_at else ""
    if post.status == S.IN_REVIEW:
        return _in_review(post, allows, reader, when)
    if post.status == S.DRAFT:
        return _draft(post), []
    if post.status == S.APPROVED:
        planned = _("It is planned for %(when)s. Put it on the schedule, or publish it now.")
        return (planned % {"when": when} if when else _("Choose a time, or publish it now.")), []
    goes_out = _("It goes out on %(when)s.") if post.chapter.is_active else PAUSED
    words = {
        S.SCHEDULED: goes_out % {"when": when},
        S.PUBLISHING: _("It is going out now."),
        S.PUBLISHED: _("It is out since %(when)s.")
        % {"when": times.when(post.published_at or post.updated_at, post.chapter.zone)},
        S.FAILED: _("Nothing went out. What happened stands beside each account, with what you can do."),
        S.NEEDS_ATTENTION: _(
            "Somebody has to decide: each account below says what happened and what you can do."
        )
        if doubts.people_must_say(allows.deliveries)
        else _("The hub is finding out whether it is out. There is nothing you have to do yet."),
    }
    return words[S(post.status)], []


def _draft(post: Post) -> str:
    last = post.reviews.select_related("reviewer").order_by("-id").first()
    if last is not None and last.verdict == Review.Verdict.CHANGES:
        return _("%(name)s asked for changes. Change it, then submit it again.") % {
            "name": last.reviewer.display_name
        }
    if post.chapter.review_rule == Chapter.ReviewRule.REQUIRED:
        return _("A draft. Submit it for review when it is ready.")
    return _("A draft. Choose a time for it, or publish it now.")


def _in_review(post: Post, allows: Allows, reader: User, when: str) -> tuple[str, list[Step]]:
    planned = f" {_('It is planned for %(when)s.') % {'when': when}}" if when else ""
    if allows.is_own_chapter and allows.approve:
        review = Step(reverse("post_review", args=[post.chapter.slug, post.uid]), _("Review it"))
        return _("Waiting for you to review it.") + planned, [review]
    names = [person.display_name for person in approval.possible_approvers(post) if person.pk != reader.pk]
    names += [request.asked_of for request in allows.help_requests if request.may_approve]
    if names:
        waiting = _("Waiting for %(names)s to review it.") % {"names": _either(names)}
        return waiting + planned, []
    slug = post.chapter.slug
    steps = [Step(f"{reverse('post_detail', args=[slug, post.uid])}#help", _("Ask the central team"))]
    if can(allows.membership, Action.MANAGE_PEOPLE):
        steps.append(Step(reverse("member_list", args=[slug]), _("Invite an editor")))
    nobody = _("Nobody else in %(chapter)s can approve it. Ask the central team for an approval that counts, "
               "or have a lead invite an editor.") % {"chapter": post.chapter.name}  # fmt: skip
    return nobody + planned, steps if allows.is_own_chapter else []


def _either(names: list[str]) -> str:
    """“Ana, Rui or Lucia”; from the fifth on a number."""
    if len(names) > 4:
        names = [*names[:3], _("%(n)d more") % {"n": len(names) - 3}]
    if len(names) == 1:
        return names[0]
    return _("%(some)s or %(last)s") % {"some": ", ".join(names[:-1]), "last": names[-1]}


# ---- how it looks


def wordings(request: HttpRequest, post: Post, allows: Allows) -> list[previews.Wording]:
    """The post as it will look, or as it went out."""

    def url_of(media: Media) -> str:
        return media_url(post.chapter, media)

    return looks(post, allows, url_of)


def looks(post: Post, allows: Allows, url_of: previews.UrlOf) -> list[previews.Wording]:
    """As `wordings`, for readers who get pictures from another address."""
    if is_frozen(post, allows):
        frozen = [delivery for delivery in allows.deliveries if delivery.status != D.SKIPPED]
        choices = {delivery.account_id: _choice(delivery) for delivery in frozen}
        return previews.of_deliveries(frozen, choices, url_of)
    accounts = [target.account for target in post.targets.select_related("account")]
    return previews.of_post(post, checking.offer(accounts), url_of)


def is_frozen(post: Post, allows: Allows) -> bool:
    """Whether what is shown is what was frozen for sending; before and after that it is the post itself."""
    sent = {S.PUBLISHING, S.PUBLISHED, S.FAILED, S.NEEDS_ATTENTION}
    return post.status in sent and any(delivery.status != D.SKIPPED for delivery in allows.deliveries)


def _choice(delivery: Delivery) -> Choice:
    return checking.offer([delivery.account])[0]


# ---- deliveries


def _rows(allows: Allows, confirm: dict[str, ConfirmForm], deny: dict[str, DenyForm]) -> list[DeliveryRow]:
    doubtful = doubts.of(allows.deliveries)
    rows = []
    for delivery in allows.deliveries:
        doubt, uid = doubtful.get(delivery.pk), str(delivery.uid)
        rows.append(
            DeliveryRow(
                delivery,
                _choice(delivery),
                allows.of_delivery(delivery),
                _delivery_words(delivery, doubt, allows.post.chapter),
                confirm.get(uid) or ConfirmForm(auto_id=f"there-{uid}-%s"),
                doubt,
                deny.get(uid) or (deny_form(delivery, doubt) if doubt else None),
            )
        )
    return rows


def deny_form(delivery: Delivery, doubt: Doubt | None, data: Any = None) -> DenyForm:
    """What somebody fills in to have a delivery in doubt sent again."""
    warning = doubt.warning if doubt is not None else ""
    return DenyForm(data, warning=warning, auto_id=f"deny-{delivery.uid}-%s")


def _delivery_words(delivery: Delivery, doubt: Doubt | None, chapter: Chapter) -> list[str]:
    """What we know and what we are doing about it, a paragraph each."""
    if doubt is not None:
        zone = chapter.zone
        return [words for said in (doubt.known(zone), doubt.doing(zone)) if (words := " ".join(said))]
    if delivery.status == D.HELD:
        return _held_words(delivery)
    return [_one_sentence(delivery, chapter)]


def _held_words(delivery: Delivery) -> list[str]:
    """What happened, and what the reason means for whoever decides. None of it is out."""
    meaning = {
        Delivery.HeldReason.LATE: _("It is not out. You decide whether it is still worth sending."),
        Delivery.HeldReason.POISON: _(
            "It is not out. Something in this post makes the hub stumble, so the hub stopped trying and goes "
            "on with the others. Tell your administrator; you can try again, or write it anew."
        ),
        Delivery.HeldReason.DISCONNECTED: _("It is not out."),
        Delivery.HeldReason.UNAPPROVED: _("It is not out."),
    }.get(delivery.held_reason, "")
    happened = "" if delivery.held_reason == Delivery.HeldReason.POISON else delivery.message
    return [words for words in (happened, meaning) if words]


def _one_sentence(delivery: Delivery, chapter: Chapter) -> str:
    if delivery.status == D.PENDING:
        return _waiting_words(delivery, chapter)
    if delivery.status == D.SENDING:
        return _("We are sending it.")
    if delivery.removed_at is not None:
        return _("Taken down on %(when)s.") % {"when": times.when(delivery.removed_at, chapter.zone)}
    if delivery.status == D.PUBLISHED and delivery.message:  # a thread that is not whole
        return delivery.message
    if delivery.status == D.PUBLISHED:
        return _("Out since %(when)s.") % {
            "when": times.when(delivery.published_at or delivery.updated_at, chapter.zone)
        }
    if delivery.status == D.SKIPPED:
        return _("This account was skipped.")
    return delivery.message


def _waiting_words(delivery: Delivery, chapter: Chapter) -> str:
    zone, now = chapter.zone, timezone.now()
    lane = getattr(delivery.account, "lane", None)
    if delivery.account.is_broken:
        return _("It waits until the account is connected again.")
    if not chapter.is_active:
        return _("It waits: publishing is paused for %(chapter)s.") % {"chapter": chapter.name}
    if lane is not None and lane.paused_at is not None:
        return _("It waits: the account is paused. %(why)s") % {"why": lane.paused_reason}
    if lane is not None and lane.not_before is not None and lane.not_before > now:
        return _("The platform asked us to wait until %(when)s.") % {
            "when": times.when(lane.not_before, zone)
        }
    if delivery.tries and delivery.next_attempt_at is not None:
        return _("%(what)s We try again at %(when)s.") % {
            "what": delivery.message,
            "when": times.when(delivery.next_attempt_at, zone),
        }
    if delivery.due_at > now:
        return _("It goes out on %(when)s.") % {"when": times.when(delivery.due_at, zone)}
    return _("It goes out any moment now.")


def seconds_until_news(deliveries: list[Delivery], now: datetime | None = None) -> int | None:
    """When the page should look again: soon while sending, at the due time before; None once settled."""
    now = now or timezone.now()
    if any(delivery.status == D.SENDING for delivery in deliveries):
        return EVERY_SECONDS
    waits = [_seconds_until_sent(delivery, now) for delivery in deliveries if delivery.status == D.PENDING]
    waits += [_seconds_until_looked(each, now) for each in deliveries if doubts.is_being_checked(each)]
    return int(min(*waits, SLEEP_SECONDS)) if waits else None


def _seconds_until_sent(delivery: Delivery, now: datetime) -> float:
    lane = getattr(delivery.account, "lane", None)
    held_back = delivery.account.is_broken or (lane is not None and lane.paused_at is not None)
    soonest = HELD_BACK_SECONDS if held_back else EVERY_SECONDS
    wait = max(delivery.due_at, delivery.next_attempt_at or delivery.due_at) - now
    return max(soonest, wait / timedelta(seconds=1))


def _seconds_until_looked(delivery: Delivery, now: datetime) -> float:
    """A look takes a moment, so the page asks a little after it began; in between now and then anyway."""
    wait = ((delivery.check_at or now) - now) / timedelta(seconds=1) + EVERY_SECONDS
    return min(max(LOOKING_SECONDS, wait), HELD_BACK_SECONDS)


# ---- the rest


def _schedule_form(post: Post) -> LocalTimeForm:
    at = post.planned_at if post.planned_at and post.planned_at > timezone.now() else None
    initial = LocalTimeForm.initial_for(at, post.chapter, grace=post.grace_minutes)
    return LocalTimeForm(chapter=post.chapter, initial=initial)


def _revisions(request: HttpRequest, post: Post) -> dict[str, Any]:
    """Earlier wordings, and how today's came from the one somebody asked for (`?compare=2`)."""
    rows: list[PostRevision] = list(post.revisions.select_related("by")[:REVISIONS_SHOWN])
    earlier = rows[1:]
    wanted = request.GET.get("compare", "")
    base = next((row for row in earlier if str(row.number) == wanted), None)
    changes = wording.changes(base.content, rows[0].content) if base else None
    return {"earlier": earlier, "base": base, "changes": changes}
