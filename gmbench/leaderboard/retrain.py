"""A recipe run again with fresh seeds: are its agents as good as those that were sent?

Nothing less shows what an agent was trained on. What is asked is whether the agents that were sent
are better than the recipe gives: chosen among many, or made in another way.

From ten seeds on either side the 95 % intervals of the interquartile means must overlap, or the new
agents do better. Under ten there is no interval across seeds that could be trusted, so the question
is put the other way: if both were drawn from one recipe, every split of the pooled agents into two
is equally likely, which gives the exact chance of the agents sent standing so high (Wilcoxon's rank
sum with ties). The recipe fails where that is under 0.5 %, in score or in train_success: an honest
entry fails in one of a hundred. With five against five, the fewest allowed, that is where each
agent sent beats each new one; more fresh seeds (``--seeds``) tell more.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from math import comb
from pathlib import Path
from typing import Final

import numpy as np

from gmbench.errors import UsageError
from gmbench.leaderboard.answers import Answers, read_answers
from gmbench.leaderboard.entry import Entry
from gmbench.leaderboard.rerun import answers_of
from gmbench.leaderboard.standing import FEWEST_SEEDS
from gmbench.leaderboard.tracks import breach
from gmbench.leaderboard.verified import Comparison, Finding, finding
from gmbench.levels import stable_hash
from gmbench.metrics.seeds import FEWEST_SEEDS as FEWEST_FOR_INTERVAL
from gmbench.metrics.seeds import across_seeds
from gmbench.studies import News, Sweep, run_sweep
from gmbench.studies.cell import EPISODES
from gmbench.studies.evaluating import Plan
from gmbench.training import load_recipe

RARE: Final = 0.005  # for either of two figures


def retrain(
    entry: Entry,
    work: Path,
    *,
    seeds: int = FEWEST_SEEDS,
    first_seed: int | None = None,
    pairs: Sequence[str] | None = None,
    jobs: int | None = None,
    news: Callable[[News], None] = lambda _: None,
) -> list[Finding]:
    """Train an entry's recipes anew, and hold the agents against those that were sent.

    Args:
        entry: whose.
        work: a folder for the new agents; what is finished there is not trained again.
        seeds: how many agents a pair.
        first_seed: of theirs; drawn at random by default, so that nobody can prepare for it.
        pairs: some of the entry's; all that have enough agents by default.
        jobs: processes at once.
        news: told how the trainings go.

    Returns:
        One finding a pair.

    Raises:
        UsageError: too few seeds on either side, or no recipe.
        RecipeError: a recipe does not keep to the track, or does not fit the suite.
    """
    if seeds < FEWEST_SEEDS:
        raise UsageError(f"--seeds {seeds}: {FEWEST_SEEDS} at least tell something")
    asked = _refuse_odd_pairs(entry, pairs)
    start = 2**20 + secrets.randbelow(2**30) if first_seed is None else first_seed
    findings = []
    for pair in asked:
        taken = {play.seed for play in entry.of(pair)}
        fresh = [seed for seed in range(start, start + 2 * seeds + 100) if seed not in taken]
        new = _trained(entry, pair, fresh[:seeds], work, jobs, news)
        findings.append(_found(entry, pair, answers_of(entry, pair), new, fresh[:seeds]))
    return findings


def judge(
    told: Sequence[float], found: Sequence[float], generator: np.random.Generator
) -> str | None:
    """Why agents of one recipe cannot have been these and those, None where they can.

    Args:
        told: a figure of the agents that were sent.
        found: the same of the new ones.
        generator: draws the resamples of intervals.
    """
    if min(len(told), len(found)) >= FEWEST_FOR_INTERVAL:
        sent, new = (across_seeds(values, generator).middle for values in (told, found))
        assert sent.low is not None and new.high is not None
        if new.high < sent.low:
            return f"the new agents' interval ends at {new.high:.3f}, under {sent.low:.3f}"
        return None
    chance = chance_of_lead(told, found)
    if chance < RARE:
        return f"one recipe would give such a lead with a chance of {chance:.2%}"
    return None


def chance_of_lead(told: Sequence[float], found: Sequence[float]) -> float:
    """The chance of a rank sum of ``told`` at least as high, if every split is equally likely."""
    pooled = np.array([*told, *found])
    # Midranks, doubled to be whole: how many are below, and how many are equal.
    doubled = [int((pooled < x).sum() * 2 + (pooled == x).sum() + 1) for x in pooled]
    reached = sum(doubled[: len(told)])
    ways: list[dict[int, int]] = [{0: 1}] + [{} for _ in told]
    for rank in doubled:
        for size in range(len(told), 0, -1):
            for total, count in ways[size - 1].items():
                ways[size][total + rank] = ways[size].get(total + rank, 0) + count
    high = sum(count for total, count in ways[-1].items() if total >= reached)
    return high / comb(len(pooled), len(told))


def _refuse_odd_pairs(entry: Entry, pairs: Sequence[str] | None) -> list[str]:
    """The pairs to be trained on."""
    enough = [pair for pair in entry.pairs if len(entry.of(pair)) >= FEWEST_SEEDS]
    for pair in pairs or ():
        if pair not in enough:
            raise UsageError(
                f"{entry.entry} has {len(entry.of(pair))} agents of {pair};"
                f" {FEWEST_SEEDS} are needed to be retrained"
            )
    asked = list(pairs or enough)
    if not asked:
        raise UsageError(
            f"{entry.entry} has no pair with {FEWEST_SEEDS} agents, as retrained needs; add seeds"
        )
    for pair in asked:
        if pair not in entry.recipes:
            raise UsageError(f"{entry.entry} has no recipe for {pair}; add it under recipes")
    return asked


def _trained(
    entry: Entry,
    pair: str,
    seeds: Sequence[int],
    work: Path,
    jobs: int | None,
    news: Callable[[News], None],
) -> list[Answers]:
    recipe = load_recipe(entry.recipes[pair])
    broken = breach(recipe, entry.track)
    if recipe.pair != pair or broken:
        why = broken or f"it trains {recipe.pair}"
        raise UsageError(f"{entry.recipes[pair]}: is no recipe of {entry.entry} for {pair}: {why}")
    label = entry.recipes[pair].stem
    sweep = Sweep(
        f"{pair}-again", ((label, recipe),), seeds=tuple(seeds), plan=Plan(entry.of(pair)[0].suite)
    )
    done = run_sweep(sweep, work / pair, jobs=jobs, news=news)
    if done.failures:
        raise UsageError(f"a training of {pair} failed: {done.failures[0].failure}")
    cells = [done.path.parent / "cells" / cell["name"] for cell in done.results["cells"]]
    return [read_answers(cell / EPISODES, [pair])[pair] for cell in cells]


def _found(
    entry: Entry, pair: str, told: Sequence[Answers], new: Sequence[Answers], seeds: Sequence[int]
) -> Finding:
    reasons, comparisons = [], []
    for name in ("train_success", "score"):
        one, other = _figures(name, told), _figures(name, new)
        if len(one) < len(told) or len(other) < len(new):
            reasons.append("an agent has no score")
            continue
        generator = np.random.default_rng(stable_hash("retrained", pair, name))
        reason = judge(one, other, generator)
        reasons += [f"{name}: {reason}"] if reason else []
        comparisons.append(_comparison(name, one, other, generator))
    more = {"comparisons": comparisons, "seeds": list(seeds), "why": "; ".join(reasons) or None}
    return finding("retrained", pair, entry.contents[pair], **more)


def _figures(name: str, answers: Sequence[Answers]) -> list[float]:
    if name == "train_success":
        return [float(one.success.mean()) for one in answers]
    return [one.score for one in answers if one.score is not None]


def _comparison(
    name: str, told: Sequence[float], found: Sequence[float], generator: np.random.Generator
) -> Comparison:
    """The interquartile means, without an interval of their difference: there are too few."""
    one, other = (across_seeds(values, generator).middle.value for values in (told, found))
    return Comparison(figure=name, seed=None, told=one, found=other, n=len(found))
