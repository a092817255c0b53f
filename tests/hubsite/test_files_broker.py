"""The broker of plain files: what is half written is never taken for a message."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from kombu import Connection
from kombu.transport import filesystem
from kombu.utils.json import dumps

from hubsite.celery import app  # noqa: F401 - makes the transport known
from hubsite.lib import files_broker


@pytest.fixture
def connect(tmp_path):
    folders = {name: tmp_path / name for name in ("messages", "done", "control")}
    for folder in folders.values():
        folder.mkdir()
    options = {
        "data_folder_in": str(folders["messages"]), "data_folder_out": str(folders["messages"]),
        "processed_folder": str(folders["done"]), "control_folder": str(folders["control"]),
    }  # fmt: skip
    return lambda: Connection("files://localhost", transport_options=options)


def test_message_is_there_for_readers_only_when_it_is_whole(connect, tmp_path, monkeypatch):
    seen: list[list[str]] = []

    def watched(payload):
        seen.append([path.name for path in (tmp_path / "messages").glob("*.msg")])
        return dumps(payload)

    for module in (filesystem, files_broker):
        monkeypatch.setattr(module, "dumps", watched)
    with connect() as connection:
        queue = connection.SimpleQueue("work")
        queue.put({"number": 1})

        assert seen
        assert not any(seen)
        assert queue.get(timeout=5).payload == {"number": 1}


def test_table_of_queues_that_is_being_written_is_waited_for(connect, tmp_path):
    table = Path(tmp_path, "control", "plans.exchange")
    table.touch()
    threading.Timer(0.2, table.write_text, ["[]"]).start()

    with connect() as connection:
        queue = connection.SimpleQueue("plans")  # known to nobody in this process yet
        queue.put({"number": 1})

        assert queue.get(timeout=5).payload == {"number": 1}
