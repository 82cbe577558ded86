"""``gmbench train``: a recipe, or flags, to an agent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from gmbench.atomic import refuse_bad_target
from gmbench.cli.app import app, err, out
from gmbench.cli.parameters import Parameters, parameters
from gmbench.errors import UsageError

if TYPE_CHECKING:
    from gmbench.training import Progress, Recipe, Trained

TENTHS = 10  # lines that a run prints where nobody watches a bar


@app.command()
def train(
    recipe: Annotated[
        Path | None, typer.Argument(help="A recipe, RECIPE.yaml; or say it in flags.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The agent, FILE.zip.", show_default=False)
    ] = None,
    pair: Annotated[
        str | None, typer.Option(help="What to train on (gmbench list pairs).", show_default=False)
    ] = None,
    algo: Annotated[
        str | None,
        typer.Option(help="ppo, a2c, dqn, qrdqn, trpo or recurrent-ppo.", show_default="ppo"),
    ] = None,
    obs: Annotated[
        str | None, typer.Option(help="grid or rgb.", show_default="the cheapest")
    ] = None,
    alpha: Annotated[
        float | None,
        typer.Option(help="Share of training levels in the test condition.", show_default="0"),
    ] = None,
    levels: Annotated[
        int | None, typer.Option(help="How many training levels.", show_default="all")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(help="Environment steps in all.", show_default=False)
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of everything.", show_default="0")] = None,
    num_envs: Annotated[
        int | None, typer.Option(help="Slots played at once.", show_default="as usual")
    ] = None,
    mode: Annotated[
        str | None, typer.Option(help="easy or hard, in Procgen worlds.", show_default="easy")
    ] = None,
    set_: Parameters = None,
    extractor: Annotated[
        str | None,
        typer.Option(
            help="grid-cnn, place-cnn, flat, impala, or stock, which loads without gmbench.",
            show_default="as usual",
        ),
    ] = None,
    blind: Annotated[
        bool, typer.Option("--blind", help="Mask the planes that tell the goal.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a run that was stopped.")
    ] = False,
    checkpoints: Annotated[
        Path | None, typer.Option(help="A folder for agents on the way.", show_default=False)
    ] = None,
    every: Annotated[
        int | None, typer.Option(help="After how many steps one is written.", show_default=False)
    ] = None,
    tensorboard: Annotated[
        Path | None, typer.Option(help="A folder for TensorBoard's logs.", show_default=False)
    ] = None,
    device: Annotated[str, typer.Option(help="Of the network: cpu or cuda.")] = "cpu",
    threads: Annotated[
        int, typer.Option(min=1, help="Of torch; more than 1 only on an idle machine.")
    ] = 1,
) -> None:
    """Train an agent by a recipe; flags stand in for one, or change what it says.

    Writes the agent and, beside it, its training curve. Ctrl-C saves; --resume goes on.

    Example: gmbench train corner.yaml -o agent.zip

    Example: gmbench train --pair corner --set size=9 --alpha 0 --steps 500_000 -o agent.zip
    """
    if output is None:
        raise UsageError("say where the agent is written: -o FILE.zip")
    given = {
        "pair": pair,
        "algorithm": algo,
        "obs": obs,
        "alpha": alpha,
        "levels": levels,
        "steps": steps,
        "seed": seed,
        "num_envs": num_envs,
        "mode": mode,
        "blind": blind or None,
    }
    chosen = _recipe(recipe, given, parameters(set_), extractor)
    if recipe is not None and refuse_bad_target(output) == recipe.resolve():
        raise UsageError(f"cannot write {output}: it is read as well; name another file")
    from gmbench.training import train as carry_out

    with _bar(f"{chosen.pair} {chosen.algorithm}") as progress:
        done = carry_out(
            chosen,
            output,
            resume=resume,
            checkpoints=checkpoints,
            every=every,
            tensorboard=tensorboard,
            device=device,
            threads=threads,
            progress=progress,
        )
    out().print(_sentence(done), markup=False, soft_wrap=True)
    err().print(f"wrote {done.agent} and {done.curve}", markup=False, soft_wrap=True)


def _recipe(
    path: Path | None, given: dict[str, Any], world: dict[str, int | str], extractor: str | None
) -> Recipe:
    """The recipe of a file, of flags, or of a file with what the flags change in it."""
    from gmbench.training import Network, Recipe, checked, load_recipe

    flags = {name: value for name, value in given.items() if value is not None}
    if path is None:
        missing = [f"--{name}" for name in ("pair", "steps") if name not in flags]
        if missing:
            raise UsageError(f"name a recipe, or say {' and '.join(missing)}")
        written = Recipe(**flags)
    else:
        loaded = load_recipe(path)
        if "pair" in flags and flags["pair"] != loaded.pair:
            raise UsageError(f"{path} is a recipe for {loaded.pair}; leave out --pair")
        if "algorithm" in flags and flags["algorithm"] != loaded.algorithm:
            # Settings and slots are of the other algorithm.
            flags = {"settings": {}, "num_envs": None, **flags}
        if flags.get("obs", loaded.obs) != loaded.obs:
            flags["network"] = Network()
        written = loaded.with_(**flags)
    if extractor is not None:
        written = written.with_(network=Network(extractor))
    return checked(written.with_(parameters={**written.parameters, **world}))


def _sentence(done: Trained) -> str:
    """What was done, in a line."""
    recipe = done.recipe
    last = next((row for row in reversed(done.rows) if row.episodes), done.rows[-1])
    speed = done.steps / max(done.seconds, 1e-9)
    text = (
        f"{recipe.algorithm} on {recipe.pair}, alpha {recipe.alpha:g}, seed {recipe.seed}:"
        f" {done.steps:,} steps in {_duration(done.seconds)} ({speed:,.0f} steps/s)"
    )
    if last.success is not None:
        text += f"; at the end {last.success:.0%} of training episodes succeed"
    elif last.reward is not None:
        text += f"; at the end a training episode returns {last.reward:.2f}"
    if done.lessons is not None:
        told = done.lessons
        text += f"; {told.begun} lessons: {told.goal_first} to the goal first,"
        text += f" {told.proxy_first} to the proxy"
    return text


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


@contextmanager
def _bar(description: str) -> Iterator[Callable[[Progress], None]]:
    """A bar with steps, speed, success and time left; plain lines where stderr is no terminal."""
    console = err()
    if not console.is_terminal:
        yield _Lines(description)
        return
    bar = Bar(
        TextColumn("[bold]{task.description}"),
        BarColumn(bar_width=None),
        TextColumn("[cyan]{task.fields[steps]}"),
        TextColumn("{task.fields[speed]}"),
        TextColumn("[green]{task.fields[success]}"),
        TimeRemainingColumn(compact=True),
        TextColumn("left"),
        console=console,
        expand=console.width < 100,
    )
    tasks: list[TaskID] = []

    def show(far: Progress) -> None:
        told: dict[str, Any] = {
            "steps": f"{min(far.steps, far.total):,}/{far.total:,}",
            "speed": f"{_short(far.steps_per_second)} steps/s",
            "success": _success(far),
        }
        if not tasks:
            tasks.append(bar.add_task(escape(description), total=far.total, **told))
            bar.start()
        bar.update(tasks[0], completed=min(far.steps, far.total), **told)

    try:
        yield show
    finally:
        if tasks:
            bar.stop()


class _Lines:
    """Prints a line for every tenth of a run, for logs."""

    def __init__(self, description: str) -> None:
        self._description, self._tenth = description, 0

    def __call__(self, far: Progress) -> None:
        tenth = min(far.steps * TENTHS // far.total, TENTHS)
        if tenth > self._tenth:
            self._tenth = tenth
            line = f"{self._description}: {min(far.steps, far.total):,}/{far.total:,} steps"
            speed = f"{_short(far.steps_per_second)} steps/s"
            told = ", ".join(filter(None, (line, speed, _success(far))))
            err().print(told, markup=False, soft_wrap=True)


def _success(far: Progress) -> str:
    if far.success is not None:
        return f"{far.success:.0%} succeed"
    return "" if far.reward is None else f"return {far.reward:.2f}"


def _short(number: float) -> str:
    """Three digits: 950, 12.3k, 1.25M."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g}{letter}"
    return f"{number:.3g}"
