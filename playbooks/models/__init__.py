"""What the central team teaches."""

from playbooks.models.decision import Adoption, Decision
from playbooks.models.playbook import Playbook, PlaybookVersion
from playbooks.models.proposal import Proposal
from playbooks.models.search import SearchText, SearchWord
from playbooks.models.suggestion import Suggestion, SuggestionImage, SuggestionItem, SuggestionVersion
from playbooks.models.template import Template, TemplateUse, TemplateVersion

__all__ = [
    "Adoption",
    "Decision",
    "Playbook",
    "PlaybookVersion",
    "Proposal",
    "SearchText",
    "SearchWord",
    "Suggestion",
    "SuggestionImage",
    "SuggestionItem",
    "SuggestionVersion",
    "Template",
    "TemplateUse",
    "TemplateVersion",
]
