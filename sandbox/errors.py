"""What the practice network can answer instead of what was asked."""

from aiohttp import web


class Refusal(Exception):
    """A request is not carried out: `message` for people, `code` for programs, `field` as the culprit."""

    def __init__(self, status, code, message, *, field=None, headers=None):
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.headers = headers or {}
        # error numbers of a platform, where it has such
        self.numbers = {}

    def as_json(self) -> web.Response:
        body = {"error": self.code, "message": self.message}
        if self.field:
            body["field"] = self.field
        return web.json_response(body, status=self.status, headers=self.headers)


class Dropped(Exception):
    """The connection is cut instead of answered."""


def invalid(code, message, field=None) -> Refusal:
    return Refusal(422, code, message, field=field)


def not_found(message="There is nothing at this address.") -> Refusal:
    return Refusal(404, "not_found", message)
