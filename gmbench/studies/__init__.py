"""Studies: protocols that train many agents, and the sweeps that carry them out.

A study is a module here with ``NAME``, ``VERSION`` and ::

    OPTIONS = {...}                        what a sweep may set, with defaults; may be left out
    def cells(sweep) -> list[Cell]         what is to be trained and evaluated
    def summarize(done, options) -> Json   what the finished cells say, as plain data
    def say(result) -> list[str]           the same in lines for a person
    def run_cell(cell, folder) -> seconds  a way of its own to carry out a cell whose ``study`` it
                                           is; may be left out (`gmbench.studies.working.run_cell`)

``cells`` refuses a sweep by a `gmbench.errors.RecipeError`; its ``key`` is the one of the sweep's
file that the mistake is about, such as "options", so that the message names its line.

Files without a ``NAME`` are what studies share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gmbench.studies.cell import Cell, Finished
    from gmbench.studies.driving import News, Swept, run_sweep
    from gmbench.studies.sweep import Sweep, load_sweep

__all__ = ["Cell", "Finished", "News", "Sweep", "Swept", "load_sweep", "run_sweep"]

_LAZY = {
    "Cell": "cell",
    "Finished": "cell",
    "News": "driving",
    "Sweep": "sweep",
    "Swept": "driving",
    "load_sweep": "sweep",
    "run_sweep": "driving",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'gmbench.studies' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"gmbench.studies.{_LAZY[name]}"), name)
