"""The promises of every adapter, kept by the Bluesky adapter with Bluesky's own server behind it.

Left out are those that speak of another platform's ways: a key in a header, statuses that this server never
answers, a fixed length of links. `test_bluesky_adapter` and `test_bluesky_pds` have their like.
"""

from __future__ import annotations

import pytest

from tests.support.pds.server import why_not

from .conftest import Rig
from .test_adapter_contract import (  # noqa: F401
    key,
    test_a_hostile_error_text_is_one_short_printable_line,
    test_a_later_page_that_fails_is_an_error,
    test_a_list_that_goes_in_circles_is_not_complete,
    test_a_look_that_is_refused,
    test_a_look_without_a_usable_answer_proves_nothing,
    test_any_answer_is_an_error_or_a_list,
    test_any_other_status_is_unknown_on_publish_and_transient_before,
    test_check_agrees_with_count,
    test_count_grows_with_the_text,
    test_dropped_before_the_server_saw_it_is_unknown_all_the_same,
    test_has_the_methods_of_the_contract,
    test_limits_hold_against_any_capabilities,
    test_listing_holds_against_any_capabilities,
    test_messages_are_sentences_with_a_next_step,
    test_more_than_one_page_is_read,
    test_no_secret_in_the_error_of_a_look,
    test_only_one_call_is_final,
    test_only_posts_since_the_moment_are_given,
    test_publish_without_its_uploads_asks_for_them_and_sends_nothing,
    test_refusal,
    test_stage_goes_on_where_it_broke_off,
    test_stage_is_repeatable_and_uploads_each_image_once,
    test_staged_is_not_changed_in_place,
    test_text_at_the_limit_is_accepted_and_one_more_is_not,
    test_the_deadline_holds_and_the_outcome_is_unknown,
    test_the_deadline_holds_while_looking,
    test_the_deadline_holds_while_staging,
    test_what_time_allowed_is_given_when_it_is_over,
    text,
)

pytestmark = [
    pytest.mark.platforms,
    pytest.mark.xdist_group("pds"),
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr("posts.platforms.bluesky_reading.PAGE", 3)


@pytest.fixture
def rig(bluesky_rig: Rig) -> Rig:
    return bluesky_rig
