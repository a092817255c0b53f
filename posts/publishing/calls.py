"""What travels between the loop and the sending threads. No database in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from posts.platforms.base import (
    Adapter,
    AppKeys,
    Connection,
    Content,
    Credentials,
    PlatformError,
    Published,
    ReadBack,
)
from posts.publishing.claim import Lease
from posts.publishing.decide import Kind


@dataclass(slots=True)
class Call:
    """All that the sending thread needs, and all that `finish` needs afterwards.

    `attempt_id` is the attempt committed for the call, and `sent_by` its last moment to be sent; of a look
    they are those of the attempt in doubt, and `began` is when the delivery was tried first.
    """

    lease: Lease
    kind: Kind
    delivery_id: int
    post_id: int
    attempt_id: int
    began: datetime
    sent_by: datetime
    adapter: Adapter
    content: Content
    credentials: Credentials
    key: str
    deadline: float  # seconds for the whole call
    part: int = 0  # of a thread, from 0
    again: bool = False  # the delivery has attempts from before
    absences: int = 0  # of a look: as known when it began
    app: AppKeys | None = None
    staged: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Result:
    """What came of a call: exactly one of the first five is set."""

    published: Published | None = None
    staged: dict[str, Any] | None = None
    connection: Connection | None = None
    seen: ReadBack | None = None
    error: PlatformError | None = None
    fault: bool = False  # the error is of our own making
