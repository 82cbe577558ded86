"""Agents played again: honest ones pass, what was made up is found, and levels can be secret."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_boards import SLUG, forged

from gmbench import registry
from gmbench.cli import run
from gmbench.episodes import Episodes
from gmbench.errors import UsageError
from gmbench.leaderboard.answers import Answers
from gmbench.leaderboard.comparing import columns, differs, falls, paired, unpaired, width
from gmbench.leaderboard.places import Places
from gmbench.leaderboard.rerun import MARGIN, held_out, rerun, salted
from gmbench.leaderboard.sources import find_entry
from gmbench.leaderboard.submission import record_file
from gmbench.leaderboard.verify import only
from gmbench.levels import EVAL_LEVELS
from gmbench.metrics import pair_figures
from gmbench.records import Metric, Record
from gmbench.suites import load_suite

SALT = b"sixteen bytes and more"


@pytest.mark.slow
def test_an_honest_submission_is_rerun_and_held_out(board: Places) -> None:
    root = ["--root", str(board.root), "--no-sandbox"]
    salt = board.root / "salt"
    salt.write_bytes(SALT)
    assert run(["leaderboard", "verify", SLUG, *root]) == 0
    entry = find_entry(board, SLUG)
    assert entry.status() == "rerun"
    told = [one for one in entry.current("corner") if one.status == "rerun"]
    assert told[0].equal == 1 and told[0].sandbox is False
    assert run(["leaderboard", "verify", SLUG, "--salt-file", str(salt), *root]) == 0
    assert find_entry(board, SLUG).status() == "held-out"
    written = (board.verified / f"{SLUG}.json").read_text()
    assert SALT.decode() not in written


@pytest.mark.slow
@pytest.mark.bad_input
def test_episodes_that_were_made_up_in_one_piece_are_found(board: Places, folder: Path) -> None:
    rows = [
        replace(row, outcome="goal_first", entered={"B": row.steps})
        if row.condition == "test" and not row.group and row.level % 3
        else row
        for row in Episodes.read(folder / "evaluations/seed-0.csv.gz")
    ]
    forged(folder, 0, rows)
    with_figures_of_their_own(folder)
    entry = find_entry(board, SLUG)
    (found,) = rerun(entry, sandbox=False)
    assert not found.passed and found.why is not None and "given of seed 0" in found.why
    (held,) = held_out(entry, SALT, sandbox=False)
    assert not held.passed and held.why is not None and "effect of seed 0" in held.why


def with_figures_of_their_own(folder: Path) -> None:
    """Make the record's figures those of the table, so that `check` has nothing to say."""
    table = Episodes.read(folder / "evaluations/seed-0.csv.gz")
    path = folder / record_file(0)
    record = Record.load(path)
    figures = pair_figures(table, registry.pair("corner"))
    metrics = {name: Metric(**figure.to_json()) for name, figure in figures.items()}
    results = [
        one.model_copy(update={"metrics": metrics}) if one.pair == "corner" else one
        for one in record.results
    ]
    record.model_copy(update={"results": results}).save(path)


@pytest.mark.bad_input
def test_without_a_sandbox_nothing_is_run(
    board: Places, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # As it is where this gmbench, or this machine's, cannot keep strangers' agents in.
    monkeypatch.setattr("gmbench.leaderboard.walls.has_sandbox", lambda: False)
    assert run(["leaderboard", "verify", SLUG, "--root", str(board.root)]) == 2
    assert "no sandbox" in capsys.readouterr().err
    assert not board.verified.exists()


@pytest.mark.bad_input
def test_a_short_salt_and_odd_options_are_refused(
    board: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    salt = board.root / "salt"
    salt.write_bytes(b"short")
    asked = ["leaderboard", "verify", SLUG, "--root", str(board.root)]
    for options, says in (
        (["--salt-file", str(salt)], "16 are needed"),
        (["--salt-file", str(board.root / "none")], "cannot be read"),
        (["--retrain"], "--work DIR"),
        (["--retrain", "--work", "w", "--salt-file", str(salt)], "one at a time"),
    ):
        assert run([*asked, *options]) == 2
        assert says in capsys.readouterr().err
    assert run(["leaderboard", "verify", "far-pp", "--root", str(board.root)]) == 2
    assert "far-ppo" in capsys.readouterr().err


def test_some_pairs_of_an_entry_can_be_verified_alone() -> None:
    entry = find_entry(Places(Path(__file__).parents[2]), "baselines:ppo-alpha-0")
    some = only(entry, ["dish", "corner"])
    assert some.pairs == ("corner", "dish") and len(some.of("dish")) == len(entry.of("dish"))
    assert some.contents == entry.contents
    assert only(entry, []) == entry
    with pytest.raises(UsageError, match="has no agents of 'dosh'; did you mean dish"):
        only(entry, ["dosh"])


def test_salted_levels_are_evaluation_levels_away_from_the_suite_s() -> None:
    suite = load_suite("native")
    firsts = set()
    for number in range(300):
        for entry, own in zip(
            salted(suite, f"salt {number}".encode()).entries, suite.entries, strict=True
        ):
            assert EVAL_LEVELS.start <= entry.first_level <= EVAL_LEVELS.stop - MARGIN
            assert abs(entry.first_level - own.first_level) >= MARGIN
            firsts.add(entry.first_level)
    assert len(firsts) > 2_900, "another salt, other levels"
    middle = replace(suite.entries[0], first_level=EVAL_LEVELS.start + 2**29)
    moved = salted(replace(suite, entries=(middle,)), SALT).entries[0]
    assert (
        moved.first_level in EVAL_LEVELS and abs(moved.first_level - middle.first_level) >= MARGIN
    )


def test_too_short_a_salt_is_refused_before_anything_is_played(board: Places) -> None:
    with pytest.raises(UsageError, match="16 are needed"):
        held_out(find_entry(board, SLUG), b"x" * 15, sandbox=False)


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.97])
def test_honest_agents_are_flagged_in_one_of_a_hundred_entries(share: float) -> None:
    generator = np.random.default_rng(5)
    z, wrong, entries = width(4), {"paired": 0, "unpaired": 0}, 2_000
    for _ in range(entries):
        one, other = (answers(share, generator) for _ in range(2))
        told, found = columns(one), columns(other)
        same = [paired(name, 0, told[name], found[name], z) for name in told]
        apart = [unpaired(name, 0, told[name], found[name], z) for name in told]
        wrong["paired"] += any(differs(c) for c in same)
        wrong["unpaired"] += any(falls(c) for c in apart)
    print(share, {kind: count / entries for kind, count in wrong.items()})
    assert max(wrong.values()) / entries <= 0.01 + 3 * (0.01 / entries) ** 0.5


def answers(share: float, generator: np.random.Generator) -> Answers:
    given, against = (generator.random(200) < p for p in (share, share / 10))
    success = generator.random(200) < 0.95
    return Answers(np.arange(200), 1.0 * success, 1.0 * given, 1.0 * against, False)


@pytest.mark.bad_input
def test_an_agent_that_cannot_be_played_earns_nothing_and_is_named(board: Places) -> None:
    entry = find_entry(board, SLUG)
    for play in entry.plays:
        Path(play.agent).write_bytes(b"no agent")
    for (found,) in (rerun(entry, sandbox=False), held_out(entry, SALT, sandbox=False)):
        assert not found.passed and found.comparisons == []
        assert found.why is not None and found.why.startswith("seed ")
