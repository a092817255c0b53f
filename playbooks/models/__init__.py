"""What the central team teaches."""

from playbooks.models.decision import Adoption, Decision
from playbooks.models.entry_proposal import EntryProposal, VersionCredit
from playbooks.models.feedback import ChapterNote, Comment, Vote
from playbooks.models.playbook import Playbook, PlaybookVersion
from playbooks.models.proposal import Proposal
from playbooks.models.question import Answer, Question
from playbooks.models.search import SearchText, SearchWord
from playbooks.models.suggestion import Suggestion, SuggestionImage, SuggestionItem, SuggestionVersion
from playbooks.models.template import Template, TemplateUse, TemplateVersion

__all__ = [
    "Adoption",
    "Answer",
    "ChapterNote",
    "Comment",
    "Decision",
    "EntryProposal",
    "Playbook",
    "PlaybookVersion",
    "Proposal",
    "Question",
    "SearchText",
    "SearchWord",
    "Suggestion",
    "SuggestionImage",
    "SuggestionItem",
    "SuggestionVersion",
    "Template",
    "TemplateUse",
    "TemplateVersion",
    "VersionCredit",
    "Vote",
]
