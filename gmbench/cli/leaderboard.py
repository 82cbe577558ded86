"""``gmbench leaderboard``: submissions, what they earn, and the ranking."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gmbench.cli.app import AsJson, app, err, out, print_json, progress_bar
from gmbench.cli.findings import said
from gmbench.cli.sweep import sweep_bar
from gmbench.errors import UsageError
from gmbench.hints import counted

if TYPE_CHECKING:
    from gmbench.leaderboard.adding import Source
    from gmbench.leaderboard.places import Places

leaderboard = typer.Typer(
    no_args_is_help=True,
    help="Submissions to the leaderboard: make one, check it, verify it, rank all.",
)
app.add_typer(leaderboard, name="leaderboard")

Root = Annotated[
    Path, typer.Option("--root", help="The repository that holds leaderboard/.", metavar="DIR")
]
ENTRY = "A submission's slug or folder, baselines:RECIPE, or scripted:ROLE."


@leaderboard.command()
def add(
    slug: Annotated[str, typer.Argument(help="The submission's folder name, such as far-ppo.")],
    name: Annotated[str, typer.Option(help="The method's name, as people will read it.")],
    author: Annotated[list[str], typer.Option(help="An author; repeatable.")],
    algorithm: Annotated[str, typer.Option(help="The algorithm, such as PPO.")],
    licence: Annotated[str, typer.Option(help="Of the agents, such as MIT.")],
    track: Annotated[
        str, typer.Option(help="What training was allowed: alpha-0, alpha-0.01, alpha-0.1, open.")
    ] = "open",
    link: Annotated[str | None, typer.Option(help="http(s) address of code or paper.")] = None,
    suite: Annotated[str, typer.Option(help="The shipped suite to evaluate on.")] = "native",
    pair: Annotated[
        list[str] | None,
        typer.Option("--pair", metavar="PAIR:SEED=FILE", help="An agent's zip; repeatable."),
    ] = None,
    cells: Annotated[
        list[Path] | None,
        typer.Option(help="A folder of a sweep, whose finished cells are taken; repeatable."),
    ] = None,
    label: Annotated[
        str | None, typer.Option(help="Of the cells, those whose name begins with it.")
    ] = None,
    recipe: Annotated[
        list[str] | None,
        typer.Option(metavar="PAIR=FILE", help="A recipe, needed to be retrained; repeatable."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace one of that name.")] = False,
    root: Root = Path(),
) -> None:
    """Make a submission: copy the agents, evaluate them, write record and episodes.

    Agents run on this machine, outside the sandbox: they are yours. Nothing is left behind where
    something is wrong.

    Examples:
    gmbench leaderboard add far-ppo --name "Far-sighted PPO" --author "A. Name" --algorithm PPO
    --licence MIT --track alpha-0 --pair corner:0=a.zip --pair corner:1=b.zip --recipe corner=r.yaml

    gmbench leaderboard add far-ppo --name "Far-sighted PPO" --author "A. Name" --algorithm PPO
    --licence MIT --cells runs/corner --cells runs/dish --label ppo-alpha-0
    """
    from gmbench.leaderboard.adding import add as make
    from gmbench.leaderboard.places import places
    from gmbench.leaderboard.submission import Submission
    from gmbench.leaderboard.tracks import TRACKS

    board = places(root)
    known = next((one for one in TRACKS if one == track), None)
    if known is None:
        raise UsageError(f"--track must be one of {', '.join(TRACKS)}")
    source = _source(pair or [], cells or [], label, recipe or [])
    one = Submission(name, tuple(author), known, algorithm, licence, {}, link=link, suite=suite)
    with progress_bar(f"suite {suite}", "episodes") as show:
        place = make(board, slug, one, source, force=force, progress=lambda seed: show)
    err().print(f"wrote {place}", markup=False, soft_wrap=True)


@leaderboard.command()
def check(
    path: Annotated[
        str | None, typer.Argument(help="A submission's slug or folder.", show_default="all")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write down that what passes is recomputed.")
    ] = False,
    root: Root = Path(),
) -> None:
    """Print every fault of a submission, and how to mend it; exit 1 if there is one.

    Example: gmbench leaderboard check far-ppo
    """
    from gmbench.leaderboard import verify as verifying
    from gmbench.leaderboard.check import check_submission
    from gmbench.leaderboard.places import places
    from gmbench.leaderboard.sources import find_entry

    board = places(root)
    slugs = board.slugs() if path is None else [board.slug_of(path)]
    faults = 0
    for slug in slugs:
        found = check_submission(board.submission(slug), _other_names(board, slug))
        for fault in found:
            out().print(fault.under(slug), markup=False, soft_wrap=True)
        faults += len(found)
        if write and not found:
            entry = find_entry(board, slug)
            verifying.write(board, entry, verifying.recomputed(board, entry))
    if faults:
        out().print(counted(faults, "fault"), markup=False)
        raise typer.Exit(1)
    good = "is good" if len(slugs) == 1 else "are good"
    out().print(f"{counted(len(slugs), 'submission')} {good}", markup=False)


@leaderboard.command()
def verify(
    path: Annotated[str, typer.Argument(help=ENTRY)],
    salt_file: Annotated[
        Path | None, typer.Option(help="Play levels that nobody saw, named by this secret file.")
    ] = None,
    retrain: Annotated[
        bool, typer.Option("--retrain", help="Train the recipes anew and compare.")
    ] = False,
    seeds: Annotated[int, typer.Option(help="With --retrain: how many fresh seeds.")] = 5,
    first_seed: Annotated[
        int | None, typer.Option(min=0, help="With --retrain: of these.", show_default="random")
    ] = None,
    pair: Annotated[
        list[str] | None, typer.Option("--pair", help="Of this pair alone; repeatable.")
    ] = None,
    work: Annotated[
        Path | None, typer.Option(help="With --retrain: a folder for the new agents.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="With --retrain: agents at once, one a core.")
    ] = None,
    no_sandbox: Annotated[
        bool, typer.Option("--no-sandbox", help="Run agents unguarded: your own only.")
    ] = False,
    root: Root = Path(),
    json: AsJson = False,
) -> None:
    """Let an entry earn its statuses; exit 1 where one is not earned.

    Without an option its agents play the suite again; what is found is written to
    leaderboard/verified/. Only maintainers run this.

    Examples: gmbench leaderboard verify far-ppo;
    gmbench leaderboard verify far-ppo --salt-file ~/salt --pair corner;
    gmbench leaderboard verify far-ppo --retrain --seeds 10 --work /tmp/again
    """
    from gmbench.leaderboard import verify as verifying
    from gmbench.leaderboard.places import places
    from gmbench.leaderboard.rerun import held_out, rerun
    from gmbench.leaderboard.retrain import retrain as train_again
    from gmbench.leaderboard.sources import find_entry

    if retrain and salt_file is not None:
        raise UsageError("--retrain and --salt-file are two verifications; run one at a time")
    if retrain != (work is not None):
        raise UsageError("--retrain needs --work DIR for the new agents, and nothing else does")
    board = places(root)
    entry = find_entry(board, path)
    found = verifying.recomputed(board, entry)
    if work is not None:
        with sweep_bar(f"{path} again") as news:
            found += train_again(
                entry, work, seeds=seeds, first_seed=first_seed, pairs=pair, jobs=jobs, news=news
            )
    else:
        salt = None if salt_file is None else _salt(salt_file)
        some = verifying.only(entry, pair or ())
        with progress_bar(path, "episodes") as show:
            if salt is None:
                found += rerun(some, sandbox=not no_sandbox, progress=show)
            else:
                found += held_out(some, salt, sandbox=not no_sandbox, progress=show)
    file = verifying.write(board, entry, found)
    if json:
        print_json([one.model_dump(mode="json") for one in found])
    else:
        for one in found:
            out().print(said(one), markup=False, soft_wrap=True)
    err().print(f"wrote {file}", markup=False, soft_wrap=True)
    if not all(one.passed for one in found):
        raise typer.Exit(1)


@leaderboard.command()
def rank(
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="FILE.json.", show_default="leaderboard/ranking.json"),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(help="FILE.csv.", show_default="beside the JSON, by its name"),
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of the ranking instead.")
    ] = False,
    root: Root = Path(),
) -> None:
    """Rank every entry: ranking.json for the site, and a CSV; equal input gives equal bytes.

    Example: gmbench leaderboard rank
    """
    from gmbench.atomic import refuse_bad_target, write_text
    from gmbench.leaderboard.document import schema_text
    from gmbench.leaderboard.places import places

    if schema:
        typer.echo(schema_text(), nl=False)
        return
    from gmbench.leaderboard.ranking import rank as ranked
    from gmbench.leaderboard.spreadsheet import to_csv
    from gmbench.provenance import cores

    board = places(root)
    output = output or board.leaderboard / "ranking.json"
    csv = csv or output.with_suffix(".csv")
    if refuse_bad_target(output) == refuse_bad_target(csv):
        raise UsageError("the ranking and its CSV need two files")
    found = ranked(board, jobs=cores())
    found.save(output)
    write_text(csv, to_csv(found))
    for path in (output, csv):
        err().print(f"wrote {path}", markup=False, soft_wrap=True)


def _other_names(board: Places, slug: str) -> list[str]:
    """What the other submissions call themselves, as far as they can be read."""
    from gmbench.leaderboard.submission import read_submission

    found = [read_submission(board.submission(one))[0] for one in board.slugs() if one != slug]
    return [one.name for one in found if one is not None]


def _source(pairs: list[str], cells: list[Path], label: str | None, recipes: list[str]) -> Source:
    """Where the agents come from, by the options."""
    from gmbench.leaderboard.adding import Source, cells_of

    if bool(pairs) == bool(cells):
        raise UsageError("give agents by --pair PAIR:SEED=FILE, or a sweep's folder by --cells")
    if label is not None and not cells:
        raise UsageError("--label chooses among --cells; leave it out")
    named = dict(_named(text, "--recipe PAIR=FILE") for text in recipes)
    if cells:
        found = cells_of(cells, label)
        return Source(found.agents, found.parts, named)
    agents: dict[tuple[str, int], Path] = {}
    for text in pairs:
        what, path = _named(text, "--pair PAIR:SEED=FILE")
        name, colon, seed = what.partition(":")
        if not colon or not seed.isdecimal() or len(seed) > 10:
            raise UsageError(f"--pair {text}: write it as PAIR:SEED=FILE, such as corner:0=a.zip")
        if (name, int(seed)) in agents:
            raise UsageError(f"--pair {what} was given twice")
        agents[name, int(seed)] = path
    return Source(agents, {}, named)


def _named(text: str, form: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not equals or not name or not path:
        raise UsageError(f"{form}: cannot read {text!r}")
    return name, Path(path)


def _salt(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(4096).strip()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from None
