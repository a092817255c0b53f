"""Lists of an account's posts as Graph answers them, with the account's traits, and what posts are worth."""

import base64
from datetime import timedelta

from aiohttp import web

from .. import reading
from ..clock import now
from ..errors import Refusal
from ..keys import ACCOUNT, NETWORK
from ..state import Post
from .graph import GraphRefusal, bad, missing
from .params import stamp

USUAL_LIMIT = 25


def own_post(request, post_id: str) -> Post:
    """Raises GraphRefusal when there is none, it is another's, or the list does not show it yet."""
    state = request.app[NETWORK].state
    post = state.live_post(post_id)
    if post is None or post.account is not request[ACCOUNT] or not reading.is_visible(state, post, now()):
        raise missing(post_id)
    return post


def page(request, given: dict, is_listed) -> tuple[list[Post], Post | None]:
    """A page of the caller's posts, newest first, and the last of them if more follow.

    `given` are the parameters limit, since, until and after. Raises GraphRefusal.
    """
    state, account = request.app[NETWORK].state, request[ACCOUNT]
    if state.trait(account, "listing") == "none":
        raise GraphRefusal(10, "This list is not available.", status=403)
    limit, until = given.get("limit", USUAL_LIMIT), given.get("until")
    found, before = [], _before(request, given.get("after"))
    while len(found) <= limit:
        # more than are asked for, as some are left out below
        posts, more = reading.page(
            state, account, since=given.get("since"), before=before, limit=100, moment=now()
        )
        found += [post for post in posts if is_listed(post) and (until is None or post.created_at <= until)]
        if not more:
            break
        before = min(posts, key=lambda post: post.place)
    shown = found[:limit]
    return shown, min(shown, key=lambda post: post.place) if len(found) > limit else None


def answer(request, described: list[dict], last: Post | None, host: str) -> web.Response:
    body = {"data": described}
    if described:
        cursors = {
            "before": cursor(described[0]["id"]),
            "after": cursor(last.id if last else described[-1]["id"]),
        }
        body["paging"] = {"cursors": cursors}
    if last:
        path = request.path.partition(f"/as/{host}")[2]
        body["paging"]["next"] = f"https://{host}{path}?after={cursor(last.id)}"
    return web.json_response(body)


def cursor(post_id: str) -> str:
    return base64.urlsafe_b64encode(post_id.encode()).decode().rstrip("=")


def _before(request, after: str | None) -> Post | None:
    if not after:
        return None
    try:
        post_id = base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)).decode()
    except ValueError as error:
        raise bad("Invalid cursor.") from error
    post = request.app[NETWORK].state.posts.get(post_id)
    if post is None or post.account is not request[ACCOUNT]:
        raise bad("Invalid cursor.")
    return post


def shown_stamp(network, post: Post) -> str:
    return stamp(reading.shown_time(network.state, post))


def shown_text(network, post: Post) -> str | None:
    return reading.shown_text(network.state, post.account, post.text) or None


def metrics(request, wanted: str | None, known: dict, *, period: str) -> web.Response:
    """One number a metric. One name that is not known refuses the whole call. Raises GraphRefusal."""
    series = {name: [value] if period == "lifetime" else [value, value] for name, value in known.items()}
    return _answer_metrics(request, wanted, lambda name: _series(name, series[name], period), known)


def totals(request, wanted: str | None, known: dict) -> web.Response:
    """Like `metrics`, as `total_value`."""
    return _answer_metrics(request, wanted, lambda name: _total(name, known[name]), known)


def mixed(request, wanted: str | None, *, series: dict, totals: dict) -> web.Response:
    """Some metrics as a number for each day, the others as a total."""

    def told(name):
        if name in totals:
            return _total(name, totals[name])
        return _series(name, [series[name], series[name]], "day")

    return _answer_metrics(request, wanted, told, {**series, **totals})


def _answer_metrics(request, wanted, told, known) -> web.Response:
    if not wanted:
        raise bad("The parameter metric is required.")
    names = [name.strip() for name in wanted.split(",")]
    if wrong := [name for name in names if name not in known]:
        raise bad(f"The value must be a valid insights metric: {wrong[0][:60]}.")
    node = request.match_info.get("node", "")
    return web.json_response({"data": [{**told(name), "id": f"{node}/insights/{name}"} for name in names]})


def _series(name, numbers, period) -> dict:
    values = [{"value": number} for number in numbers]
    if period == "day":
        ends = now().replace(hour=8, minute=0, second=0)
        for days, value in enumerate(reversed(values)):
            value["end_time"] = stamp(ends - timedelta(days=days))
    return {"name": name, "period": period, "values": values, "title": name.replace("_", " ").capitalize()}


def _total(name, number) -> dict:
    return {"name": name, "period": "day", "total_value": {"value": number}}


def shortcode(post_id: str) -> str:
    """The number of a post as its address has it."""
    return base64.urlsafe_b64encode(int(post_id).to_bytes(8)).decode().rstrip("=")


def post_of(network, code: str) -> Post:
    """The post with this shortcode. Raises Refusal."""
    try:
        number = int.from_bytes(base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)))
    except ValueError:
        number = 0
    post = network.state.live_post(str(number))
    if post is None:
        raise Refusal(404, "not_found", "There is no post at this address.")
    return post


def to_page(network, post: Post) -> web.Response:
    """From the address a post has on its platform to where it is shown here."""
    return web.Response(status=303, headers={"Location": network.post_url(post)})
