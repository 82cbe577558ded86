"""The checks of a native world: the design's rules of validity, over thousands of levels.

A world may name, beside what every native world has, ``HIDDEN``: state fields that must not show,
because they tell what no agent may know, such as when the monsters will vanish; and
``GOAL_PLANES``: the planes of its grid that tell the goal, masked where a blind agent is trained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Final

from numba.core.errors import NumbaError

from gmbench.errors import UsageError
from gmbench.testing.native import conduct, leaks, oracles, pinned, repeats, sight, starts
from gmbench.testing.native.form import form
from gmbench.testing.native.subject import Subject
from gmbench.testing.native.whole import whole_numbers
from gmbench.testing.report import Check

SHOWN: Final = 300  # characters of a compiler's message

# None stands for a check that does not concern the world.
Ask = Callable[[Subject], Check | list[Check] | None]

# Where one of these fails nothing can be played.
FIRST: Final[tuple[Ask, ...]] = (form, whole_numbers, starts.candidates, starts.limits)
THEN: Final[tuple[Ask, ...]] = (
    starts.declared_fields,
    conduct.reproducible,
    oracles.training,
    oracles.solvable,
    oracles.apart,
    oracles.at_random,
    conduct.rewards,
    conduct.events,
    conduct.after_the_end,
    conduct.drawn,
    leaks.same_looks,
    leaks.unseen,
    sight.goal_seen,
    pinned.golden_digests,
    repeats.layout_repeats,
)


def native_checks(
    module: ModuleType,
    levels: int,
    parameters: Mapping[str, int | str],
    progress: Callable[[int, int], object],
) -> list[Check]:
    """Every check of a native world; the later ones only where it can be played at all.

    Args:
        module: the world.
        levels: how many evaluation levels to look at.
        parameters: of the world; the others are at their defaults.
        progress: called with the checks done and to do.

    Raises:
        UsageError: the rules cannot be compiled.
    """
    subject, checks = Subject(module, levels, parameters), list[Check]()
    for done, check in enumerate((*FIRST, *THEN), start=1):
        if check is starts.candidates:
            _compile(subject)
        found = check(subject)
        if found is not None:
            checks += found if isinstance(found, list) else [found]
        progress(done, len(FIRST) + len(THEN))
        if check in FIRST and any(one.passed is False for one in checks):
            break
    return checks


def _compile(subject: Subject) -> None:
    """Have the rules compiled, so that what is wrong with them is said once, and in one line."""
    batch = subject.batch(1)
    try:
        batch.observe()
        batch.oracle(0)
    except (NumbaError, KeyError) as error:  # KeyError: a rule asks for a field there is not
        lines = [line for line in str(error).splitlines() if line and "pipeline" not in line]
        what = f"{type(error).__name__}: {' '.join(' '.join(lines).split())[:SHOWN]}"
        raise UsageError(
            f"world {subject.module.NAME!r}: its rules cannot be compiled: {what}"
        ) from error
