from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks.differences import differences


def kinds(paragraph):
    return [(stretch.kind, stretch.text) for stretch in paragraph.stretches]


def test_equal_texts_have_no_difference():
    assert differences("one\n\ntwo\n", "one\r\n\r\ntwo") == []


def test_a_changed_word_is_shown_inside_its_paragraph():
    [paragraph] = differences("Bring a mended kettle today.", "Bring a shining kettle today.")
    assert kinds(paragraph) == [
        ("same", "Bring a "),
        ("removed", "mended"),
        ("added", "shining"),
        ("same", " kettle today."),
    ]


def test_a_new_paragraph_is_added_whole_and_its_neighbours_stay():
    first, second, third = differences("one\n\nthree", "one\n\ntwo two\n\nthree")
    assert (kinds(first), kinds(second), kinds(third)) == (
        [("same", "one")],
        [("added", "two two")],
        [("same", "three")],
    )


def test_far_paragraphs_are_counted_instead_of_shown():
    old = "\n\n".join(f"paragraph number {n}" for n in range(20))
    found = differences(old, old.replace("number 10", "number ten"))
    assert [paragraph.skipped for paragraph in found] == [9, 0, 0, 0, 8]


def test_paragraphs_with_nothing_in_common_are_not_mixed_word_by_word():
    removed, added = differences("The kettle is on the hob.", "Nobody expects rain, ever.")
    assert kinds(removed) == [("removed", "The kettle is on the hob.")]
    assert kinds(added) == [("added", "Nobody expects rain, ever.")]


def test_markdown_shows_a_change_below_its_heading_and_without_signs():
    old = "# Meet\n\n## Steps\n\none\n\ntwo\n\n- Bring a mended kettle\n\n## After\n\nthanks"
    found = differences(old, old.replace("mended", "shining"), is_markdown=True)
    assert [(p.block, p.skipped, "".join(s.text for s in p.stretches)) for p in found] == [
        ("", 1, ""),
        ("heading", 0, "Steps"),
        ("", 1, ""),
        ("", 0, "two"),
        ("item", 0, "Bring a mendedshining kettle"),
        ("heading", 0, "After"),
        ("", 1, ""),
    ]


def test_markdown_sign_that_changed_is_shown():
    [paragraph] = differences("## Steps to take", "### Steps to take", is_markdown=True)
    assert kinds(paragraph)[:2] == [("removed", "##"), ("added", "###")]


def test_list_that_became_text_is_no_silent_change():
    found = differences("- one two three", "one two three", is_markdown=True)
    assert any(stretch.kind != "same" for paragraph in found for stretch in paragraph.stretches)


TEXTS = st.lists(st.text(alphabet="ab# -\n", max_size=12), max_size=6).map("\n".join)


@settings(deadline=None)
@given(TEXTS, TEXTS, st.booleans())
def test_nothing_of_either_text_is_left_out_of_what_changed(old, new, is_markdown):
    found = differences(old, new, is_markdown=is_markdown)
    changed = [stretch for p in found for stretch in p.stretches if stretch.kind != "same"]
    assert bool(changed) == bool(found)
    for stretch in changed:
        source = old if stretch.kind == "removed" else new
        assert stretch.text in source
