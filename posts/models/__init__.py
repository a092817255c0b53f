"""Posts, their reviews, the accounts they go out through and their deliveries."""

from posts.models.account import (
    ConnectionAttempt,
    ConnectionLink,
    Credential,
    PlatformApp,
    SocialAccount,
)
from posts.models.delivery import Attempt, Delivery
from posts.models.help import HelpRequest, Thanks
from posts.models.lane import Breaker, DrainSlot, Heartbeat, Lane
from posts.models.media import Media, MediaGrant, MediaUse, Rendition
from posts.models.post import Post, PostPractice, PostRevision, Target
from posts.models.review import Review

__all__ = [
    "Attempt", "Breaker", "ConnectionAttempt", "ConnectionLink", "Credential", "Delivery", "DrainSlot",
    "Heartbeat", "HelpRequest", "Lane", "Media", "MediaGrant", "MediaUse", "PlatformApp", "Post",
    "PostPractice", "PostRevision", "Rendition", "Review", "SocialAccount", "Target", "Thanks",
]  # fmt: skip
