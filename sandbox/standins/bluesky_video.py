"""The stand-in of Bluesky's video service, video.bsky.app.

Bluesky documentation, tutorial "Video"; lexicons app.bsky.video.{uploadVideo,getJobStatus,getUploadLimits}.
The service puts the finished video into the account's PDS, for which it needs a service token of that
account.
"""

import secrets

from aiohttp import web

from ..accounts import require_live
from ..keys import ACCOUNT, BODY, NETWORK, TOKEN
from . import common
from .bluesky_errors import invalid, query_of, xrpc
from .bluesky_people import SERVICE_DID, find_token
from .bluesky_repo import keep_blob, reference_of
from .rest import bearer, is_mp4, is_processing

SIZE_MAX = 64 * 1024 * 1024


def sign_in_with_service_token(request: web.Request) -> None:
    """Raises Refusal."""
    text = bearer(request)
    if not text:
        raise xrpc(401, "AuthMissing", "Authentication Required")
    token = find_token(request.app[NETWORK], text, "service")
    if token.facts["aud"] != SERVICE_DID or token.facts["lxm"] != "com.atproto.repo.uploadBlob":
        raise xrpc(400, "InvalidToken", "The service token is not for com.atproto.repo.uploadBlob of the PDS")
    request[ACCOUNT], request[TOKEN] = token.account, token
    require_live(token)


async def upload_video(request):
    query = query_of(request, ("did", "name"))
    sign_in_with_service_token(request)
    network, account, data = request.app[NETWORK], request[ACCOUNT], request[BODY]
    if query["did"] != account.id:
        raise invalid("The did is not that of the service token")
    if request.content_type != "video/mp4" or not is_mp4(data):
        raise invalid("Only MP4 videos are taken")
    blob = await keep_blob(request, data, "video/mp4")
    known = common.find_thing(network, f"job:{blob.id}", "job")
    job = known or common.keep(
        network, f"job:{blob.id}", "job", account, job=secrets.token_hex(10), blob=blob.id
    )
    common.keep(network, f"job:{job.data['job']}", "job", account, job=job.data["job"], blob=blob.id)
    status = _status(request, job)
    if known:
        return web.json_response(
            status | {"error": "already_exists", "message": "Video already processed"}, status=409
        )
    return web.json_response(status)


def _status(request, job) -> dict:
    network = request.app[NETWORK]
    request[ACCOUNT] = job.account
    blob = network.state.things[job.data["blob"]]
    status = {"jobId": job.data["job"], "did": job.account.id}
    if is_processing(request, network.state.media[blob.data["media"]]):
        return status | {"state": "JOB_STATE_ENCODING", "progress": 50}
    return status | {"state": "JOB_STATE_COMPLETED", "progress": 100, "blob": reference_of(blob)}


async def get_job_status(request):
    job_id = query_of(request, ("jobId",))["jobId"]
    job = common.find_thing(request.app[NETWORK], f"job:{job_id}", "job")
    if job is None:
        raise invalid("Unknown job")
    return web.json_response({"jobStatus": _status(request, job)})


async def get_upload_limits(request):
    sign_in_with_service_token(request)
    body = {"canUpload": True, "remainingDailyVideos": 25, "remainingDailyBytes": 10_000_000_000}
    return web.json_response(body)
