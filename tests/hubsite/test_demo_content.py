"""The demo federation's texts, checked as data: no database."""

import datetime
import re
import tomllib
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hubsite.demo import content

CONTENT = Path(__file__).parents[2] / "hubsite" / "demo" / "content"
PLAYBOOKS = sorted((CONTENT / "playbooks").glob("*.md"))
TRANSLATIONS = sorted((CONTENT / "playbooks" / "translations").glob("*.md"))

SECTIONS = [
    "What this does for you",
    "Time and people",
    "First small step",
    "Steps",
    "Examples from chapters",
    "Words and images to adapt",
    "Do and don't",
    "Accessibility and consent",
    "What to measure and by when",
    "What the central team does for you",
]
LOCAL_FIELDS = {"name", "city", "website", "contact_email", "hashtag", "meeting_place"}
STATES = {"draft", "in_review", "approved", "scheduled", "published", "failed", "needs_attention"}
PAST = {"published", "failed", "needs_attention"}
APPROVERS = {"editor", "lead"}
WRITERS = {"author", "editor", "lead"}


def load(name):
    return tomllib.loads((CONTENT / name).read_text(encoding="utf-8"))


FEDERATION = load("federation.toml")
CHAPTERS = {chapter["slug"]: chapter for chapter in [FEDERATION["central"], *FEDERATION["chapters"]]}
PEOPLE = {person["email"]: person for person in FEDERATION["people"]}
ROLES = {(email, slug): role for email, person in PEOPLE.items() for slug, role in person["memberships"]}
POSTS = load("posts.toml")["posts"]
FRESH = load("posts.toml")["fresh"]


def front_matter(path):
    return tomllib.loads(path.read_text(encoding="utf-8").split("+++\n", 2)[1])


def body(path):
    return path.read_text(encoding="utf-8").split("+++\n", 2)[2]


def posts_of(slug):
    return [post for post in POSTS if post["chapter"] == slug]


def templates(path):
    return tomllib.loads(path.with_suffix(".templates.toml").read_text(encoding="utf-8"))["templates"]


def sections(path):
    titles_and_texts = re.split(r"(?m)^## (.+)$", body(path))[1:]
    return dict(zip(titles_and_texts[::2], titles_and_texts[1::2], strict=True))


def approvers(slug):
    return {email for (email, where), role in ROLES.items() if where == slug and role in APPROVERS}


def fill(text, chapter):
    return re.sub(r"\{\{ chapter\.(\w+) \}\}", lambda match: chapter[match[1]], text).strip()


def scenes():
    """Scene and palette keys: the first cell of each row of the two tables."""
    keys = re.findall(r"(?m)^\| `(\w+)` \|(.*)$", (CONTENT / "scenes.md").read_text(encoding="utf-8"))
    palettes = {key for key, rest in keys if "#" in rest}
    return {key for key, _ in keys} - palettes, palettes


# ------------------------------------------------------------------------------------------ federation


def test_federation_has_the_promised_size():
    assert len(FEDERATION["regions"]) == 3
    assert len(FEDERATION["chapters"]) == 12
    assert 38 <= len(PEOPLE) <= 48
    assert len(PEOPLE) == len(FEDERATION["people"]), "an email occurs twice"
    zones = {chapter["tz"] for chapter in FEDERATION["chapters"]}
    assert len({ZoneInfo(zone).key for zone in zones}) >= 5


def test_every_reference_in_the_federation_exists():
    regions = {region["slug"] for region in FEDERATION["regions"]}
    assert {chapter["region"] for chapter in FEDERATION["chapters"]} == regions
    assert {slug for _, slug in ROLES} == set(CHAPTERS)
    assert set(ROLES.values()) == {"viewer", "author", "editor", "lead"}
    assert sum(len({slug for slug, _ in person["memberships"]}) > 1 for person in PEOPLE.values()) >= 2


@pytest.mark.parametrize("slug", CHAPTERS)
def test_chapter_is_complete_and_only_names_reserved_addresses(slug):
    chapter = CHAPTERS[slug]
    assert chapter["review_rule"] in {"required", "optional"}
    assert chapter["website"].startswith("https://example.org/")
    assert chapter["contact_email"].endswith("@example.org")
    assert chapter["hashtag"].startswith("#OpenBench")
    assert len(chapter["character"]) > 150
    assert all(chapter[field] for field in LOCAL_FIELDS)
    assert 1 <= len(chapter["accounts"]) <= 3
    assert {account["platform"] for account in chapter["accounts"]} == {"sandbox"}
    assert all(account["followers"] > 0 for account in chapter["accounts"])
    assert any(role == "lead" for (_, where), role in ROLES.items() if where == slug)


def test_account_handles_are_unique():
    handles = [account["handle"] for chapter in CHAPTERS.values() for account in chapter["accounts"]]
    assert len(handles) == len(set(handles))


def test_both_review_rules_occur():
    assert {chapter["review_rule"] for chapter in FEDERATION["chapters"]} == {"required", "optional"}


def test_required_review_leaves_two_approvers_whoever_writes():
    for slug, chapter in CHAPTERS.items():
        writers = {email for (email, where), role in ROLES.items() if where == slug and role in WRITERS}
        if chapter["review_rule"] == "required":
            assert all(len(approvers(slug) - {writer}) >= 2 for writer in writers), slug


def test_central_team_has_its_roles():
    central = Counter(role for (_, slug), role in ROLES.items() if slug == "central")
    assert (central["lead"], central["editor"], central["author"]) == (2, 3, 1)


def test_front_door_is_one_chapter_seen_from_each_role():
    doors = {person["front_door"]: person for person in PEOPLE.values() if "front_door" in person}
    assert set(doors) == {"author", "editor", "lead", "central lead", "central editor", "administrator"}
    assert doors["administrator"]["administrator"]
    assert ["central", "lead"] in doors["central lead"]["memberships"]
    assert ["central", "editor"] in doors["central editor"]["memberships"]
    places = [
        {slug for slug, has in doors[role]["memberships"] if has == role}
        for role in ("author", "editor", "lead")
    ]
    shared = set.intersection(*places)
    assert len(shared) == 1
    assert CHAPTERS[shared.pop()]["review_rule"] == "required"


# ------------------------------------------------------------------------------------------- playbooks


def test_there_are_enough_playbooks_with_unique_names():
    assert len(PLAYBOOKS) >= 15
    for field in ("title", "slug", "summary"):
        assert len({front_matter(path)[field] for path in PLAYBOOKS}) == len(PLAYBOOKS)


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem)
def test_playbook_front_matter_is_complete(path):
    front = front_matter(path)
    assert path.stem.partition("-")[2] == front["slug"]
    assert front["language"] == "en"
    assert front["time_needed"]
    assert front["people_needed"]
    assert front["audience"]
    assert front["platforms"]
    assert front["topics"]
    owner, _, domain = front["owner"].partition("@")
    assert domain == FEDERATION["federation"]["email_domain"]
    assert ROLES[owner, "central"] in APPROVERS, "whoever keeps a playbook may write it"
    ages = [version["days_ago"] for version in front["versions"]]
    assert 2 <= len(ages) <= 3
    assert ages == sorted(ages, reverse=True)
    assert all(version["change_note"] for version in front["versions"])
    assert 0 <= front["last_reviewed"] <= ages[-1]


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem)
def test_playbook_has_every_section_in_order_and_a_useful_length(path):
    assert list(sections(path)) == SECTIONS
    assert all(len(text.split()) >= 25 for text in sections(path).values())
    words = re.findall(r"\w[\w’']*", body(path))
    assert 500 <= len(words) <= 920
    assert "{{" not in body(path), "local fields belong in templates"


def test_no_paragraph_or_list_item_occurs_twice_across_playbooks():
    seen = Counter()
    for path in PLAYBOOKS:
        for text in sections(path).values():
            lines = [line.strip() for line in re.split(r"\n\s*\n|\n(?=- |\d+\. |\s*\|)", text)]
            seen.update(line for line in lines if line and not re.fullmatch(r"[|\- ]+", line))
    assert not [line for line, count in seen.items() if count > 1]


def test_pictures_of_playbooks_are_scenes_that_can_be_drawn():
    known, palettes = scenes()
    shown = [found for path in PLAYBOOKS for found in re.findall(r"!\[(.*)\]\((.*)\)", body(path))]
    assert len(shown) >= 4
    for alt, address in shown:
        kind, scene, palette = address.split(":")
        assert (kind, scene in known, palette in palettes) == ("scene", True, True)
        assert len(alt) > 30


def test_each_version_says_something_else_in_the_words_of_its_time():
    texts = {text.facts["slug"]: text for text in content.playbooks()}
    changes = content.read("earlier")["changes"]
    assert {(change["of"], change["version"]) for change in changes} == {
        (slug, number) for slug, text in texts.items() for number in range(2, len(text.facts["versions"]) + 1)
    }
    for change in changes:
        words = texts[change["of"]].as_of(change["version"])
        assert words.count(change["now"].strip("\n")) == 1, change["now"]
    earlier = [
        text.as_of(number) for text in texts.values() for number in range(1, len(text.facts["versions"]))
    ]
    assert len(set(earlier)) == len(earlier)
    assert all(len(words.split()) >= 500 and words.count("\n## ") == len(SECTIONS) - 1 for words in earlier)


def test_drafts_on_their_way_change_words_that_are_there():
    texts = {text.facts["slug"]: text for text in content.playbooks()}
    upkeep = content.read("upkeep")
    assert all(texts[draft["on"]].body.count(draft["find"]) == 1 for draft in upkeep["drafts"])
    named = {entry["on"] for kind in ("looks", "public", "drafts") for entry in upkeep[kind]}
    named |= {slug for reader in upkeep["readers"] for slug in [*reader["saved"], *reader["done"]]}
    assert named <= {*texts, *(text.facts["slug"] for text in content.translations())}
    assert [entry["slug"] for entry in upkeep["retired"]] == [
        text.facts["slug"] for text in content.retired()
    ]


@pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.stem)
def test_translation_says_all_of_it_in_its_own_language(path):
    front = front_matter(path)
    (original,) = [each for each in PLAYBOOKS if front_matter(each)["slug"] == front["of"]]
    assert path.stem == f"{front['of']}.{front['language']}"
    assert front["language"] in {chapter["language"] for chapter in CHAPTERS.values()} - {"en"}
    assert (front["owner"].partition("@")[0], "central") in ROLES
    assert front["days_ago"] < front_matter(original)["versions"][0]["days_ago"]
    assert len(sections(path)) == len(SECTIONS)
    assert not set(sections(path)) & set(SECTIONS)
    assert len(body(path).split()) >= 500
    lines = set(filter(None, body(path).splitlines())) & set(body(original).splitlines())
    assert lines <= {"|---|---|---|---|", "|---|---|"}
    assert templates(path)


@pytest.mark.parametrize("path", [*PLAYBOOKS, *TRANSLATIONS], ids=lambda path: path.stem)
def test_templates_use_allowed_fields_and_fit_in_every_chapter(path):
    assert 1 <= len(templates(path)) <= 3
    for template in templates(path):
        assert template["name"]
        assert template["note"]
        used = re.findall(r"\{\{(.*?)\}\}", template["text"])
        assert used, "a template without a local field is only a text"
        assert set(used) <= {f" chapter.{field} " for field in LOCAL_FIELDS}
        for chapter in CHAPTERS.values():
            assert len(fill(template["text"], chapter)) <= 500


# ----------------------------------------------------------------------------------------------- posts


def test_posts_are_many_varied_and_in_every_state():
    states = Counter(post["state"] for post in POSTS)
    assert len(POSTS) >= 170
    assert set(states) == STATES
    assert states["published"] > len(POSTS) / 2
    assert 1 <= states["failed"] <= 2
    assert 1 <= states["needs_attention"] <= 2
    assert {post["chapter"] for post in POSTS} == set(CHAPTERS)
    assert {post.get("language", "en") for post in POSTS} == {"en", "pt", "de", "ja", "ar"}
    assert sum(post.get("goes_out_first", False) for post in POSTS) == 1


def test_no_two_posts_share_a_text():
    texts = Counter(post["text"] for post in POSTS + FRESH)
    assert max(texts.values()) == 1


@pytest.mark.parametrize("slug", CHAPTERS)
def test_posts_are_well_formed(slug):
    known_scenes, palettes = scenes()
    handles = {account["handle"] for account in CHAPTERS[slug]["accounts"]}
    for post in [*posts_of(slug), *(post for post in FRESH if post["chapter"] == slug)]:
        assert 60 <= len(post["text"]) <= 450
        assert ROLES[post["author"], post["chapter"]] in WRITERS
        assert post["targets"]
        assert len(post["targets"]) == len(set(post["targets"]))
        assert set(post["targets"]) <= handles
        assert post.get("link", "https://example.org/").startswith("https://example.org/")
        if "image" in post:
            image = post["image"]
            assert image["scene"] in known_scenes
            assert image["palette"] in palettes
            assert len(image["alt"]) >= 20
            assert image.get("words", "").isascii()


@pytest.mark.parametrize("slug", CHAPTERS)
def test_post_times_fit_their_state(slug):
    for post in posts_of(slug):
        assert post["written_days"] < 0
        if "days" not in post:
            assert post["state"] == "draft"
            assert "local_time" not in post
            continue
        assert datetime.time(9) <= datetime.time.fromisoformat(post["local_time"]) <= datetime.time(20)
        if post["state"] in PAST:
            assert post["written_days"] < post["days"] < 0
        else:
            assert 1 <= post["days"] <= 14


@pytest.mark.parametrize("slug", CHAPTERS)
def test_reviews_come_from_those_who_may_and_never_from_the_author(slug):
    for post in posts_of(slug):
        reviews = post.get("reviews", [])
        for review in reviews:
            assert review["by"] != post["author"]
            if "of" in review:  # asked for advice, and in the room only as long as that
                assert "asks" in post
                assert review["verdict"] == "comment"
            else:
                assert review["by"] in approvers(slug)
            assert review["verdict"] in {"approved", "changes", "comment"}
            assert review["text"] or review["verdict"] == "approved"
        required = CHAPTERS[slug]["review_rule"] == "required"
        if post["state"] == "approved" or (post["state"] in PAST | {"scheduled"} and (required or reviews)):
            assert reviews[-1]["verdict"] == "approved"
        if post["state"] in {"draft", "in_review"}:
            assert not any(review["verdict"] == "approved" for review in reviews)


def test_enough_posts_carry_worded_reviews():
    assert sum(any(review["text"] for review in post.get("reviews", [])) for post in POSTS) >= 25


def test_outcomes_explain_every_troubled_target():
    for post in POSTS:
        outcomes = post.get("outcomes", [])
        if post["state"] not in {"failed", "needs_attention"}:
            assert not outcomes
            continue
        assert [outcome["handle"] for outcome in outcomes] == post["targets"]
        for outcome in outcomes:
            assert outcome["status"] in {"published", "failed", "unconfirmed", "held"}
            if outcome["status"] != "published":
                assert outcome["reason"]
                assert outcome["person"]
                assert outcome["log"]
        statuses = {outcome["status"] for outcome in outcomes}
        if post["state"] == "failed":
            assert statuses == {"failed"}
        else:
            assert statuses & {"unconfirmed", "held"} or statuses == {"published", "failed"}
    assert any(o["status"] == "unconfirmed" for post in POSTS for o in post.get("outcomes", []))


def test_fresh_posts_can_go_out_at_once():
    assert len(FRESH) >= 5
    for post in FRESH:
        assert post["approved_by"] in approvers(post["chapter"]) - {post["author"]}


def test_scene_list_is_short_and_fully_used():
    known_scenes, palettes = scenes()
    assert 10 <= len(known_scenes) <= 14
    images = [post["image"] for post in POSTS if "image" in post]
    assert {image["scene"] for image in images} == known_scenes
    assert {image["palette"] for image in images} == palettes


# ------------------------------------------------------------------------------------------- the whole


def test_content_holds_offsets_and_no_calendar_dates():
    """Two loads on one day have to give the same federation, so nothing may carry a moment of its own."""
    documents = [FEDERATION, POSTS, FRESH, *map(front_matter, PLAYBOOKS), *map(templates, PLAYBOOKS)]

    def moments(value):
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            return [found for item in value for found in moments(item)]
        return [value] if isinstance(value, datetime.date | datetime.time) else []

    assert moments(documents) == []


def test_every_address_in_the_content_is_reserved():
    for path in CONTENT.rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        assert set(re.findall(r"https?://([\w.-]+)", text)) <= {"example.org"}, path
        assert set(re.findall(r"[\w.-]+@([\w.-]+\w)", text)) <= {"example.org"}, path
