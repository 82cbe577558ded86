"""Charts of made results, and what can be read off them."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from gmbench.plots.file import plot
from gmbench.studies.results import SCHEMA_VERSION


def document(name: str, result: Any) -> dict[str, Any]:
    """A sweep's results, with what its study made of them."""
    return {
        "schema_version": SCHEMA_VERSION,
        "sweep": {"name": f"my-{name}"},
        "cells": [],
        "missing": [],
        "study": {"name": name, "version": 0, "result": result},
    }


def written(folder: Path, name: str, result: Any) -> Path:
    """The file of such results."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps(document(name, result)))
    return path


def drawn(path: Path) -> str:
    """The chart of results, as SVG."""
    target = path.with_suffix(".svg")
    plot(path, target)
    return target.read_text()


def words(svg: str) -> str:
    """What a chart says, in letters."""
    return " ".join("".join(node.itertext()) for node in ET.fromstring(svg).iter() if node.text)


def marks(svg: str) -> list[str]:
    """What the chart tells a screen reader: every mark with its values."""
    return re.findall(r'aria-label="([^"]*)"', svg.replace("−", "-"))
