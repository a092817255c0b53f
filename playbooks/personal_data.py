"""What becomes of each pointer to a person in this app's tables when the person is erased."""

from chapters.erasure import Policy

ON_ERASE = {
    "playbooks.AdviceAside.person": Policy.DELETE,
    "playbooks.PickAside.by": Policy.KEEP,
    "playbooks.SavedPlaybook.person": Policy.DELETE,
    "playbooks.TopicFollow.person": Policy.DELETE,
    "playbooks.Playbook.owner": Policy.KEEP,
    "playbooks.PlaybookVersion.published_by": Policy.KEEP,
    "playbooks.Proposal.by": Policy.KEEP,
    "playbooks.Proposal.decided_by": Policy.KEEP,
    "playbooks.TemplateVersion.created_by": Policy.KEEP,
}
