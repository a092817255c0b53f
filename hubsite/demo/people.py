"""The demo's central team, regions, chapters, people and accounts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from chapters.events import SYSTEM, record
from chapters.models import Chapter, Membership, Region, User
from hubsite.demo import clock, content
from hubsite.demo.practice import PracticeNetwork
from posts import accounts
from posts.models import SocialAccount
from posts.platforms.base import Connection, Profile

LOCAL_FIELDS = ("city", "website", "contact_email", "hashtag", "meeting_place")


def load(network: PracticeNetwork, *, password: str, began: datetime) -> None:
    """Make everybody and everything that posts need, as of `began`."""
    with clock.at(began):
        regions = {r["slug"]: Region.objects.create(**r) for r in content.federation()["regions"]}
        central = content.federation()["central"]
        _chapter(central, kind=Chapter.Kind.CENTRAL, region=None)
        for entry in content.federation()["chapters"]:
            _chapter(entry, kind=Chapter.Kind.CHAPTER, region=regions[entry["region"]])
        _people(password)
        for entry in [central, *content.federation()["chapters"]]:
            _accounts(network, entry)


def _chapter(entry: dict[str, Any], *, kind: Chapter.Kind, region: Region | None) -> Chapter:
    chapter = Chapter.objects.create(
        kind=kind,
        region=region,
        slug=entry["slug"],
        name=entry["name"],
        time_zone=entry["tz"],
        language=entry["language"],
        review_rule=entry["review_rule"],
        **{name: entry.get(name, "") for name in LOCAL_FIELDS},
    )
    record("chapter_created", chapter, chapter=chapter, by=SYSTEM)
    return chapter


def _people(password: str) -> None:
    # one slow hash for all: they share the demo's password
    hashed = make_password(password)
    chapters = {chapter.slug: chapter for chapter in Chapter.objects.all()}
    for entry in content.federation()["people"]:
        administrator = entry.get("administrator", False)
        user = User.objects.create(
            email=content.address(entry["email"]),
            name=entry["name"],
            password=hashed,
            is_staff=administrator,
            is_superuser=administrator,
        )
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        for slug, role in entry["memberships"]:
            Membership.objects.create(user=user, chapter=chapters[slug], role=role)
            record("member_joined", user, chapter=chapters[slug], by=SYSTEM, role=role)


def _accounts(network: PracticeNetwork, entry: dict[str, Any]) -> None:
    chapter = Chapter.objects.get(slug=entry["slug"])
    for account in entry["accounts"]:
        given = network.account(account["handle"], account["name"], account["followers"])
        accounts.connect(
            chapter=chapter,
            by=SYSTEM,
            platform="sandbox",
            host="",
            connection=Connection(
                Profile(given["id"], given["handle"], given["name"], given.get("url", "")),
                {"access_token": given["token"]},
                capabilities=network.limits(given["token"]),
            ),
        )


def account(handle: str) -> SocialAccount:
    """One of the demo's accounts."""
    return SocialAccount.objects.select_related("chapter").get(platform="sandbox", handle=handle)


FOUNDED_BEFORE = timedelta(days=400)
