"""One running practice network: its configuration, its log and its state, and the only way to change them."""

import hashlib
import hmac
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from .clock import iso, now
from .errors import not_found
from .faults import Rule
from .log import EventLog
from .state import Account, State


@dataclass
class Config:
    data: Path
    base_url: str
    admin_key: str | None = None
    hub_origins: tuple = ()
    fsync: bool = True
    allow_remote: bool = False
    latency_ms: float = 0


@dataclass
class Network:
    config: Config
    log: EventLog
    secret: bytes
    state: State
    codes: dict = field(default_factory=dict)
    # what people allowed at the stand-ins, by the code that stands for it
    grants: dict = field(default_factory=dict)
    # videos that arrive in pieces, by their id, until the last piece is there
    uploads: dict = field(default_factory=dict)
    tasks: set = field(default_factory=set)
    # decoding pictures is the one slow thing; two threads, so that it never starves the rest
    decoders: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2, "decode"))

    @classmethod
    def open(cls, config: Config) -> "Network":
        """Open the data folder and rebuild the state from its log. Raises LogError, OSError."""
        config.data.mkdir(parents=True, exist_ok=True)
        (config.data / "media").mkdir(exist_ok=True)
        log = EventLog(config.data / "received.jsonl", fsync=config.fsync)
        state = State({"latency_ms": config.latency_ms})
        network = cls(config, log, _secret(config.data / "secret"), state)
        for event in log.replay():
            network.state.apply(event, log.length)
        return network

    def record(self, event: str, **data) -> int:
        """Write an event and let it take effect; the caller's answer waits until it is on disk."""
        line = {"event": event, **data}
        line.setdefault("received_at", iso(now()))
        number = self.log.append(line)
        self.state.apply(line, number)
        return number

    def sign(self, purpose: str, value: str) -> str:
        return hmac.new(self.secret, f"{purpose}:{value}".encode(), hashlib.sha256).hexdigest()[:40]

    def media_path(self, media_id: str) -> Path:
        return self.config.data / "media" / media_id

    def account_url(self, account: Account) -> str:
        return f"{self.config.base_url}/@{account.handle}"

    def post_url(self, post) -> str:
        return f"{self.config.base_url}/@{post.account.handle}/{post.id}"

    def require_account(self, name) -> Account:
        account = self.state.account(name)
        if account is None:
            raise not_found("No account has this handle.")
        return account

    def set_rules(self, rules: list[Rule], by: str) -> None:
        self.record("faults", rules=[rule.as_dict() for rule in rules], by=by)

    def take_fault(self, *, after: bool, handle, method, path, kind, passed=()) -> Rule | None:
        """Use up one application of the first rule that covers this request, but for those in `passed`."""
        for rule in self.state.rules:
            if rule.acts_after != after or rule.id in passed:
                continue
            if rule.covers(handle, method, path, kind) and rule.is_due():
                self.record(
                    "fault_applied", rule=rule.id, type=rule.type, account=handle, method=method, path=path
                )
                return rule
        return None

    def close(self):
        self.decoders.shutdown(wait=False, cancel_futures=True)
        self.log.close()


def _secret(path: Path) -> bytes:
    """The key that tokens and form tokens derive from; kept beside the log so that neither is ever in it."""
    try:
        stored = path.read_bytes()
        if len(stored) == 64:
            return stored
    except FileNotFoundError:
        pass
    fresh = secrets.token_hex(32).encode()
    partial = path.with_suffix(".new")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, fresh)
        os.fsync(handle)
    finally:
        os.close(handle)
    os.replace(partial, path)
    return fresh
