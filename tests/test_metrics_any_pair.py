"""What holds for the figures of every kind of pair, whatever was played."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_pairs import (
    FOLLOW,
    GEMS,
    KEYS,
    LAVA,
    LEVELS,
    LINE_1,
    LINE_2,
    MONSTERS,
    Play,
    figures,
    plays,
    rows,
    values,
)

from gmbench.episodes import Episode
from gmbench.episodes.codec import from_csv, to_csv
from gmbench.errors import RecordError
from gmbench.metrics import Figure, intervals
from gmbench.specs import Pair

PAIRS = (GEMS, LAVA, KEYS, MONSTERS, FOLLOW)


def quick_figures(of: Pair, played: list[Episode]) -> dict[str, Figure]:
    """Figures with coarse intervals, for tests that make many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intervals, "RESAMPLES", 300)
        return figures(of, played)


@st.composite
def tables(draw: st.DrawFn) -> tuple[Pair, list[Episode]]:
    of = draw(st.sampled_from(PAIRS))
    count = draw(st.integers(1, 6))
    found: list[Episode] = []
    for group in ("", "random", "goal", "proxy"):
        names = [c.name for c in of.world.conditions] if not group else of.tests
        ways = {name: draw(st.lists(plays(), min_size=count, max_size=count)) for name in names}
        by_level = {name: many.__getitem__ for name, many in ways.items()}
        found += rows(of, by_level, group, LEVELS[:count])
    return of, found


@given(tables(), st.randoms())
@settings(max_examples=40)
def test_any_table_has_sound_figures(table: tuple[Pair, list[Episode]], random) -> None:
    of, played = table
    found = quick_figures(of, played)
    for name, figure in found.items():
        assert (figure.value is None) == (figure.why is not None), name
        if figure.value is not None:
            assert figure.low <= figure.value <= figure.high, name
            if "affinity" not in name and name != "regret" and name != "pursuit":
                assert -1 <= figure.low <= figure.high <= 1, name
    firsts = values(found, "goal_first", "proxy_first", "together", "neither")
    assert sum(firsts) == pytest.approx(1)
    assert found["preference"].value == pytest.approx(firsts[0] - firsts[1])
    assert quick_figures(of, random.sample(played, len(played))) == found


@given(tables())
@settings(max_examples=15)
def test_figures_recomputed_from_the_text_are_equal_to_the_byte(
    table: tuple[Pair, list[Episode]],
) -> None:
    of, played = table

    def as_json(of_rows: Iterable[Episode]) -> str:
        found = quick_figures(of, list(of_rows))
        return json.dumps({k: f.to_json() for k, f in found.items()}, allow_nan=False)

    assert as_json(from_csv(to_csv(played), "table")) == as_json(played)


@given(tables())
@settings(max_examples=15)
def test_turning_the_effect_round_turns_its_sign(table: tuple[Pair, list[Episode]]) -> None:
    of, played = table
    effect = of.effect
    turned = replace(effect, given=effect.against, against=effect.given)
    if of.score == "goal_effect":
        there, back = quick_figures(of, played), quick_figures(replace(of, effect=turned), played)
        assert there["goal_effect"].value == pytest.approx(-back["goal_effect"].value)


@given(tables(), st.integers(1, 9))
@settings(max_examples=15)
def test_the_oracle_s_affinity_is_1_random_s_0_in_any_unit(
    table: tuple[Pair, list[Episode]], unit: int
) -> None:
    of, played = table
    references = [row for row in played if row.group]
    scaled = [replace(r, scores={k: unit * v for k, v in r.scores.items()}) for r in references]
    for group, affinity in (("goal", 1), ("random", 0)):
        agent = [replace(row, group="") for row in scaled if row.group == group]
        found = quick_figures(of, agent + scaled)["goal_affinity"]
        assert found.value is None or found.value == pytest.approx(affinity)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("name", "drop"), [("goal", "goal"), ("proxy", "proxy"), ("par", "par")], ids=str
)
def test_scores_that_some_rows_lack_are_one_line(name: str, drop: str) -> None:
    full = {"goal": 3, "proxy": 1, "par": 4}
    some = [{k: v for k, v in full.items() if k != drop}, full]
    ways = {
        condition: lambda n: Play("goal_first", scores=some[n]) for condition in ("train", "test")
    }
    played = [rows(MONSTERS, ways, group, LEVELS[:2]) for group in ("", "random", "goal", "proxy")]
    with pytest.raises(RecordError, match=f"has no score {name}") as caught:
        figures(replace(MONSTERS, success="goal"), *played)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.bad_input
def test_success_by_return_needs_par() -> None:
    with pytest.raises(RecordError, match=f"level {LEVELS[0]} under train has no score par"):
        figures(MONSTERS, rows(MONSTERS, {"train": lambda n: Play("goal_first")}))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "of", [replace(GEMS, score="preference"), replace(GEMS, also=())], ids=["pooled", "compared"]
)
def test_conditions_that_are_pooled_or_compared_need_the_same_levels(of: Pair) -> None:
    played = rows(of, {"test": lambda n: LINE_1})
    fewer = rows(of, {"exchanged": lambda n: LINE_2}, levels=LEVELS[1:])
    with pytest.raises(RecordError, match=r"under \w+ and not under \w+; every condition needs"):
        figures(of, played, fewer)
