"""What chapters are promised, tried as whoever might break it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from urllib.parse import urljoin, urlsplit

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse
from django.utils import timezone

from chapters.models import Chapter, Region, User
from chapters.permissions import Role
from posts.models import Attempt, Delivery, Lane, MediaUse, Post, SocialAccount, Target
from tests.access import matrix
from tests.access.asking import Asker, tell
from tests.access.stage import CENTRAL, LISBON, At, Stage, at_lisbon, path_of, secret
from tests.access.table import GET, POST
from tests.support import many, posts
from tests.support.cast import member

pytestmark = pytest.mark.django_db

QUEUE = {
    Post: ["text", "link", "status", "planned_at", "revision", "author_id", "template_version_id"],
    Target: ["account_id", "text", "options"],
    Delivery: ["account_id", "status", "payload", "due_at", "late_after", "next_attempt_at", "external_id"],
    SocialAccount: ["handle", "disconnected_at", "broken_at"],
    MediaUse: ["media_id", "alt", "order"],
}


def queue(*, but: tuple[int, ...] = ()) -> dict[str, object]:
    """Everything of all chapters that goes out or might: posts, targets, deliveries, accounts, lanes."""
    chapters = Chapter.objects.filter(kind=Chapter.Kind.CHAPTER)
    rows: dict[str, object] = {}
    for model, columns in QUEUE.items():
        found = model.objects.filter(chapter__in=chapters).exclude(pk__in=but if model is Post else [])
        rows[model.__name__] = list(found.order_by("pk").values_list("pk", *columns))
    lanes = Lane.objects.filter(account__chapter__in=chapters).order_by("pk")
    rows["Lane"] = list(lanes.values_list("pk", "next_due_at", "paused_at"))
    rows["Attempt"] = list(Attempt.objects.order_by("pk").values_list("pk", "outcome"))
    return rows


# ---- 1: nothing goes out, or towards it, but by somebody of the chapter


ASKED_FOR = {"asked_approve", "asked_request_changes"}  # the chapter asked for this very verdict
CENTRAL_VERBS = sorted({row.name for kind, row in matrix.ROWS if kind == "central" and row.method == POST})


@pytest.mark.parametrize("name", CENTRAL_VERBS)
def test_nothing_the_central_team_does_reaches_a_chapters_queue(stage, asker, name):
    asked = stage.things["lisbon"]["asked_to_approve"].pk
    but = (asked,) if name in ASKED_FOR else ()
    before = queue(but=but)
    for kind, row in matrix.BY_NAME[name]:
        if row.method != POST:
            continue
        data = row.data(At(stage, stage.cast.lisbon)) if row.data else {}
        for who in CENTRAL:
            answer = asker.ask(
                who, POST, at_lisbon(stage, kind, row, who), {**data, "then": "schedule", "do": "publish"},
                look=lambda: queue(but=but),
            )  # fmt: skip
            assert answer.seen == before, f"{name} as {who}"


def test_an_approval_by_the_central_team_is_no_more_than_that(stage, asker):
    post = stage.things["lisbon"]["asked_to_approve"]
    Post.objects.filter(pk=post.pk).update(planned_at=timezone.now())
    answer = asker.ask(
        "cleo", POST, reverse("asked_approve", args=[post.uid]),
        {"revision": str(post.revision), "then": "schedule"},
        look=lambda: (Post.objects.get(pk=post.pk).status, post.deliveries.count()),
    )  # fmt: skip
    assert answer.seen == (Post.Status.APPROVED, 0)


CHAPTER_VERBS = sorted(
    {row.name for kind, row in matrix.ROWS if kind == "chapter" and row.method == POST and not row.is_closed}
)


@pytest.mark.parametrize("name", CHAPTER_VERBS)
def test_nobody_of_elsewhere_reaches_a_chapters_queue(stage, asker, name):
    """By the chapter's own addresses, by addresses of one's own chapter with its things, or by htmx."""
    before = queue()
    for _kind, row in matrix.BY_NAME[name]:
        if row.method != POST:
            continue
        data = row.data(At(stage, stage.cast.lisbon)) if row.data else {}
        for who, own in (("paulo", "porto"), ("cleo", "central"), ("ada", "lisbon")):
            for slug in {own, "lisbon"}:
                if slug != "lisbon" and not any(stage.has_foreign(word) for word in row.of.values()):
                    continue  # that is their own
                path = path_of(stage, row, stage.cast.lisbon, slug=slug)
                answer = asker.ask(who, POST, path, data, look=queue, **{"HX-Request": "true"})
                assert answer.status == 404, path
                assert answer.seen == before, f"{path} as {who}"


HELPERS_VERBS = sorted(
    {
        row.name
        for kind, row in matrix.ROWS
        if kind == "chapter" and row.method == POST and not row.is_closed
        and row.name.startswith(("chapter_asked_", "call_"))
    }
)  # fmt: skip
ASKED_OF_LISBON = {"chapter_asked_approve", "chapter_asked_request_changes"}  # asked for this very verdict


@pytest.mark.parametrize("name", HELPERS_VERBS)
def test_nothing_a_helper_of_another_chapter_does_reaches_the_queue_of_who_asked(stage, asker, name):
    asked = stage.things["lisbon"]["of_us_to_approve"].pk
    but = (asked,) if name in ASKED_OF_LISBON else ()
    before = queue(but=but)
    for kind, row in matrix.BY_NAME[name]:
        if row.method != POST:
            continue
        data = row.data(At(stage, stage.cast.lisbon)) if row.data else {}
        for who in LISBON:
            answer = asker.ask(
                who, POST, at_lisbon(stage, kind, row, who), {**data, "then": "schedule", "do": "take"},
                look=lambda: queue(but=but),
            )  # fmt: skip
            assert answer.seen == before, f"{name} as {who}"


@pytest.mark.parametrize("then", ["schedule", ""])
def test_an_approval_by_another_chapter_is_no_more_than_that(stage, asker, then):
    post = stage.things["lisbon"]["of_us_to_approve"]
    Post.objects.filter(pk=post.pk).update(planned_at=timezone.now())
    answer = asker.ask(
        "lucia", POST, reverse("chapter_asked_approve", args=["lisbon", post.uid]),
        {"revision": str(post.revision), "then": then},
        look=lambda: (Post.objects.get(pk=post.pk).status, post.deliveries.count()),
    )  # fmt: skip
    assert answer.seen == (Post.Status.APPROVED, 0)


# ---- 4: the central team sees name, region, published posts and what it was asked about


ENOUGH = 4
ACCOUNT = re.compile(r"(/accounts/)[0-9a-f-]{36}")
DAY = re.compile(r"\d{4}-\d\d(-\d\d)?(?![0-9a-f-])")


def links(page: str) -> set[str]:
    """Where a page leads without a form being sent."""
    found = re.findall(r'\b(?:href|src|hx-get)="([^"#]+)', page)
    found += re.findall(r'<form(?![^>]*method="post")[^>]*action="([^"]+)"', page, re.IGNORECASE)
    return {link.replace("&amp;", "&") for link in found}


def walk(asker: Asker, who: str, start: str = "/") -> dict[str, str]:
    """Every page that `who` gets to by links, and what it says. Of days and months, and of the same page of
    one's accounts, a few are enough."""
    pages: dict[str, str] = {}
    alike: Counter[str] = Counter()
    waiting = [start]
    while waiting:
        path = waiting.pop(0)
        shape = ACCOUNT.sub(r"\1", DAY.sub("", path))
        if path in pages or alike[shape] == ENOUGH:
            continue
        alike[shape] += shape != path
        answer = asker.ask(who, GET, path)
        pages[path] = answer.text
        ahead = links(answer.text) if "text/html" in answer.headers.get("Content-Type", "") else set()
        for link in sorted({*ahead, *([answer.location] if answer.location else [])}):
            goes_to = urlsplit(urljoin(f"http://testserver{path}", link))
            to = goes_to.path + (f"?{goes_to.query}" if goes_to.query else "")
            if goes_to.netloc == "testserver" and not to.startswith(("/static/", "/account/", "/admin/")):
                waiting.append(to)
    return pages


@pytest.fixture(scope="module")
def walked(troupe: Asker) -> Callable[[str], dict[str, str]]:
    """What a person gets to see, walked once."""
    return cache(lambda who: walk(troupe, who))


@pytest.mark.parametrize("who", ["cora", "cato", "cleo"])
def test_the_central_team_finds_nothing_that_chapters_keep(stage, walked, who):
    pages = walked(who)
    kept = {secret(chapter) for chapter in (stage.cast.lisbon, stage.cast.porto)}
    kept |= {f"{name}@example.org" for name in (*LISBON, "max", "paulo", "alba")}
    wrong = [f"{path} shows {word}" for path, page in pages.items() for word in kept if word in page]
    assert len(pages) > 30
    assert any("kept-by-central" in page for page in pages.values())  # its own it sees
    tell(wrong)


def test_the_central_team_finds_what_it_was_asked_about(stage, walked):
    pages = walked("cleo")
    asked = stage.things["lisbon"]["asked"]
    assert "asked-by-lisbon" in pages["/central/asking/"]
    assert "asked-by-lisbon" in pages[f"/central/asking/{asked.uid}/"]
    picture = stage.things["lisbon"]["asked_media"]
    assert f"/central/asking/{asked.uid}/media/{picture.uid}/" in pages
    assert "Lisbon" in pages["/central/chapters/"]
    assert "South" in pages["/central/chapters/"]


@pytest.mark.parametrize("who", ["paulo", "ada"])
def test_another_chapter_finds_nothing_of_this_one(stage, walked, who):
    pages = walked(who)
    words = (secret(stage.cast.lisbon), "asked-by-lisbon", "out-of-lisbon")
    tell([f"{path} shows {word}" for path, page in pages.items() for word in words if word in page])


def test_the_chapters_page_says_what_others_see(asker):
    page = asker.ask("vera", GET, "/c/lisbon/about/").text.lower()
    for part in (
        "name and region",
        "published posts",
        "posts for which the chapter asked help",
        "administrator",
    ):
        assert part in page


# ---- 5: no league table, no list of silent chapters

CENTRAL_PAGES = [
    "/c/central/", "/central/chapters/", "/central/chapters/?q=o", "/central/chapters/?region=south",
    "/central/chapters/?order=-posts", "/central/chapters/?sort=last_active", "/central/playbooks/",
    "/central/asking/", "/c/central/people/", "/c/central/about/", "/notices/",
]  # fmt: skip


def anonymous(page: str) -> str:
    """The page without what is different every time."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)
    return re.sub(r'"X-CSRFToken": "\w+"', "", page)


def busy(stage: Stage) -> None:
    """Faro, which never did anything, is the busiest of all, and Porto's people come and go."""
    cast, faro = stage.cast, stage.shared["faro"]
    fatima = member("Fatima", faro, Role.AUTHOR)
    many.bulk(posts.account(faro), fatima, 60, status="published")
    many.bulk(posts.account(faro), fatima, 5, status="failed")
    people = User.objects.filter(memberships__chapter__in=[faro, cast.porto])
    people.update(last_login=timezone.now(), date_joined=timezone.now())


@pytest.mark.parametrize("path", CENTRAL_PAGES)
@pytest.mark.parametrize("who", ["cleo", "cato"])
def test_how_busy_chapters_are_changes_no_page_of_the_central_team(stage, asker, monkeypatch, who, path):
    now = timezone.now()  # pages say for how many minutes something waits
    monkeypatch.setattr(timezone, "now", lambda: now)
    before = anonymous(asker.ask(who, GET, path).text)
    busy(stage)
    assert anonymous(asker.ask(who, GET, path).text) == before


def test_chapters_stand_by_region_and_name_however_one_asks(stage, asker):
    region = Region.objects.get(slug="south")
    Chapter.objects.create(name="Aljezur", slug="aljezur", region=region)
    for query in ("", "?order=-posts", "?sort=-published", "?o=-last_login", "?ordering=-pk"):
        page = asker.ask("cleo", GET, f"/central/chapters/{query}").text
        names = re.findall(r'<h3 class="row-title">([^<]+)</h3>', page)
        assert names == ["Braga", "Porto", "Aljezur", "Faro", "Lisbon", "Olhao"], query


# ---- 7: what may be out is never sent a second time by guesswork

SETTLES = {"delivery_confirm", "delivery_deny", "delivery_skip"}  # a person looked, or lets it go


def doubt(delivery: Delivery) -> tuple[object, ...]:
    """What must stay as it is while nobody looked."""
    delivery = Delivery.objects.get(pk=delivery.pk)
    tried = list(delivery.attempts.order_by("pk").values_list("pk", "outcome"))
    others = delivery.post.deliveries.count()
    return (delivery.status, delivery.next_attempt_at, delivery.tries, tried, others)


ON_A_POST = sorted(
    {
        row.name
        for kind, row in matrix.ROWS
        if kind == "chapter" and row.method == POST and not row.is_closed and "uid" in row.of
        and row.name.startswith(("post_", "delivery_"))
    }
)  # fmt: skip


@pytest.mark.parametrize("name", ON_A_POST)
def test_no_button_but_the_three_that_settle_it_touches_a_post_in_doubt(stage, asker, name):
    post = stage.things["lisbon"]["unconfirmed"]
    delivery = stage.things["lisbon"]["delivery_unconfirmed"]
    before = doubt(delivery)
    for _kind, row in matrix.BY_NAME[name]:
        if row.method != POST or row.is_closed:
            continue
        data = row.data(At(stage, stage.cast.lisbon)) if row.data else {}
        other = {"delivery": delivery.uid} if "delivery" in row.of else {}
        path = path_of(stage, row, stage.cast.lisbon, slug="lisbon", uid=post.uid, **other)
        for who in LISBON:
            answer = asker.ask(
                who, POST, path, {**data, "revision": str(post.revision)}, look=lambda: doubt(delivery)
            )
            if name in SETTLES and row.changes:
                assert (answer.seen == before) == (who == "vera"), f"{path} as {who}"
            else:
                assert answer.seen == before, f"{path} as {who}"


@pytest.mark.parametrize("action", ["retry", "skip"])
def test_administrators_do_not_guess_either(stage, asker, action):
    delivery = stage.things["lisbon"]["delivery_unconfirmed"]
    form = {"action": action, ACTION_CHECKBOX_NAME: str(delivery.pk), "confirmed": "yes", "post": "yes"}
    answer = asker.ask(
        "ada", POST, reverse("admin:posts_delivery_changelist"), form, look=lambda: doubt(delivery)
    )
    assert answer.status == 302
    status, _next, _tries, tried, _others = answer.seen
    assert status in {"unconfirmed", "skipped"}
    assert len(tried) == 1
