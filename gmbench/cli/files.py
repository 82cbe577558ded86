"""Commands that turn one file into another: recompute, schema, export-normalization."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from gmbench import registry
from gmbench.cli.app import AsJson, app, err, out, print_json


@app.command()
def recompute(
    episodes: Annotated[Path, typer.Argument(help="An episode table, .csv or .csv.gz.")],
    protocol: Annotated[str, typer.Option(help="The protocol that played them.")] = "transfer",
    json: AsJson = False,
) -> None:
    """Compute every figure again from an episode table.

    Example: gmbench recompute episodes.csv.gz --json
    """
    from gmbench.episodes import Episodes
    from gmbench.report import figure_table

    asked, table = registry.PROTOCOLS.load(protocol), Episodes.read(episodes)
    figures = {name: asked.figures(table, registry.pair(name)) for name in table.pairs()}
    if json:
        print_json(
            {
                name: {key: figure.to_json() for key, figure in of_pair.items()}
                for name, of_pair in figures.items()
            }
        )
        return
    for name, of_pair in figures.items():
        out().print(figure_table(name, of_pair))


class Document(str, Enum):
    """What has a schema."""

    record = "record"
    throughput = "throughput"
    ranking = "ranking"


@app.command()
def schema(
    document: Annotated[
        Document, typer.Argument(help="What eval, throughput or leaderboard rank writes.")
    ] = Document.record,
) -> None:
    """Print the JSON Schema of what gmbench writes.

    Example: gmbench schema record > record.schema.json
    """
    if document is Document.record:
        from gmbench.records import schema_text
    elif document is Document.throughput:
        from gmbench.throughput import schema_text
    else:
        from gmbench.leaderboard.document import schema_text

    typer.echo(schema_text(), nl=False)


@app.command("export-normalization")
def export_normalization(
    statistics: Annotated[Path, typer.Argument(help="What VecNormalize.save wrote, a pickle.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="AGENT.normalization.npz, beside AGENT.zip.")
    ],
    trust: Annotated[
        bool, typer.Option("--trust", help="Unpickle the file, which can run any code in it.")
    ] = False,
) -> None:
    """Write VecNormalize statistics as plain numbers that load without a pickle.

    Example: gmbench export-normalization vec_normalize.pkl -o agent.normalization.npz --trust
    """
    from gmbench.agents.normalization import export_normalization as export

    export(statistics, output, trust=trust)
    err().print(f"wrote {output}", markup=False)
