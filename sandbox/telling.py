"""What the log is told about publish requests.

Every one leaves a line `{"event": "request", "disposition": ...}`, also when nothing came of it; other calls
leave only what they changed.
"""

from .errors import Refusal
from .faults import Rule
from .keys import ACCOUNT, KIND, NETWORK, OUTCOME, RECEIVED_AT, SHAPE

_DISPOSITIONS = {"rate_limited": "rate_limited", "expired_token": "expired", "revoked_token": "revoked"}


def tell(request, disposition: str, rule: Rule | None = None, **more) -> None:
    if request[KIND] != "publish":
        return
    account = request.get(ACCOUNT)
    outcome = request[OUTCOME]
    if rule:
        outcome = {**outcome, "fault": rule.id, "effect": rule.type}
    key = request.headers.get("Idempotency-Key")
    request.app[NETWORK].record(
        "request",
        disposition=disposition,
        account=account.handle if account else None,
        account_id=account.id if account else None,
        idempotency_key=key[:300] if key else key,
        received_at=request[RECEIVED_AT],
        **outcome,
        **more,
    )


def refused(request, refusal: Refusal):
    """The answer to a refused call, in the shape of the platform that was asked."""
    return request.get(SHAPE, Refusal.as_json)(refusal)


def tell_refusal(request, refusal: Refusal) -> None:
    disposition = _DISPOSITIONS.get(refusal.code, "refused")
    tell(request, disposition, reason=refusal.code, status=refusal.status)


def accepted_as(request, rule: Rule | None) -> str:
    """The disposition of a request that took effect."""
    if rule and rule.outcome:
        return rule.outcome
    return "repeat" if request[OUTCOME].get("repeat") else "accepted"
