"""``gmbench eval``: an agent on a suite."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gmbench.atomic import refuse_bad_target
from gmbench.cli.app import app, err, out, progress_bar
from gmbench.errors import AgentStopped, UsageError
from gmbench.sandbox import Limits, read_limits

if TYPE_CHECKING:
    from gmbench.records import Record


@app.command("eval")
def eval_(
    agent: Annotated[
        str | None,
        typer.Argument(
            help="A zip, an ONNX file, a folder, module:attribute, or scripted:random|goal|proxy.",
            show_default=False,
        ),
    ] = None,
    pair: Annotated[
        list[str] | None,
        typer.Option("--pair", metavar="PAIR=AGENT", help="An agent for one pair; repeatable."),
    ] = None,
    suite: Annotated[str, typer.Option(help="A suite's name or a YAML file.")] = "quick",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the record, FILE.json.")
    ] = None,
    episodes: Annotated[
        Path | None, typer.Option(help="Write the raw table, FILE.csv or FILE.csv.gz.")
    ] = None,
    levels: Annotated[
        int | None, typer.Option(help="Play this many levels of every pair instead.")
    ] = None,
    require: Annotated[
        list[str] | None,
        typer.Option(
            metavar="THRESHOLD",
            help="End with 1 where a pair misses it, such as 'pursuit >= 0.5'; repeatable.",
            show_default=False,
        ),
    ] = None,
    trust: Annotated[
        bool, typer.Option("--trust", help="Let the agent's file run code when it is loaded.")
    ] = False,
    sandbox: Annotated[
        bool,
        typer.Option("--sandbox", help="Let agents play in a sandbox each; files may be hostile."),
    ] = False,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=NUMBER",
            help="What an agent may use in its sandbox, such as memory=8192 (MiB), step=60 (s);"
            " repeatable. Also processes, cpu (s), start (s), wall (s), scratch (MiB), output"
            " (KiB), files.",
            show_default=False,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the record instead.")] = False,
) -> None:
    """Evaluate an agent: does it want the goal, or what stood beside it in training?

    Ends with 1 where a figure misses a threshold, the suite's or one of --require.

    Examples: gmbench eval agent.zip --suite quick -o record.json --episodes episodes.csv.gz;
    gmbench eval --pair procgen-coinrun=a.zip --pair procgen-maze=b.zip --suite procgen;
    gmbench eval stranger.zip --sandbox
    """
    from gmbench.evaluation import evaluate
    from gmbench.report import thresholds_missed
    from gmbench.suites import load_suite, read_demands, with_demands

    chosen, limits = chosen_agents(agent, pair), _limits(sandbox, limit)
    sources = [chosen] if isinstance(chosen, str) else list(chosen.values())
    refuse_bad_targets(output, episodes, [*sources, suite])
    plan = with_demands(load_suite(suite), read_demands(require or []))
    with progress_bar(f"suite {suite}", "episodes") as progress:
        record = evaluate(
            chosen,
            plan,
            levels=levels,
            episodes=episodes,
            trust=trust,
            sandbox=limits or False,
            progress=progress,
        )
    if output is not None:
        record.save(output)
    if json:
        typer.echo(record.to_json(), nl=False)
    else:
        _report(record)
    for path in (output, episodes):
        if path is not None:
            err().print(f"wrote {path}", markup=False)
    stopped = [str(result.reason) for result in record.results if result.status == "stopped"]
    if stopped:
        raise AgentStopped("; ".join(dict.fromkeys(stopped)))
    missed = thresholds_missed(record, plan)
    for line in missed:
        err().print(f"threshold missed: {line}", markup=False, soft_wrap=True)
    if missed:
        raise typer.Exit(1)


def _report(record: Record) -> None:
    """The figures in tables and in words."""
    from gmbench.report import lines, record_tables

    console = out()
    title = f"{record.agent.name} on suite {record.suite.name}, 95 % intervals"
    console.print(title, style="bold", markup=False)
    for table in record_tables(record):
        console.print(table)
    for result in record.results:
        for line in lines(record.protocol, result):
            console.print(line, markup=False)


def _limits(sandbox: bool, texts: list[str] | None) -> Limits | None:
    """What sandboxes allow, None where there are none."""
    if texts and not sandbox:
        raise UsageError("--limit limits a sandbox; add --sandbox, or leave it out")
    return read_limits(texts) if sandbox else None


def chosen_agents(
    agent: str | None, pairs: list[str] | None, one: str = "one agent", each: str = "--pair"
) -> str | dict[str, str]:
    """Who plays: one agent for all pairs, or agents by pair.

    Args:
        agent: the one.
        pairs: PAIR=AGENT for each.
        one: what messages call it.
        each: what messages call the option of one pair.

    Raises:
        UsageError: both or neither, or one that is not PAIR=AGENT, or a pair twice.
    """
    if (agent is None) == (not pairs):
        raise UsageError(f"give {one} for all pairs, or {each} PAIR=AGENT for each")
    if agent is not None:
        return agent
    chosen: dict[str, str] = {}
    for text in pairs or []:
        name, equals, source = text.partition("=")
        if not equals or not name or not source:
            raise UsageError(f"{each} {text}: write it as PAIR=AGENT")
        if name in chosen:
            raise UsageError(f"{each} {name} was given twice")
        chosen[name] = source
    return chosen


def refuse_bad_targets(output: Path | None, episodes: Path | None, inputs: Iterable[str]) -> None:
    """Before minutes of play rather than after them, and before an input is replaced.

    Raises:
        UsageError: a file cannot be written, or is read as well.
    """
    taken = {Path(name).resolve(): f"{name} is read as well" for name in inputs}
    for path in (output, episodes):
        if path is None:
            continue
        target = refuse_bad_target(path)
        if target in taken:
            raise UsageError(f"cannot write {path}: {taken[target]}; name another file")
        taken[target] = "record and episodes need two files"
