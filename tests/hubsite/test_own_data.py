"""The folder of a hub on one's own machine: its secrets, its lock, its logs and ports."""

import re
import socket
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hubsite import own_data
from hubsite.lib.crypto import KeyRing
from hubsite.own_data import CannotStart

ROOT = Path(__file__).resolve().parents[2]


def test_secrets_are_made_once_and_for_nobody_else_to_read(tmp_path):
    first = own_data.keep_env(tmp_path, HUB_URL="http://127.0.0.1:8000")
    again = own_data.keep_env(tmp_path, HUB_URL="http://127.0.0.1:9000")
    assert stat.S_IMODE((tmp_path / "hub.env").stat().st_mode) == 0o600
    assert len(first["SECRET_KEY"]) >= 50
    assert KeyRing.parse(first["HUB_ENCRYPTION_KEYS"]).current == "k1"
    assert {**first, "HUB_URL": "http://127.0.0.1:9000"} == again


def test_two_hubs_have_different_secrets(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = own_data.keep_env(tmp_path / "one"), own_data.keep_env(tmp_path / "two")
    assert not set(one.values()) & set(two.values())


def test_second_hub_on_the_same_data_is_refused_by_the_first_ones_number(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", "import sys, time; from pathlib import Path; from hubsite import own_data;"
         "own_data.lock(Path(sys.argv[1])); print('locked', flush=True); time.sleep(600)", tmp_path],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert "locked" in next(holder.stdout)
        with pytest.raises(CannotStart, match=rf"already runs .* \(process {holder.pid}\)"):
            own_data.lock(tmp_path)
    finally:
        holder.kill()
        holder.wait()
    own_data.lock(tmp_path)


def test_folder_that_cannot_be_used_is_told_in_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match="name another with HUB_DATA"):
        own_data.lock(tmp_path / "file" / "data")


def test_taken_port_is_told_with_the_way_out(monkeypatch):
    monkeypatch.setattr(own_data, "PORT_PATIENCE", 0.0)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=rf"port {port} is taken .*PORT=\d+ make run"):
            own_data.check_port(port, "PORT")
    own_data.check_port(port, "PORT")


def test_port_that_is_offered_instead_is_free(monkeypatch):
    monkeypatch.setattr(own_data, "PORT_PATIENCE", 0.0)
    with socket.socket() as taken, socket.socket() as neighbour:
        for port in range(20_000, 60_000):
            try:
                taken.bind(("127.0.0.1", port))
                neighbour.bind(("127.0.0.1", port + 1))
            except OSError:
                taken.close()
                taken = socket.socket()
                continue
            break
        with pytest.raises(CannotStart) as refused:
            own_data.check_port(port, "PORT")
    assert int(str(refused.value).rpartition("PORT=")[2].split()[0]) > port + 1


def test_log_of_the_last_run_is_kept_beside_the_new_one(tmp_path):
    own_data.fresh_log(tmp_path, "web server").write_text("old")
    log = own_data.fresh_log(tmp_path, "web server")
    assert log.name == "web-server.log"
    assert log.read_text() == ""
    assert (tmp_path / "log" / "web-server.log.1").read_text() == "old"


def test_newcomer_is_told_when_the_next_post_can_be_watched(tmp_path):
    file = tmp_path / own_data.NEXT_POST
    assert own_data.next_post(tmp_path, "http://127.0.0.1:8100") == ""
    file.write_text((datetime.now(UTC) + timedelta(seconds=40)).isoformat())
    said = own_data.next_post(tmp_path, "http://127.0.0.1:8100")
    assert re.search(r"in (39|40) seconds. Open http://127.0.0.1:8100", said)
    file.write_text((datetime.now(UTC) - timedelta(seconds=1)).isoformat())
    assert own_data.next_post(tmp_path, "http://127.0.0.1:8100") == ""
