"""What the central team teaches."""

from playbooks.models.playbook import Playbook, PlaybookVersion
from playbooks.models.proposal import Proposal
from playbooks.models.question import Answer, Question
from playbooks.models.search import SearchText, SearchWord
from playbooks.models.template import Template, TemplateUse, TemplateVersion

__all__ = [
    "Answer",
    "Playbook",
    "PlaybookVersion",
    "Proposal",
    "Question",
    "SearchText",
    "SearchWord",
    "Template",
    "TemplateUse",
    "TemplateVersion",
]
