"""What the central team teaches."""

from playbooks.models.playbook import Playbook, PlaybookVersion
from playbooks.models.proposal import Proposal
from playbooks.models.template import Template, TemplateUse, TemplateVersion

__all__ = ["Playbook", "PlaybookVersion", "Proposal", "Template", "TemplateUse", "TemplateVersion"]
