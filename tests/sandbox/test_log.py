"""The log itself: shared waits for the disk, and what happens when the disk does not take it."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.errors import Refusal
from sandbox.log import EventLog, LogError


@pytest.fixture
def log(tmp_path):
    log = EventLog(tmp_path / "received.jsonl")
    yield log
    log.close()


def run(work):
    """In a thread of its own: a browser test before this one may have left a loop running on the main one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(work())).result()


def test_waiting_requests_share_one_fsync(log, monkeypatch):
    syncs = []
    real = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda file: (syncs.append(log.length), real(file)))

    async def record(number):
        log.append({"event": "post", "id": number})
        await log.durable()
        return syncs[-1]

    async def burst():
        return await asyncio.gather(*[record(n) for n in range(200)])

    covered = run(burst)
    assert len(syncs) <= 3
    assert all(seen >= number + 1 for number, seen in enumerate(covered))


def test_full_disk_refuses_and_leaves_the_log_whole(log, monkeypatch):
    log.append({"event": "post", "id": 1})
    real = os.write

    def half(file, data):
        return real(file, data[: len(data) // 2])

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(Refusal) as refused:
        log.append({"event": "post", "id": 2})
    assert refused.value.status == 503
    monkeypatch.undo()
    assert log.append({"event": "post", "id": 3}) == 2
    assert log.path.read_bytes().splitlines() == [
        b'{"seq":1,"event":"post","id":1}',
        b'{"seq":2,"event":"post","id":3}',
    ]


def test_failed_fsync_is_never_taken_for_success(log, monkeypatch):
    def fail(file):
        raise OSError("disk gone")

    monkeypatch.setattr(os, "fdatasync", fail)

    async def record():
        log.append({"event": "post", "id": 1})
        await log.durable()

    with pytest.raises(Refusal):
        run(record)
    with pytest.raises(Refusal):
        log.append({"event": "post", "id": 2})


def test_reading_from_a_number(log):
    for number in range(3):
        log.append({"event": "post", "id": number})
    assert log.read_after(1) == (b'[{"seq":2,"event":"post","id":1},{"seq":3,"event":"post","id":2}]', 3)
    assert log.read_after(1, limit=1) == (b'[{"seq":2,"event":"post","id":1}]', 2)
    assert log.read_after(3) == (b"[]", 3)
    assert log.read_after(99) == (b"[]", 3)


def test_one_process_holds_the_log(log):
    with pytest.raises(LogError):
        EventLog(log.path)
