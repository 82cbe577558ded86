"""Whether a native world counts in whole numbers, without which CPU and GPU part ways."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from gmbench.engine.sources import sources
from gmbench.testing.native.subject import Subject
from gmbench.testing.report import Check


def whole_numbers(subject: Subject) -> Check:
    """Whether no field is a float, and no rule makes one.

    Rules are read, not run: a float that is compiled into them would be cut off where the engine
    keeps an integer, and be seen nowhere.
    """
    faults = list(_fields(subject))
    for name, file in sorted(sources(subject.module).items()):
        if not name.startswith("gmbench.engine."):
            faults += _floats(file)
    detail = "no field is a float, and no rule makes one"
    return Check("whole-numbers", not faults, None, "; ".join(faults) or detail)


def _fields(subject: Subject) -> Iterator[str]:
    game = subject.game
    for what, dtype in (("state", game.state_dtype), ("scratch", game.scratch_dtype)):
        for name in dtype.names or ():
            if dtype[name].base.kind not in "iu":
                yield f"{what} field {name!r} is {dtype[name].base}; make it an integer"


def _floats(file: Path) -> Iterator[str]:
    """What makes a float in the rules of a file, and where."""
    for function in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(function, ast.FunctionDef) and _is_rule(function):
            for node in ast.walk(function):
                found = _float(node)
                if found is not None:
                    where = f"{file.name}:{getattr(node, 'lineno', function.lineno)}"
                    yield f"rule {function.name} has {found} ({where})"


def _is_rule(function: ast.FunctionDef) -> bool:
    """Whether it is decorated with `rule`, under whatever module's name."""
    names = {ast.unparse(decorator).split(".")[-1] for decorator in function.decorator_list}
    return "rule" in names


def _float(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, (float, complex)):
        return f"the number {node.value}"
    if isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.Div):
        return "a division /; use //"
    if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1].startswith("float"):
        return f"a call of {ast.unparse(node.func)}"
    return None
