"""Chromium looks at every page: nothing breaks the content policy, nothing bars anybody."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import Page

from posts.models import Post
from tests.access import matrix
from tests.access.stage import Stage, at_lisbon, set_up
from tests.access.table import GET
from tests.access.urlconf import walk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

PICTURES = {
    "media", "media_poster", "asked_media", "asked_media_poster", "granted_media", "shelf_picture",
    "suggestion_picture", "chapter_asked_media", "chapter_asked_media_poster", "playbook_picture",
}  # fmt: skip
DOWNLOADS = {"office_hour_calendar", "office_hour_team_calendar"}
FRAGMENTS = {"question_similar"}
NO_PAGES = {"healthz", "robots", *PICTURES, *DOWNLOADS, *FRAGMENTS}
PATHS = sorted({address.path for address in walk()})
LIBRARY = [path for path in PATHS if path.startswith("account/") and "<" not in path]
AXE = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
}
SCHEMES = ("light", "dark")
PICTURES_OF_SCREENS = Path(__file__).resolve().parents[2] / "test-results" / "screens"
TOKEN = re.compile(r"[\w-]{16,}")
# two frames and a breath: a theme that has just changed is painted whole by then
PAINTED = (
    "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 60))))"
)
UID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation',
  e => window.violations.push(`${e.violatedDirective} refused ${e.blockedURI || 'inline'}`));
"""


@pytest.fixture
def stage(live_server) -> Stage:
    return set_up()


def pages_of(stage: Stage, who: str, *kinds: str) -> Iterator[str]:
    """Every address of the matrix that answers `who` with a page."""
    seen: set[str] = set()
    for kind, row in matrix.ROWS:
        if kind not in kinds or row.method != GET or row.code("lead") != 200 or row.name in NO_PAGES:
            continue
        path = at_lisbon(stage, kind, row, who)
        if path not in seen:
            seen.add(path)
            yield path


def screens(stage: Stage) -> list[tuple[str, str]]:
    own = [("lucia", path) for path in pages_of(stage, "lucia", "chapter", "signed_in")]
    central = [("cleo", path) for path in pages_of(stage, "cleo", "central", "hub")]
    hub = [("ada", path) for path in pages_of(stage, "ada", "hub")]
    for_all = [("", path) for path in pages_of(stage, "", "public")]
    return [
        *own,
        *asked_for(stage),
        *central,
        *hub,
        *for_all,
        ("cleo", reverse("chapter_home", args=["central"])),
    ]


def asked_for(stage: Stage) -> list[tuple[str, str]]:
    """Pages that show something only where the address says of what."""
    suggestion, draft = stage.shared["suggestion"], stage.things["lisbon"]["draft"]
    return [
        ("lucia", f"{reverse('shelf_dates', args=['lisbon'])}?suggestion={suggestion.uid}"),
        ("lucia", f"{reverse('shelf_made', args=['lisbon'])}?post={draft.uid}"),
        ("lucia", f"{reverse('playbook_list', args=['lisbon'])}?q=before&topic=consent"),
    ]


class Eye:
    """A browser that keeps what went wrong, page by page."""

    def __init__(self, stage: Stage, address: str, new_page: Callable[..., Page], **options: object) -> None:
        self.stage, self.address = stage, address
        self.pages: dict[str, Page] = {}
        self.new_page, self.options = new_page, options
        self.wrong: list[str] = []

    def page(self, who: str) -> Page:
        if who not in self.pages:
            page = self.new_page(**self.options)
            page.add_init_script(WATCH)
            page.on("pageerror", lambda error: self.note(page, f"script failed: {error}"))
            page.on("console", lambda said: said.type == "error" and self.note(page, said.text))
            page.on("dialog", lambda dialog: dialog.accept())
            if who:
                cookie = {"name": settings.SESSION_COOKIE_NAME, "value": self.stage.cookies[who]}
                page.context.add_cookies([{**cookie, "url": self.address}])
            self.pages[who] = page
        return self.pages[who]

    def note(self, page: Page, what: str) -> None:
        self.wrong.append(f"{urlsplit(page.url).path}: {what}")

    def look(self, who: str, path: str) -> Page:
        page = self.page(who)
        answer = page.goto(self.address + path)
        if answer.status != 200:
            self.note(page, f"answered {answer.status}")
        for violation in page.evaluate("window.violations || []"):
            self.note(page, violation)
        return page


@pytest.mark.xdist_group("pages-admin")
def test_no_page_of_the_libraries_breaks_the_content_policy(stage, live_server, new_page):
    eye = Eye(stage, live_server.url, new_page)
    for path in LIBRARY:
        if "logout" not in path:
            page = eye.page("vera")
            page.goto(f"{live_server.url}/{path}")
            for violation in page.evaluate("window.violations || []"):
                eye.note(page, violation)
    for model in admin.site._registry:
        begin = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        eye.look("ada", reverse(f"{begin}_changelist"))
        last = model._default_manager.order_by("pk").last()
        if last is not None:
            eye.look("ada", reverse(f"{begin}_change", args=[last.pk]))
    eye.look("ada", reverse("admin:posts_post_history", args=[Post.objects.order_by("pk").last().pk]))
    eye.look("ada", reverse("admin:index"))

    assert [wrong for wrong in eye.wrong if "status of 40" not in wrong] == []


PHONE = 360
SCREENS = [
    pytest.param(PHONE, "dark", id="phone-dark", marks=pytest.mark.xdist_group("axe-phone")),
    pytest.param(1280, "light", id="desktop-light", marks=pytest.mark.xdist_group("axe-desktop")),
]


def show_all_of(page: Page) -> None:
    """A window as tall as the page: at the end of it the sticky bar must cover nothing, and before that it
    covers whatever happens to be scrolled under it."""
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": page.viewport_size["width"], "height": height})


def is_examined(number: int, width: int) -> bool:
    """Whether axe examines this page in this size: in CI, which has fifteen minutes, in one of the two."""
    return not os.environ.get("CI") or number % 2 == (width == PHONE)


def take_pictures(page: Page, who: str, path: str, width: int) -> None:
    """The page in both themes, for people to look at after the run; where nobody looks, in CI, none."""
    if os.environ.get("CI"):
        return
    PICTURES_OF_SCREENS.mkdir(parents=True, exist_ok=True)
    secretless = UID.sub("uid", path.partition("?")[0])
    name = (secretless if who else TOKEN.sub("token", secretless)).strip("/").replace("/", "_") or "home"
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate(PAINTED)
        page.screenshot(
            path=PICTURES_OF_SCREENS / f"{name}-{who or 'anybody'}-{width}-{scheme}.jpg",
            type="jpeg",
            quality=60,
        )


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_no_page_bars_anybody_or_breaks_the_content_policy(stage, live_server, new_page, width, scheme):
    eye = Eye(stage, live_server.url, new_page, width=width, color_scheme=scheme)
    axe = Axe()
    for number, (who, path) in enumerate(screens(stage)):
        page = eye.look(who, path)
        show_all_of(page)
        if is_examined(number, width):
            for violation in axe.run(page, options=AXE).response["violations"]:
                targets = [node["target"] for node in violation["nodes"]][:3]
                eye.note(page, f"{violation['id']} ({violation['impact']}): {targets}")
        too_wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if too_wide > 0:
            eye.note(page, f"scrolls sideways by {too_wide} px")
        take_pictures(page, who, path, width)
        page.emulate_media(color_scheme=scheme)

    assert eye.wrong == []
