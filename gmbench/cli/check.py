"""``gmbench check``: the public conformance checks of a world, and of a graphics card."""

from __future__ import annotations

import json as text
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from gmbench import registry
from gmbench.atomic import refuse_bad_target, write_text
from gmbench.cli.app import AsJson, app, err, out, print_json, progress_bar
from gmbench.cli.parameters import Parameters, parameters
from gmbench.errors import UsageError
from gmbench.hints import quoted

LEVELS = 1000
VERDICTS = {True: "[green]passed[/green]", False: "[bold red]FAILED[/bold red]", None: "reported"}
EQUAL = {True: "[green]equal[/green]", False: "[bold red]DIFFERENT[/bold red]", None: "none kept"}


@app.command()
def check(
    world: Annotated[
        str | None,
        typer.Argument(help="A world, as in: gmbench list worlds", show_default=False),
    ] = None,
    levels: Annotated[
        int | None,
        typer.Option(help="How many evaluation levels to look at (default: 1000)."),
    ] = None,
    mode: Annotated[
        str,
        typer.Option(help="easy or hard, in Procgen worlds (default: easy).", show_default=False),
    ] = "",
    set_: Parameters = None,
    device: Annotated[
        str,
        typer.Option(
            help="cpu or cuda: compare digests of native worlds there with the golden ones.",
            show_default=False,
        ),
    ] = "",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write what was found, FILE.json.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Check that a world keeps its promises; exit 1 if it does not.

    With --device: whether a native world, or without a name each of them, does to the bit what its
    version did when it was released. Where there is no such device the result says "not run".

    Example: gmbench check corner --levels 1000

    Example: gmbench check --device cuda -o digests.json
    """
    if world is not None:
        registry.WORLDS.item(world)
    elif not device:
        raise UsageError("name a world (gmbench list worlds), or --device to compare digests")
    if output is not None:
        refuse_bad_target(output)  # before minutes of checking rather than after them
    if device:
        _refuse_ignored({"--levels": levels, "--mode": mode, "--set": set_})
        found, passed = _on_device(world, device, json)
    else:
        assert world is not None
        chosen = parameters(set_)
        found, passed = _conformance(
            world, LEVELS if levels is None else levels, mode, chosen, json
        )
    if output is not None:
        write_text(output, text.dumps(found, indent=2, allow_nan=False) + "\n")
        err().print(f"wrote {output}", markup=False)
    if not passed:
        raise typer.Exit(1)


def _conformance(
    world: str, levels: int, mode: str, chosen: dict[str, int | str], json: bool
) -> tuple[dict[str, Any], bool]:
    """Run a world's checks and print them; what to write, and whether all passed."""
    from gmbench.testing import check_world

    unit = "checks" if registry.pair(world).world.family == "native" else "levels"
    with progress_bar(f"checking {world}", unit) as progress:
        report = check_world(world, levels, mode, chosen, progress)
    if json:
        print_json(report.to_json())
    else:
        told = "".join(f", {name}={value}" for name, value in report.parameters.items())
        table = Table("check", "", "value", "what was found", header_style="bold")
        kind = f"{report.mode} levels".strip()
        table.title = f"{world} version {report.version}, {levels} {kind}{told}"
        for one in report.checks:
            value = "" if one.value is None else f"{one.value:.3f}"
            table.add_row(one.name, VERDICTS[one.passed], value, one.detail)
        out().print(table)
    return report.to_json(), report.passed


def _refuse_ignored(given: Mapping[str, object]) -> None:
    """Digests are always of the same levels, in the worlds' usual parameters."""
    named = [option for option, value in given.items() if value not in (None, "", [])]
    if named:
        raise UsageError(
            f"--device compares digests as they were kept; leave out {', '.join(named)}"
        )


def _on_device(world: str | None, device: str, json: bool) -> tuple[dict[str, Any], bool]:
    """Compare digests with the golden ones and print it; what to write, and whether none differs.

    Raises:
        UsageError: the world is no native one, or there is no device of that name.
    """
    from gmbench.engine.devices import DEVICES
    from gmbench.engine.digests import compared, native_worlds

    if device not in DEVICES:
        raise UsageError(f"--device {quoted(device)}: choose one of {', '.join(DEVICES)}")
    if world is not None and world not in native_worlds():
        raise UsageError(f"{world} is no native world; only those are played on a device")
    with err().status(f"playing on {device}"):
        found = compared(device, None if world is None else [world])
    if json:
        print_json(found)
    elif found["run"] != "run":
        out().print(f"not run: {found['why']}", markup=False)
    else:
        table = Table("world", "version", "golden digests", header_style="bold")
        table.title = f"native worlds on {device}"
        for name, one in found["worlds"].items():
            table.add_row(name, str(one["version"]), EQUAL[one["equal"]])
        out().print(table)
    return found, all(one["equal"] is not False for one in found["worlds"].values())
