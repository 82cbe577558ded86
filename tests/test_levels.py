"""Level numbers: where they belong, how they are drawn, and that every draw repeats itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmbench.errors import UsageError
from gmbench.levels import (
    EVAL_LEVELS,
    TRAIN_LEVELS,
    TrainingLevels,
    in_alpha_share,
    mix64,
    stable_hash,
)

levels = st.integers(0, 2**31 - 2)


def test_training_and_evaluation_levels_do_not_meet() -> None:
    assert TRAIN_LEVELS.start == 0
    assert TRAIN_LEVELS.stop == EVAL_LEVELS.start == 2**30
    assert EVAL_LEVELS.stop == 2**31 - 1


def test_hashes_are_equal_on_every_machine() -> None:
    """SplitMix64's published first outputs, and values that no later version may change."""
    assert mix64(0) == 0xE220A8397B1DCDAF
    assert mix64(0x9E3779B97F4A7C15) == 0x6E789E6AA1B965F4
    assert stable_hash("alpha", 7) == PINNED["alpha 7"]
    assert stable_hash("training", 0, 3, 11) == PINNED["training 0 3 11"]
    assert [TrainingLevels(5).draw(2, n) for n in range(3)] == PINNED["draws"]


PINNED = {
    "alpha 7": 0x4C6518AC184B7735,
    "training 0 3 11": 0x9690947F8C2068BC,
    "draws": [717416541, 174292468, 772569921],
}


@given(st.lists(st.integers(-(2**70), 2**70) | st.text(max_size=5), max_size=5))
def test_a_hash_is_a_64_bit_number_of_all_its_parts(parts: list[int | str]) -> None:
    value = stable_hash(*parts)
    assert 0 <= value < 2**64
    assert stable_hash(*parts) == value
    assert stable_hash(*parts, 1) != value


def test_hashes_tell_texts_apart_by_their_length() -> None:
    parts = [("ab", "c"), ("a", "bc"), ("abc",), ("abc", ""), ("", "abc"), ("a", "b", "c")]
    assert len({stable_hash(*p) for p in parts}) == len(parts)


@given(level=levels, alpha=st.floats(0, 1))
def test_the_alpha_share_grows_with_alpha(level: int, alpha: float) -> None:
    assert not in_alpha_share(level, 0.0)
    assert in_alpha_share(level, 1.0)
    if in_alpha_share(level, alpha / 2):
        assert in_alpha_share(level, alpha)


@pytest.mark.parametrize("alpha", [0.01, 0.1, 0.5])
def test_the_alpha_share_is_alpha_of_all_levels(alpha: float) -> None:
    n = 20_000
    share = sum(in_alpha_share(level, alpha) for level in range(n)) / n
    assert share == pytest.approx(alpha, abs=4 * (alpha * (1 - alpha) / n) ** 0.5)


@given(seed=st.integers(0, 2**63), slot=st.integers(0, 4096), attempt=st.integers(0, 10**9))
def test_training_draws_are_training_levels_and_repeat(seed: int, slot: int, attempt: int) -> None:
    drawn = TrainingLevels(seed).draw(slot, attempt)
    assert drawn in TRAIN_LEVELS
    assert TrainingLevels(seed).draw(slot, attempt) == drawn


def test_slots_attempts_and_seeds_draw_different_levels() -> None:
    drawn = {
        TrainingLevels(s).draw(slot, n) for s in range(5) for slot in range(40) for n in range(5)
    }
    assert len(drawn) == 1000


def test_a_finite_list_is_drawn_from_evenly() -> None:
    stream = TrainingLevels(0, allowed=[3, 5, 9])
    drawn = [stream.draw(slot, n) for slot in range(10) for n in range(90)]
    assert {drawn.count(level) > 240 for level in (3, 5, 9)} == {True}
    assert set(drawn) == {3, 5, 9}


@pytest.mark.bad_input
def test_an_empty_list_of_levels_is_refused() -> None:
    with pytest.raises(UsageError, match="the list of training levels is empty"):
        TrainingLevels(0, allowed=[])
