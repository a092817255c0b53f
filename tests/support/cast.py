"""One cast of people for the whole suite, so that a test reads as a story about somebody known.

The central team: Cleo leads, Cato edits. Lisbon, where a second person approves every post: Vera looks on,
Ana writes, Eduardo and Rui edit, Lucia leads. Porto, where review is optional: Alba writes, Eva edits, Paulo
leads. Otto leads Braga and is the outsider everywhere else. Ada is the administrator and in no chapter.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.test import Client

from chapters.events import Actor
from chapters.models import Chapter, Membership, Region, User
from chapters.permissions import Role

PASSWORD = "a long enough sentence"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass(frozen=True)
class Cast:
    """Who is who. `cast.actor(cast.ana)`, `cast.membership(cast.ana)` and `cast.client(cast.ana)` go on."""

    south: Region
    north: Region

    central: Chapter
    lisbon: Chapter
    porto: Chapter
    braga: Chapter

    cleo: User
    cato: User
    vera: User
    ana: User
    eduardo: User
    rui: User
    lucia: User
    alba: User
    eva: User
    paulo: User
    otto: User
    ada: User

    @staticmethod
    def actor(user: User) -> Actor:
        return Actor.person(user)

    @staticmethod
    def membership(user: User, chapter: Chapter | None = None) -> Membership:
        """The person's membership in `chapter`, or their only one."""
        memberships = Membership.objects.select_related("chapter", "user").filter(user=user)
        return memberships.get(chapter=chapter) if chapter else memberships.get()

    @staticmethod
    def client(user: User | None = None, **options: object) -> Client:
        """A browser: of `user`, signed in, or of nobody."""
        client = Client(**options)
        if user is not None:
            client.force_login(user, backend=BACKEND)
        return client

    @property
    def people(self) -> dict[str, User]:
        """Everybody by first name in lower case."""
        everything = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in everything.items() if isinstance(value, User)}


def person(name: str, *, password: str = PASSWORD, **details: object) -> User:
    """Somebody who can sign in, as <name>@example.org."""
    user = User.objects.create(
        name=name,
        email=f"{name.split()[0].lower()}@example.org",
        password=make_password(password),
        **details,
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def member(name: str, chapter: Chapter, role: Role) -> User:
    """Somebody new in `chapter`."""
    user = person(name)
    Membership.objects.create(user=user, chapter=chapter, role=role)
    return user


def build() -> Cast:
    """Put the cast into the database."""
    south = Region.objects.create(name="South", slug="south")
    north = Region.objects.create(name="North", slug="north")
    central = Chapter.objects.create(
        kind=Chapter.Kind.CENTRAL, name="Central team", slug="central", time_zone="Europe/Copenhagen"
    )
    lisbon = Chapter.objects.create(
        name="Lisbon", slug="lisbon", region=south, time_zone="Europe/Lisbon", city="Lisbon",
        review_rule=Chapter.ReviewRule.REQUIRED,
    )  # fmt: skip
    porto = Chapter.objects.create(
        name="Porto", slug="porto", region=north, time_zone="Europe/Lisbon", city="Porto"
    )
    braga = Chapter.objects.create(name="Braga", slug="braga", region=north, time_zone="Europe/Lisbon")
    return Cast(
        south=south,
        north=north,
        central=central,
        lisbon=lisbon,
        porto=porto,
        braga=braga,
        cleo=member("Cleo", central, Role.LEAD),
        cato=member("Cato", central, Role.EDITOR),
        vera=member("Vera", lisbon, Role.VIEWER),
        ana=member("Ana", lisbon, Role.AUTHOR),
        eduardo=member("Eduardo", lisbon, Role.EDITOR),
        rui=member("Rui", lisbon, Role.EDITOR),
        lucia=member("Lucia", lisbon, Role.LEAD),
        alba=member("Alba", porto, Role.AUTHOR),
        eva=member("Eva", porto, Role.EDITOR),
        paulo=member("Paulo", porto, Role.LEAD),
        otto=member("Otto", braga, Role.LEAD),
        ada=person("Ada", is_staff=True, is_superuser=True),
    )


@pytest.fixture
def cast(db: None) -> Cast:
    """The people and chapters of tests/support/cast.py, new for each test."""
    return build()
