"""What the central team teaches."""

from playbooks.models.office_hours import Agreed, Booking, OfficeHour
from playbooks.models.playbook import Playbook, PlaybookVersion
from playbooks.models.proposal import Proposal
from playbooks.models.search import SearchText, SearchWord
from playbooks.models.template import Template, TemplateUse, TemplateVersion

__all__ = [
    "Agreed",
    "Booking",
    "OfficeHour",
    "Playbook",
    "PlaybookVersion",
    "Proposal",
    "SearchText",
    "SearchWord",
    "Template",
    "TemplateUse",
    "TemplateVersion",
]
