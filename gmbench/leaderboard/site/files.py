"""What can be downloaded: copies of the repository's files, by the paths that they have there."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import shutil
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from pydantic import ValidationError

from gmbench.errors import RecordError, UsageError
from gmbench.hints import quoted
from gmbench.records import Hardware
from gmbench.records.text import strict_json

FOLDER: Final = "files"
TABLE: Final = ".csv.gz"

# Where JSON would need an escape, the quick way is not taken.
_PLAIN: Final = re.compile(r'[^"\\\x00-\x09\x0b-\x1f\x7f-\x9f]*')


class Files:
    """Copies into a site.

    Args:
        root: of the repository.
        output: of the site.
    """

    def __init__(self, root: Path, output: Path) -> None:
        self._root = root.resolve()
        self._output = output
        self._taken: dict[str, str | None] = {}

    def path(self, relative: str) -> Path | None:
        """A file of the repository, None where it has none of that name.

        Raises:
            RecordError: the path leads out of the repository.
        """
        parts = PurePosixPath(relative).parts
        found = self._root.joinpath(*parts)
        if PurePosixPath(relative).is_absolute() or ".." in parts or "\0" in relative:
            raise RecordError(f"the ranking names {quoted(relative)}, which leads elsewhere")
        if not found.resolve().is_relative_to(self._root):
            raise RecordError(f"the ranking names {quoted(relative)}, which leads elsewhere")
        return found if found.is_file() else None

    def take(self, relative: str | None) -> str | None:
        """Copy a file, once; its address from the site's top, None where there is none.

        Raises:
            RecordError: the path leads out of the repository.
        """
        if relative is None:
            return None
        if relative not in self._taken:
            source = self.path(relative)
            self._taken[relative] = None if source is None else self._copied(source, relative)
        return self._taken[relative]

    def table(self, relative: str) -> tuple[str, str] | None:
        """Copy an episode table, and write it as JSON too; the two addresses.

        Raises:
            RecordError: the path leads out of the repository, or what is there is no table.
        """
        fresh, address = relative not in self._taken, self.take(relative)
        if address is None or not relative.endswith(TABLE):
            return None if address is None else (address, address)
        name = relative.removesuffix(TABLE) + ".json.gz"
        if fresh:
            try:
                text = gzip.decompress((self._output / FOLDER / relative).read_bytes()).decode()
            except (OSError, EOFError, ValueError) as error:
                raise RecordError(f"{relative}: is no table of episodes ({error})") from None
            packed = gzip.compress(as_json(text).encode(), 1, mtime=0)
            (self._output / FOLDER / name).write_bytes(packed)
        return address, quote(f"{FOLDER}/{name}")

    def hardware(self, record: str) -> Hardware | None:
        """The machine on which a record was made; None where there is no such record.

        Raises:
            RecordError: the path leads out of the repository, or what is there is no record.
        """
        found = self.path(record)
        if found is None:
            return None
        document: Any = strict_json(found.read_text(), record)
        try:
            return Hardware.model_validate(document["hardware"])
        except (ValidationError, KeyError, TypeError):
            raise RecordError(f"{record}: does not say on what machine it was made") from None

    def _copied(self, source: Path, relative: str) -> str:
        target = self._output / FOLDER / relative
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        except OSError as error:
            raise UsageError(f"cannot copy {source}: {error.strerror or error}") from error
        return quote(f"{FOLDER}/{relative}")


def as_json(text: str) -> str:
    """A CSV table as JSON: ``columns``, and ``rows`` of the cells' texts."""
    if _PLAIN.fullmatch(text):
        # Tables are many and long, and none of gmbench's own needs a quote or an escape.
        header, *lines = ['["' + line.replace(",", '","') + '"]' for line in text.splitlines()]
        return '{"columns": ' + header + ', "rows": [\n' + ",\n".join(lines) + "\n]}\n"
    columns, *rows = csv.reader(io.StringIO(text, newline=""))
    return json.dumps({"columns": columns, "rows": rows})
