"""What needs somebody now: each thing with what it is, why, and the one button that goes on from there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chapters.models import Membership
from chapters.permissions import Action, can
from hubsite.lib import times
from playbooks import asking, office_hours
from playbooks.models import Agreed, Proposal, Question
from posts import doubts, pages
from posts.models import Delivery, HelpRequest, Post, Review, SocialAccount

S = Post.Status
D = Delivery.Status

OFFERS_MOST = 100  # proposed wordings of a chapter that home looks at
PER_KIND = 3  # rows of one kind before a link leads to all of them
WAITING = (D.FAILED, D.UNCONFIRMED, D.HELD)


@dataclass(frozen=True)
class Need:
    """One row: what, why, one button. At most one of `post` and `account` is set."""

    kind: str
    what: str
    why: str
    url: str
    button: str
    post: Post | None = None
    account: SocialAccount | None = None


@dataclass(frozen=True)
class Group:
    """The needs of one kind: the first few, and where the others are."""

    rows: list[Need] = field(default_factory=list)
    hidden: int = 0
    all_url: str = ""
    all_label: str = ""


@dataclass(frozen=True)
class Needs:
    """Everything that needs one person in one chapter, most urgent kind first."""

    groups: list[Group]

    @property
    def count(self) -> int:
        return sum(len(group.rows) + group.hidden for group in self.groups)

    @property
    def rows(self) -> list[Need]:
        return [row for group in self.groups for row in group.rows]

    @property
    def more(self) -> list[Group]:
        """The groups of which some rows are left out."""
        return [group for group in self.groups if group.hidden]


def of(membership: Membership) -> Needs:
    """What this member can act on now. A handful of queries, whatever the chapter's size."""
    kinds = (broken_accounts, troubled, reviews, asked, changes, proposed, approved, answers, agreed)
    return Needs([group for kind in kinds if (group := kind(membership)).rows])


def broken_accounts(membership: Membership) -> Group:
    """Accounts that somebody has to connect again."""
    if not can(membership, Action.MANAGE_ACCOUNTS):
        return Group()
    chapter = membership.chapter
    broken = chapter.social_accounts.filter(broken_at__isnull=False, disconnected_at=None)
    accounts_url = reverse("account_list", args=[chapter.slug])

    def need(account: SocialAccount) -> Need:
        return Need(
            "account",
            account.handle,
            account.broken_message or _("It no longer lets the hub post."),
            f"{accounts_url}#account-{account.uid}",
            _("Connect it again"),
            account=account,
        )

    return _group(broken.order_by("broken_at", "id"), need, accounts_url, _("All accounts"))


def troubled(membership: Membership) -> Group:
    """Posts that failed or that a person has to settle."""
    chapter = membership.chapter
    posts = _own_or_all(membership, Action.SETTLE, pages.TROUBLED)
    being_checked = Q(status=D.UNCONFIRMED, checking_until__isnull=False)  # the hub finds out by itself
    parts = Delivery.objects.filter(post=OuterRef("pk"), status__in=WAITING)
    posts = posts.filter(~Exists(parts.filter(being_checked)) | Exists(parts.exclude(being_checked)))
    posts = posts.prefetch_related("deliveries__account").order_by(
        F("planned_at").desc(nulls_last=True), "id"
    )

    def need(post: Post) -> Need:
        url = reverse("post_detail", args=[chapter.slug, post.uid])
        return Need("trouble", post.first_words, _what_happened(post), url, _("See what to do"), post=post)

    return _group(posts, need, _list_url(membership, "trouble"), _("Everything that needs somebody"))


def reviews(membership: Membership) -> Group:
    """Posts that wait for this member's word."""
    chapter = membership.chapter
    waiting = pages.to_review(membership).order_by(F("planned_at").asc(nulls_last=True), "id")

    def need(post: Post) -> Need:
        why = _("%(author)s asks for your review.") % {"author": post.author.display_name}
        url = reverse("post_review", args=[chapter.slug, post.uid])
        return Need(
            "review", post.first_words, f"{why} {_wish(post, membership)}", url, _("Review"), post=post
        )

    return _group(
        waiting, need, reverse("review_list", args=[chapter.slug]), _("Everything that waits for review")
    )


def asked(membership: Membership) -> Group:
    """Posts of others that wait for a look of the member's chapter; the central team's home lists its own."""
    chapter = membership.chapter
    if chapter.is_central:
        return Group()

    def need(request: HelpRequest) -> Need:
        asking = request.post.chapter
        why = _("%(chapter)s asks for a second look.") % {"chapter": asking.name}
        if request.wanted_by is not None:
            when = times.when(request.wanted_by, asking.zone)
            why = f"{why} {_('An answer is wanted by %(when)s.') % {'when': when}}"
        url = reverse("chapter_asked_post", args=[chapter.slug, request.post.uid])
        return Need("asked", request.post.first_words, why, url, _("Look"))

    waiting = pages.help_unanswered(membership).select_related("post__chapter").order_by("wanted", "pk")
    return _group(waiting, need, reverse("asked_of_us", args=[chapter.slug]), _("All that is asked of us"))


def changes(membership: Membership) -> Group:
    """The member's own drafts of which a reviewer wants something changed."""
    chapter = membership.chapter
    if not can(membership, Action.WRITE):
        return Group()
    last = Review.objects.filter(post=OuterRef("pk")).exclude(verdict=Review.Verdict.COMMENT).order_by("-id")
    drafts = (
        chapter.posts.filter(status=S.DRAFT)
        .filter(_is_mine(membership))
        .annotate(
            last_verdict=Subquery(last.values("verdict")[:1]), review_id=Subquery(last.values("id")[:1])
        )
        .filter(last_verdict=Review.Verdict.CHANGES)
        .order_by(F("planned_at").asc(nulls_last=True), "id")
    )
    known: dict[int, Review] = {}

    def read_reviews(posts: list[Post]) -> None:
        known.update(Review.objects.select_related("reviewer").in_bulk([post.review_id for post in posts]))

    def need(post: Post) -> Need:
        review = known[post.review_id]
        why = _("%(name)s asks for changes: “%(words)s”") % {
            "name": review.reviewer.display_name,
            "words": review.text,
        }
        url = reverse("post_edit", args=[chapter.slug, post.uid])
        return Need("changes", post.first_words, why, url, _("Change it"), post=post)

    return _group(drafts, need, _list_url(membership, "draft"), _("All drafts"), before=read_reviews)


def proposed(membership: Membership) -> Group:
    """The member's own posts for which somebody proposed a wording that waits for an answer."""
    chapter = membership.chapter
    if not can(membership, Action.WRITE):
        return Group()
    offers = {
        offer.subject_uid: offer
        for offer in Proposal.objects.filter(
            chapter=chapter, subject_type="post", state=Proposal.State.OPEN
        ).select_related("by")[:OFFERS_MOST]
    }
    if not offers:
        return Group()

    def need(post: Post) -> Need:
        offer = offers[str(post.uid)]
        name = offer.by.display_name if offer.by else ""
        why = _("%(name)s proposes a wording. Take the pieces that help.") % {"name": name}
        url = f"{reverse('post_detail', args=[chapter.slug, post.uid])}#wordings"
        return Need("proposed", post.first_words, why, url, _("Look"), post=post)

    posts = chapter.posts.filter(_is_mine(membership), uid__in=offers).exclude(status=S.PUBLISHED)
    return _group(posts.order_by("id"), need, _list_url(membership, "draft"), _("All drafts"))


def approved(membership: Membership) -> Group:
    """Approved posts that nobody has scheduled yet."""
    chapter = membership.chapter
    posts = _own_or_all(membership, Action.SCHEDULE, (S.APPROVED,))

    def need(post: Post) -> Need:
        why = f"{_('Approved, but not scheduled yet.')} {_wish(post, membership)}"
        url = reverse("post_detail", args=[chapter.slug, post.uid])
        return Need("approved", post.first_words, why, url, _("Choose a time"), post=post)

    posts = posts.order_by(F("planned_at").asc(nulls_last=True), "id")
    return _group(posts, need, _list_url(membership, "approved"), _("Everything approved"))


def answers(membership: Membership) -> Group:
    """The member's own questions that somebody answered."""
    chapter = membership.chapter

    def need(question: Question) -> Need:
        url = reverse("question_detail", args=[chapter.slug, question.uid])
        return Need("answer", question.title, _("An answer waits for you. Did it help?"), url, _("Read it"))

    found = asking.waits_for_asker(membership).order_by("first_answered_at", "id")
    return _group(found, need, reverse("question_list", args=[chapter.slug]), _("All our questions"))


def agreed(membership: Membership) -> Group:
    """What was agreed at an office hour: for who booked it, and whoever looks after others' things."""
    chapter = membership.chapter
    if not can(membership, Action.BOOK):
        return Group()
    found = office_hours.to_do(Agreed.Whose.CHAPTER).filter(booking__chapter=chapter)
    if not can(membership, Action.EDIT_OTHERS):
        found = found.filter(booking__booked_by=membership.user_id)

    def need(to_do: Agreed) -> Need:
        hour = to_do.booking.hour
        why = _("You agreed on it with %(host)s on %(time)s.") % {
            "host": hour.host.display_name,
            "time": times.when(hour.starts_at, chapter.zone),
        }
        url = reverse("office_hour_booking", args=[chapter.slug, to_do.booking.uid])
        return Need("agreed", to_do.words, why, url, _("Tick it"))

    return _group(found, need, reverse("office_hour_list", args=[chapter.slug]), _("All that was agreed"))


def _own_or_all(membership: Membership, action: Action, statuses: Iterable[str]) -> QuerySet[Post]:
    """Posts on which the member may do `action`: their own, or everybody's where the role includes that."""
    posts = membership.chapter.posts.filter(status__in=statuses)
    if not can(membership, action):
        return posts.none()
    return posts if can(membership, Action.EDIT_OTHERS) else posts.filter(_is_mine(membership))


def _is_mine(membership: Membership) -> Q:
    return Q(author=membership.user_id) | Q(submitted_by=membership.user_id)


def _what_happened(post: Post) -> str:
    waiting = [
        delivery
        for delivery in post.deliveries.all()
        if delivery.status in WAITING and not doubts.is_being_checked(delivery)
    ]
    if not waiting:
        return ""
    first = waiting[0]
    said = f"{first.account.handle}: {first.message or first.get_status_display()}"
    if len(waiting) == 1:
        return said
    others = len(waiting) - 1
    return ngettext("%(said)s And %(n)d more account.", "%(said)s And %(n)d more accounts.", others) % {
        "said": said,
        "n": others,
    }


def _wish(post: Post, membership: Membership) -> str:
    if post.planned_at is None:
        return ""
    at = times.when(post.planned_at, membership.chapter.zone)
    if post.planned_at < timezone.now():
        return _("It was wanted for %(time)s, which has passed.") % {"time": at}
    return _("Wanted for %(time)s.") % {"time": at}


def _list_url(membership: Membership, status: str) -> str:
    return f"{reverse('post_list', args=[membership.chapter.slug])}?status={status}"


def _group(
    found: QuerySet,
    need: Callable[..., Need],
    all_url: str,
    all_label: str,
    *,
    before: Callable[[list], None] = lambda rows: None,
) -> Group:
    if found.model is Post:
        found = found.select_related("author").prefetch_related("media_uses__media")
    rows = list(found[: PER_KIND + 1])
    hidden = found.count() - PER_KIND if len(rows) > PER_KIND else 0
    before(rows[:PER_KIND])
    return Group([need(row) for row in rows[:PER_KIND]], hidden, all_url, all_label)
