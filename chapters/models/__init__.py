"""People, chapters, regions, roles and the record of what was done."""

from chapters.models.advisory import Advisory, AdvisoryAnswer
from chapters.models.chapter import Chapter, Region
from chapters.models.event import Event
from chapters.models.membership import Invitation, Membership
from chapters.models.notice import Notice
from chapters.models.telling import Digest, Emergency, NoticePreference
from chapters.models.user import User
from chapters.models.volunteer import Volunteer

__all__ = [
    "Advisory", "AdvisoryAnswer", "Chapter", "Digest", "Emergency", "Event", "Invitation", "Membership",
    "Notice", "NoticePreference", "Region", "User", "Volunteer",
]  # fmt: skip
