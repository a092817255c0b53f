from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from playbooks.pieces import join, pieces

WORDS = st.lists(st.sampled_from(["one", "two", "three", "four", "\n", "five,"]), max_size=30).map(" ".join)


def test_a_changed_word_is_one_piece_with_the_words_around_it() -> None:
    [piece] = pieces("Come to the hall on Friday evening", "Come to the hall on Thursday evening")
    assert (piece.removed, piece.added) == ("Friday", "Thursday")
    assert piece.before.endswith("hall on ")
    assert piece.after.startswith(" evening")


def test_half_of_a_proposal_leaves_the_other_half_as_it_was() -> None:
    base = "Come on Friday.\nBring a lamp that does not work.\nTea is free."
    offered = "Come on Thursday.\nBring a lamp that does not work.\nTea and cake are free."
    first, second = pieces(base, offered)
    assert join(base, offered, {first.number}).text == base.replace("Friday", "Thursday")
    assert join(base, offered, {second.number}).text == base.replace("Tea is", "Tea and cake are")


def test_a_piece_goes_into_a_text_that_changed_elsewhere_since() -> None:
    base, offered = "Come on Friday.\nTea is free.", "Come on Thursday.\nTea is free."
    joined = join(base, offered, {1}, current="Dear all,\nCome on Friday.\nTea and cake are free.")
    assert joined.text == "Dear all,\nCome on Thursday.\nTea and cake are free."
    assert joined.unfitting == ()


def test_a_piece_whose_words_were_changed_since_is_left_out_and_named() -> None:
    base, offered = "Come on Friday.\nTea is free.", "Come on Thursday.\nTea is free."
    joined = join(base, offered, {1}, current="Come on Sunday.\nTea is free.")
    assert joined.text == "Come on Sunday.\nTea is free."
    assert [piece.added for piece in joined.unfitting] == ["Thursday."]


@given(base=WORDS, offered=WORDS)
def test_all_pieces_make_the_offered_text_and_none_leave_the_old_one(base: str, offered: str) -> None:
    every = [piece.number for piece in pieces(base, offered)]
    assert join(base, offered, every).text == offered
    assert join(base, offered, ()).text == base
    assert bool(every) == (base != offered)


@given(base=WORDS, offered=WORDS, current=WORDS)
def test_taking_nothing_never_touches_what_stands_now(base: str, offered: str, current: str) -> None:
    assert join(base, offered, (), current).text == current


def test_line_that_is_added_is_shown_without_its_line_end() -> None:
    [piece] = pieces("Come on Friday.", "Come on Friday.\nTea is free.")
    assert piece.added_words == "Tea is free."
    assert pieces("a\nb", "a\n\nb")[0].added_words == "¶"
