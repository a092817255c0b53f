"""The access matrix of posts. Columns: viewer, author, editor, lead.

Posts named `lead_…` are by the chapter's lead: there the author is somebody else, and an author works on
their own posts only. Posts named `editor_…` are by the editor of that column.
"""

import uuid
from datetime import date

from django.utils import timezone

from tests.access.table import GET, POST, Matrix, everybody, flat, only_get, only_post, row, verb
from tests.support import posts

DAY = {"day": date(2026, 11, 2)}


def _of(post):
    return {"uid": post}


def _one(post):
    return {"uid": post, "delivery": f"delivery_{post}"}


def _account(word):
    return {"uid": word}


# ---- valid forms


def _sheet(at):
    return {
        "do": "save", "text": "Come and help on Saturday", "targets": [str(at.thing("account").pk)],
        "form_key": str(uuid.uuid4()),
    }  # fmt: skip


def _file(at):
    return {"images": posts.image_file(colour="plum", size=(at.chapter.pk + 30, 40))}


def _edit_of(word):
    def data(at):
        return {**_sheet(at), "revision": str(at.thing(word).revision)}

    return data


def _when(at):
    return {"date": str(timezone.now().year + 1) + "-05-04", "time": "12:00"}


def _verdict_on(word):
    def data(at):
        return {"revision": str(at.thing(word).revision), "text": "Name the street, please."}

    return data


def _worded(word):
    def data(at):
        post = at.thing(word)
        return {"text": f"{post.text}, all of you", "revision": str(post.revision)}

    return data


def _words(at):
    return {"text": "What about a picture?"}


def _help(at):
    return {"note": "Is this too long?", "may_approve": "on"}


def _copy(at):
    return {"form_key": str(uuid.uuid4())}


def _reason(at):
    return {"reason": "Holiday"}


def _link(at):
    return {"permalink": "https://practice.example.org/posts/77"}


def _never(at):
    """Without its tick the hub may not send again by itself."""
    return {}


def _sure(at):
    return {"sure": "on"}


WRITING = flat(
    row("post_new", GET, 403, 200, 200, 200),
    row("post_new", POST, 403, 302, 302, 302, data=_sheet),
    *only_post("media_add", 403, 200, 200, 200, data=_file),
    row("post_check", GET, 403, 302, 302, 302),
    row("post_check", POST, 403, 200, 200, 200, data=_sheet, changes=False),
    row("post_edit", GET, 403, 200, 200, 200, of=_of("draft")),
    row("post_edit", GET, 403, 403, 200, 200, of=_of("lead_draft"), why="somebody else's"),
    row("post_edit", POST, 403, 302, 302, 302, of=_of("draft"), data=_edit_of("draft")),
    row("post_edit", POST, 403, 403, 302, 302, of=_of("lead_draft"), data=_edit_of("lead_draft"),
        why="somebody else's"),
)  # fmt: skip

ONE_POST = flat(
    only_get("post_detail", 200, 200, 200, 200, of=_of("draft")),
    row("post_detail", GET, 200, 200, 200, 200, of=_of("published"), why="published"),
    row("post_detail", GET, 200, 200, 200, 200, of=_of("unconfirmed"), why="in doubt"),
    only_get("post_now", 302, 302, 302, 302, of=_of("scheduled")),
    verb("post_submit", 403, 302, 302, 302, of=_of("draft")),
    row("post_submit", POST, 403, 403, 302, 302, of=_of("lead_draft"), why="somebody else's"),
    verb("post_withdraw", 403, 302, 302, 302, of=_of("in_review")),
    row("post_withdraw", POST, 403, 403, 302, 302, of=_of("lead_in_review"), why="somebody else's"),
    verb("post_schedule", 403, 302, 302, 302, of=_of("approved"), data=_when),
    row("post_schedule", POST, 403, 403, 302, 302, of=_of("lead_approved"), data=_when,
        why="somebody else's"),
    verb("post_publish_now", 403, 302, 302, 302, of=_of("approved")),
    row("post_publish_now", POST, 403, 403, 302, 302, of=_of("lead_approved"), why="somebody else's"),
    verb("post_unschedule", 403, 302, 302, 302, of=_of("scheduled")),
    row("post_unschedule", POST, 403, 403, 302, 302, of=_of("lead_scheduled"), why="somebody else's"),
    verb("post_reopen", 403, 302, 302, 302, of=_of("scheduled")),
    row("post_reopen", POST, 403, 403, 302, 302, of=_of("lead_scheduled"), why="somebody else's"),
    verb("post_duplicate", 403, 302, 302, 302, of=_of("published"), data=_copy),
    row("post_duplicate", POST, 403, 302, 302, 302, of=_of("lead_draft"), data=_copy, why="somebody else's"),
    verb("post_reuse", 403, 302, 302, 302, of=_of("failed"), data=_copy),
    row("post_reuse", POST, 403, 403, 302, 302, of=_of("lead_failed"), data=_copy, why="somebody else's"),
    verb("post_delete", 403, 302, 302, 302, of=_of("draft")),
    row("post_delete", POST, 403, 403, 302, 302, of=_of("lead_draft"), why="somebody else's"),
    verb("post_comment", 403, 302, 302, 302, of=_of("lead_draft"), data=_words),
    verb("post_ask_help", 403, 302, 302, 302, of=_of("draft"), data=_help, at_central=False),
    row("post_ask_help", POST, 403, 403, 302, 302, of=_of("lead_draft"), data=_help, at_central=False,
         why="somebody else's"),
    verb("post_close_help", 403, 302, 302, 302, of=_of("asked"), at_central=False),
    row("post_close_help", POST, 403, 403, 302, 302, of=_of("lead_asked"), at_central=False,
         why="somebody else's"),
)  # fmt: skip

WORDINGS = flat(
    row("post_wording", GET, 403, 403, 200, 200, of=_of("in_review")),
    row("post_wording", GET, 403, 403, 302, 200, of=_of("editor_in_review"), why="one's own"),
    row("post_wording", POST, 403, 403, 302, 302, of=_of("in_review"), data=_worded("in_review")),
    verb("post_answer_wording", 403, 302, 302, 302, of={"uid": "offered", "proposal": "offer"},
         data=lambda at: {"do": "take", "piece": ["1"]}, get_ignores=("proposal",), at_central=False),
    row("post_answer_wording", POST, 403, 404, 404, 404, of={"uid": "draft", "proposal": "offer"},
        at_central=False, why="a wording for another post"),
    verb("post_withdraw_wording", 403, 403, 302, 404, of={"uid": "offered", "proposal": "offer"},
         get_ignores=("proposal",), at_central=False),
    verb("post_thank", 403, 302, 302, 302, of={"uid": "helped", "pk": "helped_request"},
         data=lambda at: {"text": "That helped"}, get_ignores=("pk",), at_central=False),
    row("post_thank", POST, 403, 404, 404, 404, of={"uid": "draft", "pk": "helped_request"},
        at_central=False, why="a request about another post"),
)  # fmt: skip

DELIVERIES = flat(
    verb("delivery_retry", 403, 302, 302, 302, of=_one("failed")),
    row("delivery_retry", POST, 403, 403, 302, 302, of=_one("lead_failed"), why="somebody else's"),
    row("delivery_retry", POST, 403, 302, 302, 302, of=_one("unconfirmed"), changes=False,
        why="what may be out is never sent again by this button"),
    row("delivery_retry", POST, 403, 404, 404, 404, of={"uid": "failed", "delivery": "delivery_unconfirmed"},
        why="a delivery of another post"),
    verb("delivery_confirm", 403, 302, 302, 302, of=_one("unconfirmed"), data=_link),
    row("delivery_confirm", POST, 403, 403, 302, 302, of=_one("lead_unconfirmed"), data=_link,
         why="somebody else's"),
    verb("delivery_deny", 403, 302, 302, 302, of=_one("unconfirmed"), data=_sure),
    row("delivery_deny", POST, 403, 403, 302, 302, of=_one("lead_unconfirmed"), data=_sure,
         why="somebody else's"),
    row("delivery_deny", POST, 403, 422, 422, 422, of=_one("unconfirmed"), changes=False,
        why="without saying that they looked"),
    verb("delivery_skip", 403, 302, 302, 302, of=_one("failed")),
    row("delivery_skip", POST, 403, 403, 302, 302, of=_one("lead_failed"), why="somebody else's"),
    verb("delivery_take_down", 403, 302, 302, 302, of=_one("failed"), changes=False),
)  # fmt: skip

REVIEWING = flat(
    only_get("review_list", 403, 403, 200, 200),
    only_get("post_review", 403, 403, 200, 200, of=_of("in_review")),
    verb("post_approve", 403, 403, 302, 302, of=_of("in_review"), data=_verdict_on("in_review"),
         get_ignores=("uid",)),
    row("post_approve", POST, 403, 403, 422, 302, of=_of("editor_in_review"),
        data=_verdict_on("editor_in_review"), why="nobody approves their own"),
    verb("post_request_changes", 403, 403, 302, 302, of=_of("in_review"), data=_verdict_on("in_review"),
         get_ignores=("uid",)),
)  # fmt: skip

LOOKING = flat(
    only_get("chapter_home", 200, 200, 200, 200),
    only_get("plan", 200, 200, 200, 200),
    only_get("plan_day", 200, 200, 200, 200, of=DAY),
    only_get("post_list", 200, 200, 200, 200),
    only_get("media", 200, 200, 200, 200, of=_of("media")),
    only_get("media_poster", 200, 200, 200, 200, of=_of("film")),
    row("media_poster", GET, 404, 404, 404, 404, of=_of("media"), why="a picture has none"),
)

PRACTICE = {"platform": "practice"}

ACCOUNTS = flat(
    only_get("account_list", 200, 200, 200, 200),
    only_get("account_detail", 200, 200, 200, 200, of=_account("account")),
    only_get("account_connect", 403, 403, 403, 200),
    row("account_connect_to", GET, 403, 403, 403, 200, of=PRACTICE),
    row("account_connect_to", POST, 403, 403, 403, 200, of=PRACTICE),
    row("account_choose", GET, 403, 403, 403, 200, of={"begun": "begun"}),
    row("account_choose", POST, 403, 403, 403, 302, of={"begun": "begun"}, data=lambda at: {"number": "1"}),
    row("account_drop", GET, 405, 405, 405, 405, of={"begun": "begun"}),
    row("account_drop", POST, 403, 403, 403, 302, of={"begun": "begun"}),
    row("account_waiting", GET, 403, 403, 403, 200, of=_account("account")),
    row("account_waiting", POST, 403, 403, 403, 302, of=_account("account"), changes=False,
        why="nothing is ticked"),
    row("connection_link_new", GET, 403, 403, 403, 200),
    row("connection_link_new", POST, 403, 403, 403, 200, data=lambda at: {"platform": ""}),
    row("connection_link_revoke", GET, 405, 405, 405, 405, of={"link": "link"}),
    row("connection_link_revoke", POST, 403, 403, 403, 302, of={"link": "link"}),
    row("account_reconnect", GET, 403, 403, 403, 200, of=_account("account_broken")),
    row("account_reconnect", POST, 403, 403, 403, 200, of=_account("account_broken")),
    row("account_pause", GET, 403, 403, 403, 200, of=_account("account")),
    row("account_pause", POST, 403, 403, 403, 302, of=_account("account"), data=_reason),
    row("account_resume", GET, 405, 405, 405, 405, of=_account("account_paused")),
    row("account_resume", POST, 403, 403, 403, 302, of=_account("account_paused")),
    row("account_doubt", GET, 403, 403, 403, 200, of=_account("account")),
    row("account_doubt", POST, 403, 403, 403, 302, of=_account("account"), data=_never),
    row("account_disconnect", GET, 403, 403, 403, 200, of=_account("account")),
    row("account_disconnect", POST, 403, 403, 403, 302, of=_account("account")),
)  # fmt: skip

OF_US_PICTURE = {"uid": "of_us", "media": "of_us_media"}

# Things of Braga and Olhao here, which asked Lisbon and Porto.
ASKED_OF_US = flat(
    only_get("asked_of_us", 403, 200, 200, 200),
    only_get("chapter_asked_post", 403, 200, 200, 200, of=_of("of_us"), at_central=False),
    row("chapter_asked_post", GET, 403, 404, 200, 404, of=_of("taken"), at_central=False,
        why="the editor took it"),
    verb("chapter_asked_comment", 403, 302, 302, 302, of=_of("of_us"), data=_words, at_central=False),
    row("chapter_asked_wording", GET, 403, 200, 200, 200, of=_of("of_us"), at_central=False),
    row("chapter_asked_wording", POST, 403, 302, 302, 302, of=_of("of_us"), data=_worded("of_us"),
        at_central=False),
    verb("chapter_asked_withdraw_wording", 403, 404, 302, 404, of={"uid": "of_us", "proposal": "of_us_offer"},
         get_ignores=("proposal",), at_central=False),
    verb("chapter_asked_approve", 403, 403, 302, 302, of=_of("of_us_to_approve"),
         data=_verdict_on("of_us_to_approve"), at_central=False),
    row("chapter_asked_approve", POST, 403, 403, 422, 422, of=_of("of_us"), data=_verdict_on("of_us"),
        at_central=False, why="they wanted advice"),
    verb("chapter_asked_request_changes", 403, 403, 302, 302, of=_of("of_us_to_approve"),
         data=_verdict_on("of_us_to_approve"), at_central=False),
    row("chapter_asked_hand_back", GET, 403, 404, 302, 404, of=_of("taken"), at_central=False),
    row("chapter_asked_hand_back", POST, 403, 404, 302, 404, of=_of("taken"), at_central=False),
    row("chapter_asked_hand_back", POST, 403, 404, 404, 404, of=_of("of_us"), at_central=False,
        why="nobody took it: the chapter was asked by name"),
    only_post("call_take", 403, 302, 302, 302, of={"pk": "call"}, at_central=False),
    row("call_take", POST, 403, 404, 404, 404, of={"pk": "helped_request"}, at_central=False,
        why="no call for volunteers"),
    only_get("chapter_asked_media", 403, 200, 200, 200, of=OF_US_PICTURE, at_central=False),
    row("chapter_asked_media", GET, 403, 404, 404, 404, of={"uid": "of_us_video", "media": "of_us_media"},
        at_central=False, why="a picture of another post"),
    only_get("chapter_asked_media_poster", 403, 200, 200, 200,
        of={"uid": "of_us_video", "media": "of_us_film"}, at_central=False),
)  # fmt: skip

GRANTED = {"token": "granted", "ending": "jpg"}
ASKED = {"uid": "asked"}
ASKED_PICTURE = {"uid": "asked", "media": "asked_media"}

# The things here are Lisbon's; the columns are the roles in the central team.
HELPING = flat(
    only_get("asking", 403, 200, 200, 200),
    only_get("asked_post", 403, 200, 200, 200, of=ASKED),
    row("asked_post", GET, 403, 404, 404, 404, of=_of("draft"), why="nobody asked about it"),
    row("asked_post", GET, 403, 409, 409, 409, of=_of("no_longer_asked"), why="the request is over"),
    verb("asked_comment", 403, 302, 302, 302, of=ASKED, data=_words),
    row("asked_comment", POST, 403, 404, 404, 404, of=_of("draft"), data=_words, why="nobody asked"),
    row("asked_wording", GET, 403, 200, 200, 200, of=ASKED),
    row("asked_wording", POST, 403, 302, 302, 302, of=ASKED, data=_worded("asked")),
    row("asked_wording", POST, 403, 404, 404, 404, of=_of("draft"), data=_worded("draft"),
        why="nobody asked"),
    verb("asked_withdraw_wording", 403, 404, 302, 404, of={"uid": "helped", "proposal": "helped_offer"},
         get_ignores=("proposal",)),
    verb("asked_approve", 403, 403, 302, 302, of=_of("asked_to_approve"),
         data=_verdict_on("asked_to_approve")),
    row("asked_approve", POST, 403, 403, 422, 422, of=_of("asked_to_advise"),
        data=_verdict_on("asked_to_advise"), why="they wanted advice"),
    row("asked_approve", POST, 403, 403, 404, 404, of=_of("in_review"), data=_verdict_on("in_review"),
        why="nobody asked"),
    verb("asked_request_changes", 403, 403, 302, 302, of=_of("asked_to_approve"),
         data=_verdict_on("asked_to_approve")),
    row("asked_request_changes", POST, 403, 403, 422, 422, of=_of("asked_to_advise"),
        data=_verdict_on("asked_to_advise"), why="they wanted advice"),
    only_get("asked_media", 403, 200, 200, 200, of=ASKED_PICTURE),
    row("asked_media", GET, 403, 404, 404, 404, of={"uid": "asked", "media": "media"},
        why="a picture of a post nobody asked about"),
    row("asked_media", GET, 403, 404, 404, 404, of={"uid": "draft", "media": "media"}, why="nobody asked"),
    only_get("asked_media_poster", 403, 200, 200, 200, of={"uid": "asked_film", "media": "film"}),
    row("asked_media_poster", GET, 403, 404, 404, 404, of={"uid": "asked", "media": "film"},
        why="a video of another post"),
)  # fmt: skip

MATRIX = Matrix(
    file="tests/access/rows_posts.py",
    chapter=WRITING + ONE_POST + WORDINGS + DELIVERIES + REVIEWING + LOOKING + ACCOUNTS + ASKED_OF_US,
    central=HELPING,
    hub=only_get("publishing", 403, 403, 200, 200),
    public=flat(
        everybody("connected", GET, 302, query="?state=unknown&code=1", why="nobody began this"),
        everybody("connected", POST, 405),
        everybody("granted_media", GET, 200, of=GRANTED),
        everybody("granted_media", GET, 404, of={**GRANTED, "token": 1}, why="a token nobody made"),
        everybody("granted_media", POST, 405, of=GRANTED),
        everybody("connection_link", GET, 302, of={"token": "link_token"}),
        everybody("connection_link", GET, 302, of={"token": 1}, why="a token nobody made"),
        everybody("connection_link", POST, 405, of={"token": "link_token"}),
        everybody("connection_offer", GET, 404, why="no link was opened"),
        everybody("connection_offer", POST, 405),
        everybody("connection_begin", GET, 404, of=PRACTICE, why="no link was opened"),
        everybody("connection_begin", POST, 404, of=PRACTICE, why="no link was opened"),
        everybody("connection_choose", GET, 404, of={"begun": "begun"}, why="no link was opened"),
        everybody("connection_choose", POST, 404, of={"begun": "begun"}, why="no link was opened"),
    ),
)
