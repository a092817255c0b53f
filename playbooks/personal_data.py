"""What becomes of each pointer to a person in this app's tables when the person is erased."""

from chapters.erasure import Policy

ON_ERASE = {
    "playbooks.Question.asker": Policy.KEEP,
    "playbooks.Question.assigned_to": Policy.BLANK,
    "playbooks.Answer.by": Policy.KEEP,
    "playbooks.ChapterNote.by": Policy.KEEP,
    "playbooks.ChapterNote.hidden_by": Policy.KEEP,
    "playbooks.ChapterNote.settled_by": Policy.KEEP,
    "playbooks.Comment.by": Policy.KEEP,
    "playbooks.Comment.hidden_by": Policy.KEEP,
    "playbooks.Comment.settled_by": Policy.KEEP,
    "playbooks.EntryProposal.by": Policy.KEEP,
    "playbooks.EntryProposal.decided_by": Policy.KEEP,
    "playbooks.Adoption.by": Policy.KEEP,
    "playbooks.Decision.answered_by": Policy.KEEP,
    "playbooks.Decision.by": Policy.KEEP,
    "playbooks.Playbook.owner": Policy.KEEP,
    "playbooks.PlaybookVersion.published_by": Policy.KEEP,
    "playbooks.Proposal.by": Policy.KEEP,
    "playbooks.Proposal.decided_by": Policy.KEEP,
    "playbooks.Suggestion.from_person": Policy.KEEP,
    "playbooks.Suggestion.owner": Policy.KEEP,
    "playbooks.SuggestionImage.created_by": Policy.KEEP,
    "playbooks.SuggestionVersion.published_by": Policy.KEEP,
    "playbooks.TemplateVersion.created_by": Policy.KEEP,
    "playbooks.Vote.by": Policy.KEEP,
    "playbooks.Vote.settled_by": Policy.KEEP,
}
