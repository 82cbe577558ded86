"""The site's folder: the new one takes the place of the old one, and of nothing else."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gmbench.errors import UsageError

MARK: Final = ".gmbench-site"
MARK_TEXT: Final = "Written by gmbench leaderboard site, which may replace this folder.\n"


@contextmanager
def replacing_site(target: Path) -> Iterator[Path]:
    """An empty folder to write to, which takes the place of ``target`` when the block ends well.

    Raises:
        UsageError: ``target`` is a file, a link, a folder that holds something and is no site, or
            cannot be written.
    """
    refuse_what_is_no_site(target)
    target = target.absolute()
    draft = target.with_name(f".{target.name[:60]}.{secrets.token_hex(8)}")
    old = draft.with_name(draft.name + ".old")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.mkdir()
        yield draft
        (draft / MARK).write_text(MARK_TEXT)
        if target.exists():
            os.rename(target, old)
        os.rename(draft, target)
    except OSError as error:
        if old.exists() and not target.exists():
            os.rename(old, target)
        raise UsageError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)


def refuse_what_is_no_site(target: Path) -> None:
    """Refuse a place that writing a site would destroy something in.

    Raises:
        UsageError: it is a file, a link, or a folder that holds something and is no site.
    """
    if target.is_symlink():
        raise UsageError(f"{target} is a link; name the folder itself")
    if not target.exists():
        return
    if not target.is_dir():
        raise UsageError(f"{target} is a file; name a folder for the site")
    if any(target.iterdir()) and not (target / MARK).is_file():
        raise UsageError(
            f"{target} holds something, and is no site that gmbench wrote; name an empty folder, or"
            " one that does not exist"
        )
