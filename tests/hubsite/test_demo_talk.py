"""What the demo's chapters and central team say to one another, as it is written down."""

from __future__ import annotations

from collections import Counter

import pytest

from hubsite.demo import content

MEMBERSHIPS = {
    (person["email"], chapter)
    for person in content.federation()["people"]
    for chapter, _role in person["memberships"]
}
TEAM = {person for person, chapter in MEMBERSHIPS if chapter == "central"}
QUESTIONS = content.read("questions")["questions"]
SUGGESTIONS = content.read("suggestions")["suggestions"]
BACKTALK = content.read("backtalk")
TOGETHER = content.read("together")


def decisions():
    return [decision for suggestion in SUGGESTIONS for decision in suggestion["decisions"]]


def test_everybody_speaks_for_a_chapter_of_theirs():
    spoken = [(said["by"], said["of"]) for kind in BACKTALK.values() for said in kind]
    spoken += [(question["by"], question["chapter"]) for question in QUESTIONS]
    spoken += [(answer["by"], answer["of"]) for question in QUESTIONS for answer in question["answers"]]
    spoken += [tuple(pair) for question in QUESTIONS for answer in question["answers"]
               for pair in answer.get("helped", [])]  # fmt: skip
    spoken += [(decision["by"], decision["chapter"]) for decision in decisions()]
    assert set(spoken) <= MEMBERSHIPS


def test_only_the_central_team_answers_for_it():
    answers = [said["answer"]["by"] for kind in BACKTALK.values() for said in kind if "answer" in said]
    owners = [suggestion["owner"] for suggestion in SUGGESTIONS if "owner" in suggestion]
    takers = [question["taken_by"] for question in QUESTIONS if "taken_by" in question]
    assert {*answers, *owners, *takers} <= TEAM


def test_questions_have_every_fate():
    assert len(QUESTIONS) == 20
    assert sum(question.get("private", False) for question in QUESTIONS) == 3
    assert sum(not question["answers"] for question in QUESTIONS) == 3
    assert sum("entry_by" in question for question in QUESTIONS) == 2
    assert not any(question.get("private") and "entry_by" in question for question in QUESTIONS)
    others = {answer["of"] for question in QUESTIONS for answer in question["answers"]}
    assert len(others) >= 8


def test_first_answers_come_sooner_than_they_used_to():
    first = [(question["days_ago"], question["answers"][0]["after_hours"])
             for question in QUESTIONS if question["answers"]]  # fmt: skip
    long_ago = [hours for days, hours in first if days > 200]
    lately = [hours for days, hours in first if days < 100]
    assert sum(lately) / len(lately) < sum(long_ago) / len(long_ago) / 3


def test_suggestions_have_every_stage_and_answer():
    kits = [suggestion for suggestion in SUGGESTIONS if len(suggestion["items"]) > 1]
    assert [4 <= len(kit["items"]) <= 6 for kit in kits] == [True, True]
    for stage in ("revised", "ended", "sent_in"):
        assert any(stage in suggestion for suggestion in SUGGESTIONS)
    assert any("offered" not in suggestion and "owner" in suggestion for suggestion in SUGGESTIONS)
    kinds = Counter(kind for decision in decisions() for kind in ("adapted", "used", "declined")
                    if kind in decision)  # fmt: skip
    assert min(kinds.values()) >= 5
    assert all(decision["words"] for decision in decisions() if "declined" in decision)


def test_back_talk_is_as_rich_as_promised():
    votes = BACKTALK["votes"]
    assert len(votes) >= 40
    assert sum("word" in vote for vote in votes) >= len(votes) / 3
    assert all("word" in vote for vote in votes if not vote["helped"])
    assert len({(vote["by"], vote["on"]) for vote in votes}) == len(votes)
    assert len(BACKTALK["notes"]) == 10
    assert {edit.get("taken", "open") for edit in BACKTALK["edits"]} == {"all", "some", "none", "open"}
    fates = [(each.get("drafted", False), each.get("declined", False)) for each in BACKTALK["entries"]]
    assert sorted(fates) == [(False, False), (False, True), (True, False)]


@pytest.mark.parametrize("document", [QUESTIONS, SUGGESTIONS, BACKTALK, TOGETHER])
def test_nothing_is_said_twice(document):
    def texts(value):
        if isinstance(value, dict):
            kept = [value[name] for name in ("text", "word", "words", "body", "why", "note") if name in value]
            return kept + [found for item in value.values() for found in texts(item)]
        if isinstance(value, list):
            return [found for item in value for found in texts(item)]
        return []

    said = Counter(text for text in texts(document) if text)
    assert [text for text, times in said.items() if times > 1] == []


def test_whatever_is_pointed_at_is_there():
    slugs = {playbook.facts["slug"] for playbook in content.playbooks()}
    named = {said["on"] for kind in ("votes", "notes", "comments", "edits") for said in BACKTALK[kind]}
    named |= {slug for practice in TOGETHER["practices"] for slug in practice["taught_by"]}
    named |= {question["about"] for question in QUESTIONS if "about" in question}
    assert named <= slugs
    pointed = [tuple(pair) for practice in TOGETHER["practices"] for pair in practice["used_by"]]
    pointed += [(note["of"], note["post"]) for note in BACKTALK["notes"] if "post" in note]
    pointed += [(each["chapter"], each["adapted"]) for each in decisions() if "adapted" in each]
    pointed += [(each["sent_in"]["chapter"], each["sent_in"]["begins"]) for each in SUGGESTIONS
                if "sent_in" in each]  # fmt: skip
    for chapter, begins in pointed:
        found = [post for post in content.posts()["posts"]
                 if post["chapter"] == chapter and post["text"].startswith(begins)]  # fmt: skip
        assert len(found) == 1, begins
