"""How LinkedIn's versioned API is called.

Sources: learn.microsoft.com (LinkedIn Marketing: Versioning; API guide, protocol version 2.0.0 and how URNs
stand in addresses).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from .deadline import Deadline
from .http import Answer, Http
from .linkedin_errors import WHO, refused

REST = "https://api.linkedin.com/rest"


class Api:
    """Calls in the name of one account. `by` is when all of them have to be over."""

    def __init__(self, http: Http, version: str, token: str, by: Deadline) -> None:
        self.http = http
        self.by = by
        self.token = token
        self._headers = {"LinkedIn-Version": version, "X-Restli-Protocol-Version": "2.0.0"}

    def call(self, method: str, path: str, **sent: Any) -> Answer:
        """The answer, whatever its status; `path` begins behind `/rest`."""
        return self.http.request(
            method, REST + path, deadline=self.by, token=self.token, headers=self._headers, who=WHO, **sent
        )

    def get(self, path: str, **sent: Any) -> Answer:
        """A successful look. Raises what a refusal means."""
        answer = self.call("GET", path, **sent)
        if answer.status != 200:
            raise refused(answer, sends=False, secrets=(self.token,))
        return answer


def urn_in_path(urn: str) -> str:
    """A URN as LinkedIn wants it in paths and queries: every colon encoded."""
    return quote(urn, safe="")
