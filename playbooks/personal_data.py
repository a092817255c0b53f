"""What becomes of each pointer to a person in this app's tables when the person is erased."""

from chapters.erasure import Policy

ON_ERASE = {
    "playbooks.Agreed.by": Policy.KEEP,
    "playbooks.Agreed.done_by": Policy.KEEP,
    "playbooks.Booking.booked_by": Policy.KEEP,
    "playbooks.Booking.cancelled_by": Policy.KEEP,
    "playbooks.OfficeHour.host": Policy.KEEP,
    "playbooks.Playbook.owner": Policy.KEEP,
    "playbooks.PlaybookVersion.published_by": Policy.KEEP,
    "playbooks.Proposal.by": Policy.KEEP,
    "playbooks.Proposal.decided_by": Policy.KEEP,
    "playbooks.TemplateVersion.created_by": Policy.KEEP,
}
