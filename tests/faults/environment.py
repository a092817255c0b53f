"""The variables of a hub under test."""

from __future__ import annotations

from pathlib import Path


def variables(folder: Path, database_url: str, *, key: str) -> dict[str, str]:
    """What the runner and everything it starts see; rows change the database, the network and the times."""
    return {
        "DJANGO_SETTINGS_MODULE": "hubsite.settings",
        "DATABASE_URL": database_url,
        "SECRET_KEY": "a-key-for-the-faults-which-is-long-and-has-many-different-characters-0123456789",
        "HUB_ENCRYPTION_KEYS": f"faults:{key}",
        "HUB_ALLOW_LOOPBACK": "1",
        "HUB_DATA": str(folder / "hub"),
        "MEDIA_ROOT": str(folder / "media"),
        "SANDBOX_URL": "http://127.0.0.1:9",
        "LOG_FORMAT": "json",
        "PYTHONUNBUFFERED": "1",
    }
