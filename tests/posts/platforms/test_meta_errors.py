"""Each refusal of the Graph API that its documentation names, on the final call and on others. No network."""

from __future__ import annotations

import json

import pytest

from posts.platforms.base import (
    AuthExpired,
    ConfigError,
    Duplicate,
    InvalidContent,
    MediaFetchFailed,
    MediaMissing,
    MediaProcessing,
    NotFound,
    Outcome,
    PermissionMissing,
    QuotaExhausted,
    RateLimited,
    Transient,
    UnknownOutcome,
)
from posts.platforms.http import Answer
from posts.platforms.meta_errors import NUMBERS, graph_error, regain_seconds

CANARY = "canary-4411aa"


def answer(status: int = 400, headers: dict | None = None, **error) -> Answer:
    body = json.dumps({"error": {"message": "because of the tide", "type": "OAuthException", **error}})
    return Answer(status, headers or {}, body.encode(), "POST https://graph.facebook.com/v26.0/1/feed")


def told(code: int, subcode: int = 0, status: int = 400, *, final: bool = False, headers=None, **more):
    return graph_error(
        answer(status, headers, code=code, **({"error_subcode": subcode} if subcode else {}), **more),
        who="Facebook",
        final=final,
    )


# code, subcode, kind, and whether a limit is a long one
CLEAR = [
    *[(190, sub, AuthExpired) for sub in (0, 458, 459, 460, 463, 464, 467, 492)],
    (102, 0, AuthExpired),
    *[(code, 0, PermissionMissing) for code in (3, 10, 200, 210, 283, 299)],
    (200, 1404078, PermissionMissing),
    (368, 4854002, PermissionMissing),
    (368, 1404112, PermissionMissing),
    (25, 2207050, PermissionMissing),
    *[(code, 0, RateLimited) for code in (4, 17, 32, 341, 613, 80001, 80002, 368)],
    (368, 1390008, RateLimited),
    (4, 2207051, RateLimited),
    (9, 2207042, QuotaExhausted),
    (506, 0, Duplicate),
    (100, 1366051, Duplicate),
    (1366051, 0, Duplicate),
    (100, 0, InvalidContent),
    (100, 33, NotFound),
    *[(100, sub, InvalidContent) for sub in (1609005, 1609008, 2061006, 1366046, 2069019, 1346003, 1404102)],
    *[(sub, 0, InvalidContent) for sub in (1609005, 1366046, 1404102, 4279013)],
    (352, 2207026, InvalidContent),
    (36000, 2207004, InvalidContent),
    (36001, 2207005, InvalidContent),
    (36003, 2207009, InvalidContent),
    (36004, 2207010, InvalidContent),
    *[(100, sub, InvalidContent) for sub in (2207023, 2207028, 2207040)],
    (9004, 2207052, MediaFetchFailed),
    (-2, 2207003, MediaFetchFailed),
    (-2, 2207020, MediaMissing),
    (24, 2207006, MediaMissing),
    (24, 2207008, MediaProcessing),
    (9007, 2207027, MediaProcessing),
    (101, 0, ConfigError),
    (191, 0, ConfigError),
    (2635, 0, ConfigError),
]
# On calls that make nothing public these pass; on the final one the post may be out.
UNCLEAR = [(1, 0), (2, 0), (-1, 2207001), (-1, 2207032), (-1, 2207053), (999, 0), (2500, 0), (0, 0)]


@pytest.mark.parametrize(("code", "subcode", "kind"), CLEAR)
@pytest.mark.parametrize("final", [False, True])
def test_a_refusal_that_is_clear(code, subcode, kind, final):
    error = told(code, subcode, final=final)
    assert type(error) is kind
    assert "because of the tide" in error.detail
    assert f"code {code}" in error.detail
    assert error.message.endswith(".")
    assert error.message.count(". ") >= 1
    assert "{" not in error.message


@pytest.mark.parametrize(("code", "subcode"), UNCLEAR)
def test_a_refusal_that_is_not(code, subcode):
    assert type(told(code, subcode)) is Transient
    assert type(told(code, subcode, final=True)) is UnknownOutcome


def test_threads_cannot_load_media_with_an_unclear_code():
    assert type(told(1, 2207052)) is MediaFetchFailed  # while the container is made
    assert type(told(1, 2207052, final=True)) is UnknownOutcome


@pytest.mark.parametrize("status", [500, 502, 503, 504, 200, 302])
def test_whatever_a_server_in_trouble_says_is_in_doubt_on_the_final_call(status):
    for code in (1, 2, 100, 190, 4, 24):
        assert type(told(code, status=status, final=True)) is UnknownOutcome


def test_what_says_of_itself_that_it_passes_is_no_refusal_for_good():
    for code in (100, 200, 999):
        assert type(told(code, is_transient=True)) is Transient
        assert type(told(code, is_transient=True, final=True)) is UnknownOutcome
    assert type(told(4, is_transient=True, final=True)) is RateLimited
    assert type(told(190, is_transient=True, final=True)) is AuthExpired


@pytest.mark.parametrize("field", ["message", "type"])
def test_threads_names_some_refusals_by_words(field):
    for final in (False, True):
        error = told(10, final=final, **{field: "THREADS_API__LINK_LIMIT_EXCEEDED"})
        assert type(error) is InvalidContent


@pytest.mark.parametrize("words", ["Error validating client secret.", "requires an appsecret_proof argument"])
def test_a_wrong_secret_is_the_operators_matter(words):
    assert type(told(100, message=words)) is ConfigError


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, AuthExpired), (403, PermissionMissing), (422, InvalidContent), (429, RateLimited)],
)
def test_a_refusal_without_an_envelope(status, kind):
    for body in (b'{"error": "because of the tide"}', b"<html>no</html>", b"", b"[]", b'{"error": {}}'):
        given = Answer(status, {}, body, "POST https://graph.facebook.com/v26.0/1/feed")
        assert type(graph_error(given, who="Facebook", final=True)) is kind


@pytest.mark.parametrize("status", [300, 400, 402, 404, 405, 408, 409, 425, 499])
def test_any_other_status_without_an_envelope_is_in_doubt(status):
    given = Answer(status, {}, b"<html>", "POST https://graph.facebook.com/v26.0/1/feed")
    assert type(graph_error(given, who="Facebook", final=True)) is UnknownOutcome
    assert type(graph_error(given, who="Facebook")) is Transient


# ---- how long to wait


def usage(minutes: object) -> dict[str, str]:
    entry = {"type": "pages", "call_count": 100, "estimated_time_to_regain_access": minutes}
    return {"X-Business-Use-Case-Usage": json.dumps({"1234": [entry, {"type": "x"}], "5": "odd"})}


def test_the_wait_is_what_the_usage_header_names():
    assert told(32, headers=usage(19)).retry_after == 19 * 60
    assert told(80001, headers={**usage(2), "Retry-After": "300"}).retry_after == 300
    assert told(4, headers=usage(5000)).retry_after == 3600  # within the cap


def test_a_limit_without_a_time_waits_for_minutes_and_a_daily_one_for_an_hour():
    assert told(4).retry_after == 300
    assert told(4, headers={"X-App-Usage": '{"call_count": 100, "total_time": 3}'}).retry_after == 900
    assert told(4, headers={"X-App-Usage": '{"call_count": 28, "total_time": 3}'}).retry_after == 300
    assert told(9, 2207042).retry_after == 3600
    assert told(368).retry_after == 3600
    assert told(4, 2207051, headers=usage(1)).retry_after == 3600


@pytest.mark.parametrize(
    "odd", ["", "[]", "7", "{", '{"1": [7]}', '{"1": {"a": 1}}', "[" * 10_000, "x" * 30_000]
)
def test_an_odd_usage_header_names_no_time(odd):
    headers = {"X-Business-Use-Case-Usage": odd, "X-App-Usage": odd}
    assert regain_seconds(headers) is None
    assert told(4, headers=headers).retry_after == 300


@pytest.mark.parametrize("minutes", [None, "5", True, -1, 0, float("inf"), float("nan"), 1e12])
def test_an_odd_time_is_none(minutes):
    assert regain_seconds(usage(minutes)) is None


def test_a_limit_in_front_of_the_api_waits_as_long_as_it_says():
    given = Answer(429, {"Retry-After": "17"}, b"", "GET https://graph.facebook.com/v26.0/1")
    assert graph_error(given, who="Facebook").retry_after == 17
    assert graph_error(Answer(429, {}, b"", "x"), who="Facebook").retry_after is None


# ---- words


def test_people_read_what_the_platform_wrote_for_them():
    error = told(100, error_user_title="Bad", error_user_msg="The picture is upside down.")
    assert "The picture is upside down" in error.message
    assert "Change the post" in error.message


def test_the_number_before_a_message_is_left_out():
    assert "“Invalid parameter”" in told(100, message="(#100) Invalid parameter").message


@pytest.mark.parametrize("subcode", [458, 459, 460, 463, 464, 492])
def test_an_ended_access_says_why_and_what_helps(subcode):
    message = told(190, subcode).message
    assert message != told(190).message
    assert "onnect" in message


def test_no_secret_and_one_line_whatever_the_answer_says():
    hostile = f"a\r\nERROR root: forged\x1b[31m\u202e {CANARY} " + "x" * 10_000
    for code in (100, 190, 4, 2, 999):
        for final in (False, True):
            given = answer(code=code, message=hostile, fbtrace_id="a\nb", error_user_msg=hostile)
            error = graph_error(given, who="Facebook", final=final, secrets=(CANARY,))
            assert CANARY not in error.message + error.detail
            assert error.message.isprintable()
            assert error.detail.isprintable()
            assert len(error.message) < 400
            assert len(error.detail) < 500


@pytest.mark.parametrize("odd", [None, "7", [], 1.5, True, 10**30, "x" * 100])
def test_odd_numbers_are_no_code(odd):
    error = graph_error(answer(code=odd, error_subcode=odd), who="Facebook", final=True)
    assert error.outcome in (Outcome.UNKNOWN, Outcome.PERMANENT)


def test_every_number_has_one_meaning_as_code_and_as_subcode():
    for number, kind in NUMBERS.items():
        if kind is not Transient:
            assert type(told(100, number)) is kind
            assert type(told(number)) is kind


def test_the_sign_in_addresses_have_an_envelope_of_their_own():
    body = json.dumps(
        {"error_type": "OAuthException", "code": 400, "error_message": "Invalid scope"}
    ).encode()
    error = graph_error(Answer(400, {}, body, "POST https://api.instagram.com/x"), who="Instagram")
    assert "Invalid scope" in error.detail
