"""The few system calls that an agent may not make, as a filter for the kernel (seccomp).

No namespace keeps keys apart: an agent of the user's would read what lies in the user's keyrings.
The others are refused because holes in the kernel were found in them again and again, and no agent
needs them. All the rest is allowed.
"""

from __future__ import annotations

import errno
import os
import struct
from typing import Final

from gmbench.errors import MissingPartError

# By machine: how the kernel calls it (linux/audit.h), then the numbers of add_key, request_key,
# keyctl, perf_event_open, bpf, userfaultfd and io_uring_setup.
NUMBERS: Final = {
    "x86_64": (0xC000003E, (248, 249, 250, 298, 321, 323, 425)),
    "aarch64": (0xC00000B7, (217, 218, 219, 241, 280, 282, 425)),
}
X32: Final = 0x40000000  # from here on x86_64 numbers its calls anew

# linux/bpf_common.h, linux/seccomp.h
LOAD, IF_EQUAL, IF_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER, MACHINE = 0, 4  # where they lie in what a filter looks at
ALLOW: Final = 0x7FFF0000
REFUSE: Final = 0x00050000 | errno.EPERM


def refused_calls() -> bytes:
    """The filter, as bubblewrap takes it from a descriptor.

    Raises:
        MissingPartError: the calls of this kind of machine are not known.
    """
    kind = os.uname().machine
    if kind not in NUMBERS:
        raise MissingPartError(f"the sandbox is made for {' and '.join(NUMBERS)}, this is {kind}")
    machine, numbers = NUMBERS[kind]
    tests = [(IF_EQUAL, number) for number in numbers]
    if kind == "x86_64":
        tests.append((IF_LEAST, X32))
    steps = [(LOAD, 0, 0, MACHINE), (IF_EQUAL, 1, 0, machine), (RETURN, 0, 0, REFUSE)]
    steps.append((LOAD, 0, 0, NUMBER))
    # A jump counts the steps that are left out: from a test that holds to the last step.
    steps += [(test, len(tests) - at, 0, number) for at, (test, number) in enumerate(tests)]
    steps += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
