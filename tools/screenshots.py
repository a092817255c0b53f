"""Pictures of the main screens of a running hub with the demo in it: `make screenshots`.

Signs in as people of the demo, with the password that `make run` keeps in HUB_DATA, and takes every screen at
360 and 1280 pixels, light and dark. `--readme FILE` takes the one picture of README.md instead.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("HUB_DATA") or ROOT / ".data")
HUB = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

SCREENS = {
    "sam.whitaker": {
        "home": "/c/leeds/",
        "compose": "/c/leeds/posts/new/",
        "posts": "/c/leeds/posts/",
        "post-doubtful": "/c/leeds/posts/?status=needs_attention >> .row a",
        "playbooks": "/c/leeds/playbooks/",
        "playbook": "/c/leeds/playbooks/first-post-in-ten-minutes/",
        "me": "/me/",
    },
    "grace.adeyemi": {
        "home-editor": "/c/leeds/",
        "plan": "/c/leeds/plan/",
        "review-list": "/c/leeds/review/",
        "review": "/c/leeds/review/ >> main .row a",
    },
    "priya.nair": {
        "people": "/c/leeds/people/",
        "accounts": "/c/leeds/accounts/",
        "settings": "/c/leeds/settings/",
        "notices": "/notices/",
    },
    "marit.solheim": {
        "central-home": "/c/central/",
        "asking": "/central/asking/",
        "chapters": "/central/chapters/",
        "teaching": "/central/playbooks/",
    },
}
README_SCREEN = ("grace.adeyemi", "/c/leeds/")


def password() -> str:
    text = (DATA / "demo-sign-ins.txt").read_text()
    return re.search(r"password: (\S+)", text).group(1)


def sign_in(page: Page, who: str) -> None:
    page.goto(f"{HUB}/account/login/")
    page.fill("input[name=login]", f"{who}@example.org")
    page.fill("input[name=password]", password())
    page.click("form.login button[type=submit], main form button[type=submit]")
    page.wait_for_url(re.compile("/c/"))


def open_screen(page: Page, where: str) -> None:
    """Go to an address, and on through the first link that follows `>>`."""
    path, _, link = where.partition(" >> ")
    page.goto(HUB + path)
    if link:
        page.locator(link).first.click()
    page.wait_for_load_state("networkidle")


def looks() -> Iterator[tuple[int, int, str]]:
    for scheme in ("light", "dark"):
        yield 360, 780, scheme
        yield 1280, 900, scheme


def every_screen(browser: Browser, folder: Path) -> None:
    for who, screens in SCREENS.items():
        for width, height, scheme in looks():
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            sign_in(page, who)
            for name, where in screens.items():
                open_screen(page, where)
                page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
            page.context.close()


def readme_picture(browser: Browser, file: Path) -> None:
    who, where = README_SCREEN
    page = browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme="light")
    sign_in(page, who)
    open_screen(page, where)
    page.screenshot(path=file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=DATA / "screenshots")
    parser.add_argument("--readme", type=Path)
    options = parser.parse_args()
    if not (DATA / "demo-sign-ins.txt").is_file():
        raise SystemExit("There is no demo to picture. Start the hub with `make run` first.")
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    if chromium is None:
        raise SystemExit("Chromium was not found; `apt-get install chromium` brings it.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"]
        )
        if options.readme:
            readme_picture(browser, options.readme)
        else:
            options.folder.mkdir(parents=True, exist_ok=True)
            every_screen(browser, options.folder)
        browser.close()
    print(f"Pictures are in {options.readme or options.folder}")


if __name__ == "__main__":
    main()
