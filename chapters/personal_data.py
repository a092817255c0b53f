"""What becomes of each pointer to a person when the person is erased, for this app's tables and those of the
libraries that the hub uses. Other apps have a module of the same name; chapters/erasure.py reads them all.

"Keep" means that the row stays and points at a person whose name and address are gone.
"""

from chapters.erasure import Policy

ON_ERASE = {
    "chapters.Digest.person": Policy.DELETE,
    "chapters.Emergency.declared_by": Policy.KEEP,
    "chapters.Advisory.issued_by": Policy.KEEP,
    "chapters.Advisory.withdrawn_by": Policy.KEEP,
    "chapters.AdvisoryAnswer.by": Policy.KEEP,
    "chapters.Event.actor": Policy.KEEP,
    "chapters.Invitation.accepted_by": Policy.KEEP,
    "chapters.Invitation.invited_by": Policy.KEEP,
    "chapters.Membership.user": Policy.DELETE,
    "chapters.Notice.person": Policy.DELETE,
    "chapters.NoticePreference.person": Policy.DELETE,
    "chapters.User_groups.user": Policy.DELETE,
    "chapters.User_user_permissions.user": Policy.DELETE,
    "account.EmailAddress.user": Policy.DELETE,
    "admin.LogEntry.user": Policy.KEEP,
    "mfa.Authenticator.user": Policy.DELETE,
    "usersessions.UserSession.user": Policy.DELETE,
}
