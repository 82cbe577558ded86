"""`ci`: what CI does with a pull request, whole, on any machine.

Submissions are taken from git's objects of the head revision, checked, and their agents rerun in
the sandbox; the code that judges is the one that is installed, not the pull request's. Where a
change touches anything else beside submissions, nothing is run.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Final

from gmbench.errors import UsageError
from gmbench.evaluation import Progress
from gmbench.leaderboard.changes import Changes, changes, extract, is_there
from gmbench.leaderboard.check import check_submission
from gmbench.leaderboard.places import Places
from gmbench.leaderboard.rerun import rerun
from gmbench.leaderboard.sources import submission
from gmbench.leaderboard.submission import load_submission
from gmbench.leaderboard.told import (
    LONGEST,
    MOST_LINES,
    Report,
    ToldFigure,
    ToldPair,
    ToldSubmission,
)
from gmbench.leaderboard.verified import Finding

SHOWN: Final = ("train_success", "effect")  # of the figures that a rerun compares
Progresses = Callable[[str], Progress]


def judge(
    root: Path,
    base: str,
    head: str,
    *,
    sandbox: bool = True,
    progress: Progresses | None = None,
) -> Report:
    """What comes of a change.

    Args:
        root: of the repository.
        base: the revision it begins from.
        head: the revision it ends with.
        sandbox: whether agents are kept in the sandbox.
        progress: of a submission's evaluation, by its slug.

    Raises:
        UsageError: a revision is not there, or there is no sandbox to run agents in.
    """
    change = changes(root, base, head)
    looked_at = change.slugs[:MOST_LINES]
    names = _names(root, change.slugs)
    told: list[ToldSubmission] = []
    for slug in looked_at:
        with tempfile.TemporaryDirectory(prefix="gmbench-ci-") as folder:
            board = Places(Path(folder))
            show = None if progress is None else progress(slug)
            run = not change.others
            one = _judged(root, change, slug, board, names, run, sandbox, show)
            known = is_there(root, change.start, slug)
            told.append(one.model_copy(update={"known": known}))
            names += _names(board.root, ())  # two of one change cannot share a name either
    return Report(
        base=change.base,
        head=change.head,
        submissions=told,
        more_submissions=len(change.slugs) - len(looked_at),
        others=[_line(path) for path in change.others[:MOST_LINES]],
        more_others=max(0, len(change.others) - MOST_LINES),
    )


def _judged(
    root: Path,
    change: Changes,
    slug: str,
    board: Places,
    names: Sequence[str],
    run: bool,
    sandbox: bool,
    progress: Progress | None,
) -> ToldSubmission:
    """What comes of one submission, written to a board of its own."""
    shown = slug[:200]
    try:
        there = extract(root, change.head, slug, board.submissions / slug)
    except UsageError as error:
        return ToldSubmission(slug=shown, faults=[_line(str(error))])
    if not there:
        return ToldSubmission(slug=shown, removed=True)
    faults = [str(fault) for fault in check_submission(board.submissions / slug, names)]
    if faults:
        return ToldSubmission(
            slug=shown,
            faults=[_line(fault) for fault in faults[:MOST_LINES]],
            more_faults=max(0, len(faults) - MOST_LINES),
        )
    entry = submission(board, slug)
    if not run:
        return ToldSubmission(slug=shown, pairs=[_checked(pair) for pair in entry.pairs])
    try:
        findings = rerun(entry, sandbox=sandbox, progress=progress)
    except UsageError as error:
        return ToldSubmission(slug=shown, faults=[_line(f"it cannot be rerun: {error}")])
    return ToldSubmission(slug=shown, pairs=[_rerun(found) for found in findings])


def _names(root: Path, touched: Sequence[str]) -> list[str]:
    """The names of submissions that are here already and are not touched."""
    board, found = Places(root), []
    for slug in board.slugs():
        if slug in touched:
            continue
        try:
            found.append(load_submission(board.submissions / slug).name)
        except UsageError:
            continue  # one that is damaged is not this change's fault
    return found


def _checked(pair: str) -> ToldPair:
    return ToldPair(pair=pair, status="recomputed", why=None, equal=None, figures=[])


def _rerun(found: Finding) -> ToldPair:
    figures = []
    for name in SHOWN:
        of_name = [one for one in found.comparisons if one.figure == name]
        pairs = [(c.told, c.found) for c in of_name]
        told = [one for one, other in pairs if one is not None and other is not None]
        seen = [other for one, other in pairs if one is not None and other is not None]
        if told:
            figures.append(ToldFigure(figure=name, told=fmean(told), found=fmean(seen)))
    return ToldPair(
        pair=found.pair,
        status="rerun" if found.passed else "recomputed",
        why=None if found.why is None else _line(found.why),
        equal=found.equal,
        figures=figures,
    )


def _line(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
