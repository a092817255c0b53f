"""Times as the practice network writes them: UTC, ISO 8601, milliseconds, ending in Z."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_iso(text: str) -> datetime:
    """A moment from ISO text; a time without a zone is read as UTC. Raises ValueError."""
    if not isinstance(text, str) or len(text) > 40:
        raise ValueError("not a time")
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("time out of range") from error
