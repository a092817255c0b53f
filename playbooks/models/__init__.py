"""What the central team teaches."""

from playbooks.models.playbook import Playbook, PlaybookVersion
from playbooks.models.proposal import Proposal
from playbooks.models.reader import AdviceAside, PickAside, SavedPlaybook, TopicFollow
from playbooks.models.search import SearchText, SearchWord
from playbooks.models.template import Template, TemplateUse, TemplateVersion

__all__ = [
    "AdviceAside",
    "PickAside",
    "Playbook",
    "PlaybookVersion",
    "Proposal",
    "SavedPlaybook",
    "SearchText",
    "SearchWord",
    "Template",
    "TemplateUse",
    "TemplateVersion",
    "TopicFollow",
]
