"""Settings come from the environment, typed, and a hub that is set up wrongly does not start."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from hubsite import checks
from tests.support.hub import clean_environment

ROOT = Path(__file__).resolve().parents[2]
KEY = base64.b64encode(b"x" * 32).decode()
PRODUCTION = {
    "SECRET_KEY": "fnQ3x9-long-enough-and-of-many-different-characters-0Zy7",
    "HUB_ENCRYPTION_KEYS": f"k1:{KEY}",
    "HUB_URL": "https://hub.example.org",
    "ALLOWED_HOSTS": "hub.example.org",
    "HUB_BEHIND_PROXY": "1",
}


def manage(tmp_path, *words, **env):
    return subprocess.run(
        [sys.executable, "manage.py", *words], env=clean_environment() | {"HUB_DATA": str(tmp_path)} | env,
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def ids(found):
    return [message.id for message in found]


@pytest.mark.processes
def test_production_settings_pass_every_check_for_deployment(tmp_path):
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr


@pytest.mark.processes
@pytest.mark.parametrize("name", ["SECRET_KEY", "HUB_ENCRYPTION_KEYS"])
def test_missing_secret_stops_the_start_and_is_named(tmp_path, name):
    done = manage(tmp_path, "check", **{**PRODUCTION, name: ""})
    assert done.returncode != 0
    assert name in done.stderr


@pytest.mark.processes
def test_value_of_the_wrong_type_is_told_with_its_name(tmp_path):
    done = manage(tmp_path, "check", **PRODUCTION, HUB_DRAINS="many")
    assert done.returncode != 0
    assert "HUB_DRAINS" in done.stderr


@pytest.mark.processes
def test_log_is_one_json_object_a_line(tmp_path):
    code = "import django; django.setup(); import logging; logging.getLogger('x').error('a\\nb')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
        env=clean_environment() | PRODUCTION | {"HUB_DATA": str(tmp_path),
                                                "DJANGO_SETTINGS_MODULE": "hubsite.settings"},
    )  # fmt: skip
    (line,) = done.stderr.splitlines()
    entry = json.loads(line)
    assert (entry["message"], entry["level"], entry["logger"]) == ("a\nb", "ERROR", "x")
    assert "request_id" in entry


def test_secrets_for_debugging_are_refused_elsewhere(settings):
    settings.SECRET_KEY = "only-for-debugging"
    settings.HUB_ENCRYPTION_KEYS = f"debug:{KEY}"
    assert ids(checks.secrets_are_set()) == ["hub.E001", "hub.E002"]
    settings.DEBUG = True
    assert ids(checks.secrets_are_set()) == []


@pytest.mark.parametrize("keys", ["", "k1", "k1:not base64", f"k1:{base64.b64encode(b'short').decode()}"])
def test_encryption_key_that_does_not_work_is_told(settings, keys):
    settings.HUB_ENCRYPTION_KEYS = keys
    (message,) = checks.secrets_are_set()
    assert "HUB_ENCRYPTION_KEYS" in message.msg


def test_plain_http_is_for_this_machine_only(settings):
    settings.HUB_URL = "http://hub.example.org"
    settings.ALLOWED_HOSTS = ["hub.example.org"]
    assert ids(checks.addresses_agree()) == ["hub.E004"]
    settings.HUB_URL = "http://127.0.0.1:8000"
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    assert ids(checks.addresses_agree()) == []


def test_host_of_the_hub_has_to_be_allowed(settings):
    settings.HUB_URL = "https://hub.example.org"
    settings.ALLOWED_HOSTS = ["example.org"]
    assert ids(checks.addresses_agree()) == ["hub.E005"]


def test_lease_has_to_outlast_a_send(settings):
    settings.HUB_LEASE_SECONDS, settings.HUB_SEND_DEADLINE_SECONDS = 30, 30
    assert ids(checks.sends_fit_in_leases()) == ["hub.E006"]


@pytest.mark.django_db
def test_health_page_answers_without_signing_in_and_names_the_request(client):
    answer = client.get("/healthz", headers={"X-Request-ID": "from-the-proxy-1"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer["X-Request-ID"] == "from-the-proxy-1"
    assert client.get("/healthz", headers={"X-Request-ID": "bad id"})["X-Request-ID"] != "bad id"
