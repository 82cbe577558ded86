"""What a world's rules are made with: the decorator, and the two events that every world has.

A rule is a scalar function of one level's state, compiled by numba. The CPU's threads and a GPU's
run the same compiled source, so a rule keeps to integers: a fused multiply-add would part them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from numba import config, njit, types

STARTED: Final = time.time()  # every world's file is read after this, or a moment before

# Without numba's reference counts: atomic increments of arrays that every thread holds cost more
# than the rules themselves. It also keeps allocation out of rules: there is nothing to count it.
# Nor does anything take a rule's address, so that none is compiled for it.
_compiled: Final = njit(_nrt=False, no_cfunc_wrapper=True)


def rule(function: Callable[..., Any]) -> Any:
    """A rule, compiled once for each combination of kinds of arguments.

    Numba would compile it once more for every number that a caller writes out, though LLVM puts
    such numbers in anyway: a fifteenth of the time that a world takes.
    """
    made = _compiled(function)
    if config.DISABLE_JIT:
        return made
    usual = made.get_call_template

    def template(args: Iterable[Any], kws: Mapping[str, Any]) -> Any:
        plain = tuple(map(types.unliteral, args))
        return usual(plain, {name: types.unliteral(kind) for name, kind in kws.items()})

    made.get_call_template = template
    return made


# Bits of what `step` returns, above those of a world's own EVENTS.
ENDED: Final = 1 << 30  # the game is over
DIED: Final = 1 << 29  # it is over by death; never without ENDED
MAX_EVENTS: Final = 8
