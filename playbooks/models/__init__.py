"""What the central team teaches."""

from playbooks.models.autosave import PlaybookAutosave
from playbooks.models.decision import Adoption, Decision
from playbooks.models.entry_proposal import EntryProposal, VersionCredit
from playbooks.models.feedback import ChapterNote, Comment, Vote
from playbooks.models.office_hours import Agreed, Booking, OfficeHour
from playbooks.models.picture import PlaybookPicture
from playbooks.models.playbook import Playbook, PlaybookVersion
from playbooks.models.practice import Practice, TaughtPractice
from playbooks.models.proposal import Proposal
from playbooks.models.question import Answer, AnswerPromise, HelpfulMark, Question
from playbooks.models.reader import AdviceAside, PickAside, SavedPlaybook, TopicFollow
from playbooks.models.review import PlaybookReview
from playbooks.models.search import SearchText, SearchWord
from playbooks.models.suggestion import Suggestion, SuggestionImage, SuggestionItem, SuggestionVersion
from playbooks.models.template import Template, TemplateUse, TemplateVersion

__all__ = [
    "Adoption",
    "AdviceAside",
    "Agreed",
    "Answer",
    "AnswerPromise",
    "Booking",
    "ChapterNote",
    "Comment",
    "Decision",
    "EntryProposal",
    "HelpfulMark",
    "OfficeHour",
    "PickAside",
    "Playbook",
    "PlaybookAutosave",
    "PlaybookPicture",
    "PlaybookReview",
    "PlaybookVersion",
    "Practice",
    "Proposal",
    "Question",
    "SavedPlaybook",
    "SearchText",
    "SearchWord",
    "Suggestion",
    "SuggestionImage",
    "SuggestionItem",
    "SuggestionVersion",
    "TaughtPractice",
    "Template",
    "TemplateUse",
    "TemplateVersion",
    "TopicFollow",
    "VersionCredit",
    "Vote",
]
