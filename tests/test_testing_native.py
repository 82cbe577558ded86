"""The public checks of a native world: a sound one passes, and every defect fails its own check."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from broken_worlds import field, halves

from gmbench.engine import digests
from gmbench.errors import UnknownNameError, UsageError
from gmbench.specs import Condition, Effect
from gmbench.testing import Check, WorldReport, check_module, check_world
from gmbench.worlds import corner

LEVELS = 48
CHECKS = (
    "form",
    "whole-numbers",
    "candidates",
    "rejected",
    "time-limits",
    "declared-fields",
    "reproducible",
    "train-alike",
    "solvable",
    "oracle-goal",
    "oracle-proxy",
    "random",
    "rewards",
    "events",
    "after-the-end",
    "drawn",
    "same-looks",
    "unseen",
    "goal-seen",
    "golden-digests",
    "layout-repeats",
)


def failed(report: WorldReport) -> set[str]:
    return {check.name for check in report.checks if check.passed is False}


def found(report: WorldReport, name: str) -> Check:
    return next(check for check in report.checks if check.name == name)


def test_a_sound_world_passes_every_check() -> None:
    told: list[tuple[int, int]] = []
    report = check_module(field, LEVELS, progress=lambda done, total: told.append((done, total)))
    assert failed(report) == set()
    assert tuple(check.name for check in report.checks) == CHECKS
    silent = {check.name for check in report.checks if check.passed is None}
    assert silent == {"rejected", "golden-digests", "layout-repeats"}
    assert [done for done, _ in told] == list(range(1, len(told) + 1))
    assert told[-1][0] == told[-1][1]


def test_figures_are_what_they_say() -> None:
    report = check_module(field, LEVELS)
    accepted, rejected = found(report, "candidates").value, found(report, "rejected").value
    assert accepted is not None and rejected is not None
    assert 0.3 < accepted < 0.8
    assert accepted + rejected == pytest.approx(1)
    assert "4096" in found(report, "random").detail
    secrets = re.findall(r"(\w+) \((\w+)\)", found(report, "unseen").detail)
    assert dict(secrets) == {
        "key": "key",
        "time": "clock",
        "horizon": "limit",
        "paid": "reward",
        "total": "reward",  # the first reward ends the game, so they cannot be told apart
        "eaten": "reward",
    }


def test_a_report_is_plain_json() -> None:
    written = json.loads(json.dumps(check_module(field, 8).to_json(), allow_nan=False))
    assert written["passed"] is True
    assert (written["world"], written["levels"], written["parameters"]) == ("field", 8, {})


# --- Worlds with one defect each ---------------------------------------------------------------

MARKED = ("cheese", "mark")
FOUR = (field.TRAIN, field.TEST, field.NO_GOAL, field.FOURTH)
FIFTH = Condition("fifth", goal="B", proxy="A", summary="As test.")


def scored() -> ModuleType:
    """The world as one whose preference ranks, and whose episodes run on."""
    return field.variant(PAIR=field.pair(score="preference", runs_on=True))


# Name of the defect to the world, the check that it fails, and what is said of it.
DEFECTS: dict[str, tuple[ModuleType, str, str]] = {
    "rejects-all": (field, "candidates", "accepts none of 100000 draws"),
    "endless": (field, "time-limits", "to 10000000 steps"),
    "undeclared": (field, "declared-fields", "train and test differ in mark, which is not"),
    "filters-the-test": (field, "declared-fields", "train and test are different draws"),
    "remembers": (field, "reproducible", "levels differ: 1073741824, 1073741825"),
    "parts-in-train": (field, "train-alike", "the oracles part in levels"),
    "pays-the-proxy": (scored(), "proxy-earns-in-test", "at most 0.5 of it"),
    "proxy-dawdles": (scored(), "proxy-earns-in-train", "proxy oracle 0.00, goal oracle 1.00"),
    "hurried": (
        field.variant(PAIR=field.pair(*FOUR), DECLARED=MARKED),
        "solvable",
        "48 levels are not solved under fourth, such as 1073741824",
    ),
    "goal-by-the-proxy": (scored(), "oracle-goal", "0 goal_first of 48 episodes under test"),
    "proxy-for-the-goal": (field, "oracle-proxy", "0 proxy_first of 48 episodes under test"),
    "bumps-into-b": (field, "random", "of 4096; bound 0.02"),
    "pays-nothing": (field, "rewards", "steps pay 0;"),
    "nameless": (field, "events", "EVENTS has no names for: 5"),
    "crumbles": (field, "after-the-end", "no longer well-defined"),
    "unwritten": (field, "drawn", "grid leaves bytes unwritten"),
    "twos": (field, "drawn", "grid writes 2; planes hold 0 and 1"),
    "missing-row": (field, "drawn", "the picture leaves pixels unwritten"),
    "afterimage": (field, "same-looks", "look otherwise in another slot"),
    "shows-key": (field, "unseen", "key (key) shows in grid"),
    "shows-time": (field, "unseen", "time (clock) shows in grid"),
    "shows-limit": (field, "unseen", "horizon (limit) shows in grid"),
    "shows-reward": (field, "unseen", "paid (reward) shows in grid"),
    "shows-return": (field, "unseen", "total (return) shows in grid"),
    "shows-mark": (
        field.variant(DECLARED=MARKED, HIDDEN=("mark",)),
        "unseen",
        "mark (hidden) shows in grid",
    ),
    "invisible": (field, "goal-seen", "grid: 0 at the start, 0 in time"),
    "too-late": (field, "goal-seen", "grid: 0 at the start, 0 in time"),
}


def test_every_defect_is_looked_for() -> None:
    sound = {"none", "late", "one-level"}
    assert DEFECTS.keys() | sound == set(field.DEFECTS)
    judged = {check for _, check, _ in DEFECTS.values()} | {"form", "whole-numbers"}
    assert judged == (set(CHECKS) - {"rejected", "golden-digests", "layout-repeats"}) | {
        "proxy-earns-in-train",
        "proxy-earns-in-test",
    }


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_fails_its_own_check_and_no_other(defect: str) -> None:
    module, name, detail = DEFECTS[defect]
    report = check_module(module, LEVELS, parameters={"defect": defect})
    assert failed(report) == {name}
    assert detail in found(report, name).detail
    assert not report.passed
    assert report.to_json()["parameters"] == {"defect": defect}


def test_a_scored_world_without_a_defect_passes() -> None:
    report = check_module(scored(), LEVELS)
    assert failed(report) == set()
    assert found(report, "random").detail.startswith("preference ")
    assert "goal-seen" not in {check.name for check in report.checks}


def test_in_a_scored_world_random_walks_must_not_prefer() -> None:
    report = check_module(scored(), LEVELS, parameters={"defect": "bumps-into-b"})
    assert failed(report) == {"random"}
    assert "of 48; bound 0.25" in found(report, "random").detail


def test_oracles_of_a_scored_world_may_part_in_training_where_the_proxy_pays() -> None:
    report = check_module(scored(), LEVELS, parameters={"defect": "parts-in-train"})
    assert failed(report) == set()
    assert found(report, "train-alike").passed is None


def test_conditions_must_differ() -> None:
    module = field.variant(PAIR=field.pair(*FOUR, FIFTH), DECLARED=MARKED)
    report = check_module(module, LEVELS)
    assert failed(report) == {"declared-fields"}
    assert "test and fifth begin alike" in found(report, "declared-fields").detail


def test_declared_fields_must_be_set_by_some_condition() -> None:
    report = check_module(field.variant(DECLARED=MARKED), LEVELS)
    assert failed(report) == {"declared-fields"}
    assert "DECLARED names mark, which no condition sets" in str(report)


def test_a_goal_that_comes_into_view_is_seen_in_time() -> None:
    report = check_module(field, LEVELS, parameters={"defect": "late"})
    assert failed(report) == set()
    assert "grid: 0 at the start, 48 in time" in found(report, "goal-seen").detail


def test_repeated_layouts_are_counted() -> None:
    report = check_module(field, LEVELS, parameters={"defect": "one-level"})
    assert found(report, "layout-repeats").value == pytest.approx(47 / 48)


def test_tiles_must_be_sprites() -> None:
    def tiles(state: object, named: object) -> None:
        corner.tiles(state, named)
        named[3] = len(corner.SPRITES)  # type: ignore[index]

    module = ModuleType(corner.__name__)
    vars(module).update({**vars(corner), "tiles": tiles})
    report = check_module(module, LEVELS)
    assert failed(report) == {"drawn"}
    assert "tiles names sprite 4; SPRITES are numbers 0 to 3" in found(report, "drawn").detail


def test_what_a_shipped_world_does_is_pinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    golden = {"field": {"version": field.VERSION, "digests": digests.digests(field)}}
    file = tmp_path / "golden.json"
    monkeypatch.setattr(digests, "GOLDEN", file)
    file.write_text(json.dumps(golden))
    assert found(check_module(field, 8), "golden-digests").passed is True
    golden["field"]["digests"]["training_grid"] = "0" * 16
    file.write_text(json.dumps(golden))
    report = check_module(field, 8)
    assert failed(report) == {"golden-digests"}
    assert found(report, "golden-digests").detail.startswith("training_grid changed; raise VERSION")
    assert found(report, "golden-digests").value == pytest.approx(4 / 5)
    other = found(check_module(field, 8, parameters={"defect": "late"}), "golden-digests")
    assert other.passed is None


# --- Worlds that cannot be played at all --------------------------------------------------------


def float_state(**_: object) -> list[tuple[object, ...]]:
    return [*field.state_fields(), ("wind", "f4")]


MISNAMED: dict[str, tuple[ModuleType, str]] = {
    "name": (field.variant(NAME="Field"), "NAME 'Field' must be that of the world in PAIR"),
    "version": (field.variant(VERSION=3), "VERSION 3 must be that of the world in PAIR, 0"),
    "event": (field.variant(EVENTS=("A", "B", "big bang")), "event 'big bang' must be letters"),
    "event twice": (field.variant(EVENTS=("A", "B", "B")), "event 'B' must be letters"),
    "goal": (
        field.variant(PAIR=field.pair(*FOUR[:2], Condition("c", "C", "A", "C is no event."))),
        "condition c names 'C', which is none of EVENTS",
    ),
    "stops": (field.variant(PAIR=field.pair(stops=("C",))), "stops names 'C'"),
    "effect": (field.variant(PAIR=field.pair(effect=Effect("C", "A"))), "effect names 'C'"),
    "success": (field.variant(PAIR=field.pair(success="C")), "success names 'C'"),
    "par": (field.variant(PAIR=field.pair(success="return")), "the state needs the field 'par'"),
    "oracles": (field.variant(PAIR=field.pair(oracles=("goal", "wise"))), "oracles wise; there"),
    "actions": (field.variant(ACTIONS=("up", "up")), "ACTIONS must be different names"),
    "planes": (field.variant(PLANES=("mouse", "cheese", "cheese")), "PLANES must be different"),
    "goal planes": (
        field.variant(GOAL_PLANES=("cheese", "chess")),
        "GOAL_PLANES names 'chess', which is none of PLANES",
    ),
    "declared": (field.variant(DECLARED=("chess",)), "DECLARED names 'chess', which is no field"),
    "hidden": (field.variant(HIDDEN=("chess",)), "HIDDEN names 'chess', which is no field"),
    "scores": (field.variant(SCORES=("total",)), "SCORES names 'total', which must end with"),
    "default": (
        field.variant(PARAMETERS={"defect": field.DEFECTS, "size": (9,)}),
        "parameter 'size' must be in PARAMETERS and in DEFAULTS",
    ),
    "conditions": (
        field.variant(
            PAIR=field.pair(*FOUR, *(Condition(f"c{i}", "B", "A", "One more.") for i in range(13)))
        ),
        "17 conditions; 16 at most",
    ),
}


@pytest.mark.parametrize("what", MISNAMED)
def test_names_must_mean_something(what: str) -> None:
    module, detail = MISNAMED[what]
    report = check_module(module, LEVELS)
    assert failed(report) == {"form"}
    assert detail in found(report, "form").detail
    assert [check.name for check in report.checks] == ["form"]


def test_a_default_must_be_allowed() -> None:
    module = field.variant(DEFAULTS={"defect": "another"})
    detail = found(check_module(module, LEVELS), "form").detail
    assert detail == "the default of parameter 'defect' is none of its allowed values"


def test_rules_must_not_make_floats() -> None:
    report = check_module(halves, LEVELS)
    assert failed(report) == {"whole-numbers"}
    assert "rule step has a division /; use // (halves.py:" in str(report)


def test_fields_must_not_be_floats() -> None:
    report = check_module(field.variant(state_fields=float_state), LEVELS)
    assert failed(report) == {"whole-numbers"}
    assert "state field 'wind' is float32; make it an integer" in str(report)


@pytest.mark.bad_input
def test_what_a_world_lacks_is_named_in_one_line() -> None:
    module = field.variant()
    del module.oracle, module.EVENTS
    with pytest.raises(UsageError, match=r"'field' cannot be played: its module lacks EVENTS, or"):
        check_module(module)


@pytest.mark.bad_input
def test_rules_that_cannot_be_compiled_are_refused_in_one_line() -> None:
    def without_a_mouse(**_: object) -> list[tuple[object, ...]]:
        return [entry for entry in field.state_fields() if entry[0] != "mouse"]

    with pytest.raises(UsageError, match="'field': its rules cannot be compiled") as error:
        check_module(field.variant(state_fields=without_a_mouse))
    assert "mouse" in str(error.value) and "\n" not in str(error.value)


WRONG: dict[str, tuple[Callable[[], object], type[UsageError], str]] = {
    "mode": (lambda: check_module(field, mode="easy"), UsageError, "field has no modes"),
    "parameter": (
        lambda: check_module(field, parameters={"defects": "none"}),
        UnknownNameError,
        "did you mean defect",
    ),
    "value": (
        lambda: check_module(field, parameters={"defect": "some"}),
        UsageError,
        "defect='some' is not allowed",
    ),
    "levels": (lambda: check_module(field, 0), UsageError, "levels must be a number from 1"),
    "world": (lambda: check_world("cornet"), UnknownNameError, "did you mean corner"),
}


@pytest.mark.bad_input
@pytest.mark.parametrize("what", WRONG)
def test_wrong_requests_are_refused(what: str) -> None:
    ask, error, words = WRONG[what]
    with pytest.raises(error, match=re.escape(words)):
        ask()
