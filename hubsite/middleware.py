"""What happens around every request."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.cache import add_never_cache_headers, patch_vary_headers

from hubsite import logs

GetResponse = Callable[[HttpRequest], HttpResponse]
_SAFE_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")


class RequestIdMiddleware:
    """Name each request, in the log and in the answer, by the proxy's id where it sends a sane one."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        name = given if _SAFE_ID.match(given) else uuid.uuid4().hex
        token = logs.request_id.set(name)
        try:
            response = self.get_response(request)
        finally:
            logs.request_id.reset(token)
        response["X-Request-ID"] = name
        return response


class PrivatePagesMiddleware:
    """Pages of somebody signed in stay out of every cache but where a view says otherwise."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response


class HtmxResponseMiddleware:
    """Make one view serve htmx and plain forms: a redirect after an htmx action navigates the whole page.

    But for the way to sign-in: whoever is writing when their session ends must not be taken off the page by a
    check that runs by itself. They get 401, and the page says so beside what they wrote.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        if request.htmx and not request.htmx.boosted and response.status_code in (301, 302, 303):
            target = response["Location"]
            if not request.user.is_authenticated and urlsplit(target).path == resolve_url(settings.LOGIN_URL):
                return HttpResponse(status=401)
            response = HttpResponse(status=204)
            response["HX-Redirect"] = target
        return response
