"""Chromium for the browser tests, kept from calling home."""

from __future__ import annotations

import shutil

from tests.support.servers import NotToBeHad

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


def executable() -> str:
    """The browser on this machine. Raises NotToBeHad."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    raise NotToBeHad("Chromium was not found; `apt-get install chromium` brings it")
