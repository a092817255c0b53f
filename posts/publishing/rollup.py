"""What a post's deliveries add up to. Pure."""

from __future__ import annotations

from collections.abc import Iterable


def rollup(statuses: Iterable[str]) -> str:
    """The post's status for its deliveries' statuses. Skipped ones do not count.

    Any in doubt or held, or some out and some failed: needs attention. Any on the way: publishing. All out:
    published. None out and any failed: failed. Nothing left: a draft again.
    """
    present = set(statuses) - {"skipped"}
    if not present:
        return "draft"
    if present & {"unconfirmed", "held"}:
        return "needs_attention"
    if present & {"pending", "sending"}:
        return "publishing"
    if present == {"published"}:
        return "published"
    if present == {"failed"}:
        return "failed"
    return "needs_attention"
