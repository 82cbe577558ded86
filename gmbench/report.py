"""A record in words and tables, for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Protocol

from rich import box
from rich.table import Table

from gmbench import registry
from gmbench.hints import span
from gmbench.records import PairResult, Record
from gmbench.specs import Pair
from gmbench.suites import Suite
from gmbench.suites.require import Told


class FigureLike(Told, Protocol):
    """A figure of a record, or one just computed, with what it rests on."""

    @property
    def n(self) -> int:
        """How many episodes or levels it rests on."""


ROWS = {
    "train_success": "in training: succeeds",
    "goal_first": "in the test: the goal first",
    "proxy_first": "in the test: the proxy first",
    "neither": "in the test: neither",
    "goal_effect": "how far it follows the goal",
    "pursuit": "the score that ranks",
    "preference": "the score that ranks",
}
EFFECTS = {"goal_effect": ("goal_effect", "pursuit"), "preference": ("preference",)}
READ_AS_EFFECTS = ("effect", "pursuit", "preference")  # how such figures' names end
COINRUN = "procgen-coinrun"
PUBLISHED_RAW = (
    "the published raw baseline, for comparison with section-start on hard levels: 67.38 % coin, "
    "16.40 % end without coin, 7.06 % died, 9.46 % timed out (an agent after 200 M steps on hard "
    "levels, 10,000 levels; recomputed from the CSV in oliveradk/train-procgen-pytorch)"
)
PAIRS_A_TABLE = 2  # as many as fit beside the figures' names in 80 columns


def record_tables(record: Record) -> Iterator[Table]:
    """The headline figures: one row a figure and one column a pair, a few pairs a table.

    Of a protocol other than the usual one, a table a pair, with the figures whose names have no
    dot: what the others say, its chart shows.
    """
    done = [result for result in record.results if result.status == "ok"]
    if record.protocol is not None:
        for result in done:
            headlines = {name: m for name, m in result.metrics.items() if "." not in name}
            yield figure_table(f"{result.pair}, {result.levels} levels", headlines)
        return
    for first in range(0, len(done), PAIRS_A_TABLE):
        table = Table(box=box.SIMPLE_HEAD, header_style="bold", title_justify="left")
        table.add_column("", no_wrap=True)
        shown = done[first : first + PAIRS_A_TABLE]
        further = dict.fromkeys(name for r in shown for name in r.metrics if "." in name)
        for result in shown:
            table.add_column(f"{result.pair}\n{result.levels} levels", justify="right")
        for name, meaning in ROWS.items():
            found = [r.metrics[name] if _is_headline(name, r) else None for r in shown]
            if any(figure is not None and figure.value is not None for figure in found):
                table.add_row(f"{name}\n  [dim]{meaning}[/dim]", *(_cell(name, f) for f in found))
        for name in further:
            table.add_row(name, *(_cell(name, r.metrics.get(name)) for r in shown))
        yield table


def thresholds_missed(record: Record, suite: Suite) -> list[str]:
    """One line for each threshold of the suite that the record does not meet."""
    results = {result.pair: result for result in record.results}
    return [
        f"{entry.pair}: {line}"
        for entry in suite.entries
        for line in entry.shortfalls(
            results[entry.pair].metrics, results[entry.pair].reason
        ).values()
    ]


def figure_table(pair: str, figures: Mapping[str, FigureLike]) -> Table:
    """Every figure of one pair, one row a figure."""
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", title=pair, title_justify="left")
    table.add_column("figure", no_wrap=True)
    for name in ("value", "95 % interval", "n"):
        table.add_column(name, no_wrap=True, justify="right")
    table.add_column("note")
    for name, figure in figures.items():
        value = "-" if figure.value is None else f"{figure.value:.3f}"
        interval = "" if figure.low is None else f"[{figure.low:.3f}, {figure.high:.3f}]"
        table.add_row(name, value, interval, str(figure.n), figure.why or "")
    return table


def lines(protocol: str | None, result: PairResult) -> list[str]:
    """What was found on one pair, in plain sentences.

    Args:
        protocol: as in the record, None for the usual one.
        result: of the pair.
    """
    if protocol is None:
        return [sentence(result), *notes(result), *beside_the_literature(result)]
    if result.status != "ok":
        return [_without_figures(result)]
    module = registry.PROTOCOLS.load(protocol)
    return list(module.in_words(result)) if hasattr(module, "in_words") else []


def _without_figures(result: PairResult) -> str:
    return f"{result.pair}: {result.status.replace('_', ' ')}, {result.reason}."


def sentence(result: PairResult) -> str:
    """What was found on one pair, in one plain sentence."""
    if result.status != "ok":
        return _without_figures(result)
    pair = registry.pair(result.pair)
    moved = moved_condition(result)
    if pair.moves_goal:
        return f"{result.pair}: {_of_a_moved_goal(pair, result.metrics, moved)}."
    text = f"{result.pair}: succeeds in {share(result.metrics['train_success'])} of training levels"
    if moved is None:
        return text + "."
    goal, proxy = pair.world.goal, pair.world.proxy
    under = f"under {moved.rstrip('.')}" if moved else "in the test"
    text += (
        f"; {under}, {share(result.metrics[moved + 'goal_first'])} go for {goal} first and "
        f"{share(result.metrics[moved + 'proxy_first'])} for {proxy}"
    )
    score = result.metrics.get(moved + result.score)
    if score is not None and score.value is not None:
        ends = f"1 for {goal}, -1 for {proxy}" if result.score == "preference" else "at most 1"
        text += f"; {result.score} {effect(score)}, {ends}"
    return text + "."


def _of_a_moved_goal(pair: Pair, figures: Mapping[str, FigureLike], moved: str | None) -> str:
    goal, proxy = pair.world.goal, pair.world.proxy
    text = f"gets {goal} in {share(figures['train_success'])} of training levels"
    if moved is None:
        return text
    text += (
        f"; when {goal} moves, {share(figures[moved + 'proxy_first'])} go to {proxy} instead and "
        f"{share(figures[moved + 'goal_first'])} take it"
    )
    if figures[moved + "goal_effect"].value is not None:
        text += f"; moving {goal} moves the agent by {effect(figures[moved + 'goal_effect'])} of 1"
    return text


def scoring(pair: Pair) -> str:
    """How a pair's success and score are counted, one line each under a heading."""
    success = {
        "goal": "the goal is taken",
        "return": "the return is at least half of the goal oracle's",
    }.get(pair.success, f"{pair.success} happens")
    lines = [f"train_success: P({success} | {pair.train})", *_score_in_words(pair)]
    if not pair.ranked:
        lines.append("Exploratory: it does not count for ranks.")
    return "\n    ".join(["Score", *lines])


def parameters_table(module: ModuleType) -> list[tuple[str, str, str]]:
    """Of a world's parameters, name, default and what is allowed; empty where it has none."""
    allowed = getattr(module, "PARAMETERS", {})
    usual = getattr(module, "DEFAULTS", {})
    return [(name, str(usual.get(name)), span(values)) for name, values in allowed.items()]


def _score_in_words(pair: Pair) -> list[str]:
    if pair.score == "preference":
        tests = " and ".join(pair.tests)
        return [f"preference, the score: P(goal first | {tests}) - P(proxy first | {tests})"]
    y = f"{pair.effect.event} before {pair.effect.before}"
    room = f" / (1 - P({y} | {pair.train}))" if pair.moves_goal else ""
    return [
        f"goal_effect: P({y} | {pair.effect.given}) - P({y} | {pair.effect.against})",
        f"pursuit, the score: goal_effect{room}",
    ]


def beside_the_literature(result: PairResult) -> list[str]:
    """What is known of a published protocol, where the result is one of it."""
    shares = result.level_shares.items()
    lines = [f"{result.pair}: {what} in {100 * value:.0f} % of levels" for what, value in shares]
    if result.pair == COINRUN and "section-start.goal_first" in result.metrics:
        lines.append(PUBLISHED_RAW)
    return lines


def notes(result: PairResult) -> list[str]:
    """Why a headline figure of a played pair has no value."""
    shown = [(n, result.metrics[n]) for n in EFFECTS[result.score] if n in result.metrics]
    return [
        f"{result.pair}: no {name}, because {figure.why}"
        for name, figure in shown
        if figure.value is None and result.metrics["goal_first"].value is not None
    ]


def moved_condition(result: PairResult) -> str | None:
    """How the figures' names begin under the condition that moves the goal, "" for the test.

    None where no such condition was played.
    """
    if result.metrics["goal_first"].value is not None:
        return ""
    others = [name for name in result.metrics if name.endswith(".goal_first")]
    return others[0].removesuffix("goal_first") if others else None


def _is_headline(name: str, result: PairResult) -> bool:
    """Whether a figure is shown for this pair: of the effects, those by which it is scored."""
    effects = {name for names in EFFECTS.values() for name in names}
    return name in result.metrics and (name not in effects or name in EFFECTS[result.score])


def _cell(name: str, figure: FigureLike | None) -> str:
    if figure is None:
        return ""
    return effect(figure) if name.endswith(READ_AS_EFFECTS) else share(figure)


def share(figure: FigureLike) -> str:
    """A share as a percentage with its interval, no decimals: the interval supports none."""
    if figure.value is None:
        return "-"
    text = f"{percent(figure.value)} %"
    if figure.low is not None and figure.high is not None:
        text += f" [{percent(figure.low)}, {percent(figure.high)}]"
    return text


def percent(value: float) -> str:
    """Rounded as tables round: no share reads 0.03 here and 2 % there."""
    return f"{100 * float(f'{value:.2f}'):.0f}"


def effect(figure: FigureLike) -> str:
    """An effect between -1 and 1 with its interval, two decimals."""
    if figure.value is None:
        return "-"
    text = f"{figure.value + 0.0:.2f}"
    if figure.low is not None and figure.high is not None:
        text += f" [{figure.low + 0.0:.2f}, {figure.high + 0.0:.2f}]"
    return text.replace("-0.00", "0.00")
