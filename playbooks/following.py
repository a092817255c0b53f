"""Hearing of what is new on a topic. The only writer of TopicFollow, and the teller of its followers."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters.models import Chapter, Membership, User
from chapters.notices import notify, quietly
from playbooks import library
from playbooks.errors import NotNow
from playbooks.models import PlaybookVersion, TopicFollow

MOST = 30  # topics of one person
FRESH = timedelta(days=1)  # what was published longer ago is no news to anybody


def follow(*, topic: str, person: User) -> TopicFollow:
    """`person` hears of each new playbook and version on `topic` from now on. Following twice is one.

    Raises NotNow for a topic that no published playbook has, and beyond MOST topics.
    """
    known = TopicFollow.objects.filter(person=person, topic=topic).first()
    if known is not None:
        return known
    if not _is_taught(topic):
        raise NotNow(
            _("No playbook is about that topic now. Choose one of the topics below."), detail=f"topic {topic}"
        )
    if TopicFollow.objects.filter(person=person).count() >= MOST:
        raise NotNow(
            _("You follow %(most)d topics already. Stop following one of them first.") % {"most": MOST},
            detail="too many topics",
        )
    return TopicFollow.objects.get_or_create(person=person, topic=topic)[0]


def unfollow(*, topic: str, person: User) -> None:
    """`person` no longer hears of `topic`."""
    TopicFollow.objects.filter(person=person, topic=topic).delete()


def topics_of(person: User) -> list[str]:
    """The topics `person` follows, by name. One query."""
    return list(TopicFollow.objects.filter(person=person).values_list("topic", flat=True))


@quietly
def tell_followers(version: PlaybookVersion) -> None:
    """Tell those who follow a topic of a version just published, each once however many they follow."""
    if timezone.now() - version.published_at > FRESH:
        return
    for chapter, people in _followers(version).items():
        notify(
            people,
            chapter=chapter,
            cause=f"playbook:{version.playbook_id}:published:{version.number}",
            kind="playbook_published",
            title=_title(version),
            body=_body(version),
            path=reverse("playbook_detail", args=[chapter.slug, version.playbook.slug]),
        )


def _followers(version: PlaybookVersion) -> dict[Chapter, list[User]]:
    """Each follower once, in the first of their chapters, where the playbook opens for them."""
    following = TopicFollow.objects.filter(topic__in=version.topics).values("person")
    rows = (
        Membership.objects.filter(user__in=following, user__is_active=True)
        .exclude(user=version.published_by_id)
        .exclude(chapter__state=Chapter.State.LEFT)
        .select_related("user", "chapter")
        .order_by("chapter__name", "pk")
    )
    first: dict[int, Membership] = {}
    for row in rows:
        first.setdefault(row.user_id, row)
    found: dict[Chapter, list[User]] = {}
    for row in first.values():
        found.setdefault(row.chapter, []).append(row.user)
    return found


def _title(version: PlaybookVersion) -> str:
    if version.number == 1:
        return _("New playbook: %(title)s") % {"title": version.title}
    return _("Changed playbook: %(title)s") % {"title": version.title}


def _body(version: PlaybookVersion) -> str:
    topics = ", ".join(topic.replace("-", " ") for topic in version.topics)
    said = version.change_note if version.number > 1 and version.change_note else version.summary
    return _("%(said)s You get this because you follow one of its topics: %(topics)s.") % {
        "said": said if said.endswith((".", "?")) else f"{said}.",
        "topics": topics,
    }


def _is_taught(topic: str) -> bool:
    return bool(topic) and library.find(topic=topic).exists()
