"""``gmbench sandbox``: what keeps hostile agents where they are."""

from __future__ import annotations

import typer
from rich.markup import escape
from rich.table import Table

from gmbench.cli.app import AsJson, app, out, print_json

sandbox = typer.Typer(help="The sandbox that gmbench eval --sandbox puts agents in.")
app.add_typer(sandbox, name="sandbox")

VERDICTS = {True: "[green]ok[/green]", False: "[bold red]MISSING[/bold red]", None: ""}


@sandbox.command()
def doctor(json: AsJson = False) -> None:
    """Say whether a sandbox can be made here, and how to mend what is missing; exit 1 if not.

    Example: gmbench sandbox doctor
    """
    from gmbench.sandbox.doctor import examine

    checks = examine()
    usable = all(check.passed is not False for check in checks)
    if json:
        print_json({"usable": usable, "checks": [check.to_json() for check in checks]})
    else:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in ("check", "", "what was found"):
            table.add_column(column, no_wrap=column != "what was found")
        for check in checks:
            table.add_row(check.name, VERDICTS[check.passed], escape(check.found))
        out().print(table)
        for check in checks:
            if check.mend:
                out().print(f"{check.name}: {check.mend}.", markup=False, soft_wrap=True)
    if not usable:
        raise typer.Exit(1)
