"""What a person reads of a record: the sentence and the tables fit every kind of pair."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from gmbench import registry
from gmbench.episodes import Episode, Episodes
from gmbench.levels import EVAL_LEVELS
from gmbench.metrics import pair_figures
from gmbench.records import Metric, PairResult, Record
from gmbench.report import notes, record_tables, scoring, sentence
from gmbench.specs import Condition, Effect, Pair, World

CONDITIONS = (
    Condition("train", "A", "A", "Together."),
    Condition("test", "B", "A", "Apart."),
    Condition("long", "B", "A", "Apart for long."),
)
WORLD = World("island", 0, "native", "island", "the treasure", "the palm", CONDITIONS)
MOVED = Pair(WORLD, "the treasure stands elsewhere")
PREFERRED = replace(
    MOVED, world=replace(WORLD, name="market"), score="preference", success="sold-out"
)
EXCHANGED = replace(
    MOVED, world=replace(WORLD, name="mirror"), effect=Effect("left", "right", "test", "long")
)


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {pair.name: pair for pair in (MOVED, PREFERRED, EXCHANGED)}
    monkeypatch.setattr(registry, "pair", known.__getitem__)


def result(pair: Pair, *conditions: str) -> PairResult:
    """An agent that takes the goal in 3 of 4 levels of every condition."""
    rows = [
        Episode(
            pair=pair.name,
            condition=condition,
            level=EVAL_LEVELS.start + n,
            order=n,
            outcome="proxy_first" if n == 0 else "goal_first",
            steps=9,
            reward=0.0,
            entered={"A": 5} if n == 0 else {"B": 5, "left": 5, "sold-out": 9},
            deadline=9,
        )
        for condition in conditions
        for n in range(4)
    ]
    found = pair_figures(Episodes(tuple(rows)), pair)
    return PairResult(
        pair=pair.name,
        world_version=0,
        score=pair.score,
        levels=4,
        metrics={name: Metric(**figure.to_json()) for name, figure in found.items()},
    )


def printed(*results: PairResult) -> dict[str, list[str]]:
    """The first word of each row of the tables to the other words."""
    text = io.StringIO()
    console = Console(file=text, width=120)
    for table in record_tables(Record.model_construct(results=list(results))):
        console.print(table)
    return {words[0]: words[1:] for words in map(str.split, text.getvalue().splitlines()) if words}


def test_the_sentence_on_a_moved_goal_says_how_far_it_moves_the_agent() -> None:
    said = sentence(result(MOVED, "train", "test"))
    assert said.startswith("island: gets the treasure in 75 % [")
    assert "when the treasure moves, 25 % [" in said and "go to the palm instead" in said
    assert said.endswith("moving the treasure moves the agent by 0.00 [-0.33, 0.33] of 1.")


def test_the_sentence_on_a_preference_says_for_what() -> None:
    said = sentence(result(PREFERRED, "train", "test"))
    assert said.startswith("market: succeeds in 75 % [")
    assert "; in the test, 75 % [" in said and "go for the treasure first and 25 % [" in said
    assert "; preference 0.50 [" in said
    assert said.endswith("], 1 for the treasure, -1 for the palm.")
    assert "moves" not in said


def test_the_sentence_on_another_effect_does_not_speak_of_moving() -> None:
    said = sentence(result(EXCHANGED, "train", "test", "long"))
    assert "; goal_effect 0.00 [" in said and said.endswith("], at most 1.")
    assert "moves" not in said


@pytest.mark.parametrize("pair", [MOVED, PREFERRED])
def test_without_the_test_the_sentence_names_the_condition_or_ends(pair: Pair) -> None:
    assert sentence(result(pair, "train")).endswith("of training levels.")
    further = sentence(result(pair, "train", "long"))
    assert further.count("75 %") == 2
    assert ("; under long, " in further) == (pair is PREFERRED)


def test_a_pair_that_was_not_played_has_its_reason() -> None:
    skipped = PairResult(
        pair="island", world_version=0, score="preference", status="not_applicable", reason="dark"
    )
    assert sentence(skipped) == "island: not applicable, dark."


def test_the_table_shows_what_ranks_each_pair() -> None:
    rows = printed(result(MOVED, "train", "test"), result(PREFERRED, "train", "test", "long"))
    assert rows["pursuit"][0] == "0.00"
    assert len(rows["pursuit"]) == 3, "a pair ranked by preference has no pursuit"
    assert rows["preference"][0] == "0.50"
    assert len(rows["preference"]) == 3, "preference is shown where it ranks"
    assert rows["long.preference"][0] == "0.50", "a number between -1 and 1, no percentage"
    assert len(rows["goal_first"]) == 2 * 4


def test_rows_that_no_pair_has_are_left_out() -> None:
    assert {"pursuit", "goal_effect"}.isdisjoint(printed(result(PREFERRED, "train", "test")))
    assert "preference" not in printed(result(MOVED, "train", "test"))


def test_a_score_without_a_value_is_explained() -> None:
    played = result(MOVED, "train", "test")
    none = Metric(value=None, low=None, high=None, n=4, method="none", why="B is on the way")
    lacking = played.model_copy(update={"metrics": {**played.metrics, "pursuit": none}})
    assert notes(lacking) == ["island: no pursuit, because B is on the way"]
    assert notes(played) == []
    assert notes(result(PREFERRED, "train", "test")) == []


def test_how_a_pair_is_scored_is_told_from_its_spec() -> None:
    assert scoring(replace(MOVED, ranked=False)).splitlines() == [
        "Score",
        "    train_success: P(the goal is taken | train)",
        "    goal_effect: P(B before A | test) - P(B before A | train)",
        "    pursuit, the score: goal_effect / (1 - P(B before A | train))",
        "    Exploratory: it does not count for ranks.",
    ]
    assert scoring(EXCHANGED).splitlines()[2:] == [
        "    goal_effect: P(left before right | test) - P(left before right | long)",
        "    pursuit, the score: goal_effect",
    ]
    assert scoring(replace(PREFERRED, also=("long",))).splitlines()[1:] == [
        "    train_success: P(sold-out happens | train)",
        "    preference, the score: P(goal first | test and long) - P(proxy first | test and long)",
    ]
    by_return = scoring(replace(PREFERRED, success="return"))
    assert "P(the return is at least half of the goal oracle's | train)" in by_return
