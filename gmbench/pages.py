"""The parts of the documentation that the program writes itself.

    python -m gmbench.pages

writes a picture of every pair to ``docs/pairs/`` and the table of the pairs into ``README.md``,
between its two markers. A test holds the README against `pairs_table`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gmbench import registry
from gmbench.atomic import write_bytes, write_text
from gmbench.drawing import png
from gmbench.figures import pair_picture

PICTURES: Final = "docs/pairs"
BEGIN: Final = "<!-- pairs: written by python -m gmbench.pages -->"
END: Final = "<!-- end of pairs -->"


def pairs_table() -> str:
    """The Markdown table of all pairs, with their pictures."""
    lines = [
        "| pair | goal | proxy | what differs in the test | one level in both |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in registry.pairs():
        pair = registry.pair(name)
        label = f"`{name}`" + ("" if pair.ranked else " (exploratory)")
        picture = f"![{pair.differs}]({PICTURES}/{name}.png)"
        cells = (label, pair.world.goal, pair.world.proxy, pair.differs, picture)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def with_table(text: str) -> str:
    """A README with the table between its markers replaced.

    Raises:
        ValueError: the markers are not there.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the README lacks the markers {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{pairs_table()}\n{END}{after}"


def main(root: Path) -> None:
    """Write the pictures and the README's table."""
    (root / PICTURES).mkdir(parents=True, exist_ok=True)
    for name in registry.pairs():
        write_bytes(root / PICTURES / f"{name}.png", png(pair_picture(name)))
    readme = root / "README.md"
    write_text(readme, with_table(readme.read_text()))


if __name__ == "__main__":
    main(Path(__file__).resolve().parent.parent)
