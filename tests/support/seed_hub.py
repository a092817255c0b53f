"""Fill a running, empty hub with one chapter: `python -m tests.support.seed_hub` in that hub's environment.

Leeds has every post approved by a second person: Sam writes, Grace edits, Priya leads.
"""

from __future__ import annotations

import json
import os

PASSWORD = "a long enough sentence"
PEOPLE = {"sam": "author", "grace": "editor", "priya": "lead"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubsite.settings")
    import django

    django.setup()
    from chapters.models import Chapter

    chapter = Chapter.objects.create(name="Leeds", slug="leeds", review_rule="required", time_zone="UTC")
    for name, role in PEOPLE.items():
        add(chapter, name, role)
    print(json.dumps({"handle": connect(chapter)}))


def add(chapter, name: str, role: str) -> None:
    from allauth.account.models import EmailAddress

    from chapters.models import Membership, User

    user = User.objects.create_user(f"{name}@example.org", PASSWORD, name=name.title())
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Membership.objects.create(user=user, chapter=chapter, role=role)


def connect(chapter) -> str:
    from chapters.events import SYSTEM
    from hubsite.demo.practice import PracticeNetwork
    from posts import accounts
    from posts.platforms.base import Connection, Profile

    network = PracticeNetwork(os.environ["SANDBOX_ADMIN_KEY"])
    given = network.account("leeds", "Leeds", 10)
    profile = Profile(given["id"], given["handle"], given["name"], given["url"])
    accounts.connect(
        chapter=chapter,
        by=SYSTEM,
        platform="sandbox",
        host="",
        connection=Connection(
            profile, {"access_token": given["token"]}, capabilities=network.limits(given["token"])
        ),
    )
    return given["handle"]


if __name__ == "__main__":
    main()
