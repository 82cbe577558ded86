"""The parts of the documentation that the program writes itself.

    python -m gmbench.pages

writes a picture of every pair to ``docs/pairs/``, a page for every world to ``docs/worlds/``, and,
between markers, the table of the pairs into ``README.md`` and those of the baselines into
``baselines/README.md``. Tests hold them against the sources.
"""

from __future__ import annotations

from pathlib import Path

from gmbench.atomic import write_text
from gmbench.pages.baselines import baselines_tables
from gmbench.pages.worlds import pairs_table, write_worlds


def with_part(text: str, name: str, part: str) -> str:
    """A text with what stands between two markers replaced.

    Args:
        text: in Markdown.
        name: of the part, in its markers.
        part: its new lines.

    Raises:
        ValueError: the markers are not there.
    """
    begin, end = f"<!-- {name}: written by python -m gmbench.pages -->", f"<!-- end of {name} -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"the text lacks the markers {begin} and {end}")
    return f"{before}{begin}\n{part}\n{end}{after}"


def readmes(root: Path) -> dict[Path, str]:
    """The READMEs with parts that are written, and what they shall say.

    Args:
        root: of the repository.
    """
    main, baselines = root / "README.md", root / "baselines" / "README.md"
    return {
        main: with_part(main.read_text(), "pairs", pairs_table()),
        baselines: with_part(baselines.read_text(), "baselines", baselines_tables(root)),
    }


def write_pages(root: Path) -> None:
    """Write all of it.

    Args:
        root: of the repository.
    """
    write_worlds(root)
    for path, text in readmes(root).items():
        write_text(path, text)
