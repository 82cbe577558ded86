"""Where things lie in a repository that has a leaderboard."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gmbench.errors import UsageError
from gmbench.hints import nearest, quoted

SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_SLUG: Final = 60


@dataclass(frozen=True)
class Places:
    """The folders of a board.

    Attributes:
        root: of the repository; every path that the ranking tells is relative to it.
    """

    root: Path

    @property
    def leaderboard(self) -> Path:
        """The board's own folder."""
        return self.root / "leaderboard"

    @property
    def submissions(self) -> Path:
        """One folder a submission."""
        return self.leaderboard / "submissions"

    @property
    def verified(self) -> Path:
        """One file an entry that has earned something."""
        return self.leaderboard / "verified"

    @property
    def scripted(self) -> Path:
        """Records and tables of the scripted agents."""
        return self.leaderboard / "scripted"

    @property
    def baselines(self) -> Path:
        """One folder a pair."""
        return self.root / "baselines"

    def slugs(self) -> list[str]:
        """The names of the submissions' folders, sorted, good names or not."""
        if not self.submissions.is_dir():
            return []
        return sorted(path.name for path in self.submissions.iterdir() if path.name[0] != ".")

    def submission(self, slug: str) -> Path:
        """A submission's folder.

        Raises:
            UsageError: there is none of that name.
        """
        if slug not in self.slugs():
            raise UsageError(
                f"there is no submission {quoted(slug)} in {self.submissions};"
                f" {nearest(slug, self.slugs())}"
            )
        return self.submissions / slug

    def slug_of(self, given: str) -> str:
        """The slug that somebody means by a slug or by a submission's folder.

        Raises:
            UsageError: the folder lies elsewhere.
        """
        if "/" not in given.rstrip("/"):
            return given.rstrip("/")
        path = Path(os.path.abspath(given))
        if path.parent.resolve() != self.submissions.resolve():
            raise UsageError(
                f"{quoted(given)} does not lie in {self.submissions}; put the folder there, or"
                " name its repository with --root"
            )
        return path.name

    def relative(self, path: Path) -> str:
        """A path within the repository, with slashes."""
        return path.relative_to(self.root).as_posix()


def places(root: str | os.PathLike[str] = ".") -> Places:
    """The places of a repository.

    Raises:
        UsageError: it has no folder ``leaderboard``.
    """
    found = Places(Path(root))
    if not found.leaderboard.is_dir():
        raise UsageError(
            f"{os.fspath(root)} has no folder leaderboard; run this in the repository's root,"
            " or name it with --root"
        )
    return found
