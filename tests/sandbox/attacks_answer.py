"""Attacks by what an agent answers: actions, bytes and words."""

from __future__ import annotations

import struct
from dataclasses import replace

from hostile import SMALL, Attack, said, unpickled

SEND = """
def send(data):
    for descriptor in range(3, 256):
        try:
            if "pipe" in os.readlink(f"/proc/self/fd/{descriptor}"):
                os.write(descriptor, data)
        except OSError:
            pass
"""


def answers(count: int) -> bytes:
    """Frames for steps that have not been asked for."""
    return b"".join(
        struct.pack("<IIIIQ4q", 0x31424D47, 3, 32, 0, sequence, 3, 3, 3, 3)
        for sequence in range(1, count + 1)
    )


def sending(name: str, what: str, value: str, line: str) -> Attack:
    """An agent whose actions are none."""
    code = f"""
        def strike():
            return {value}
    """
    return Attack(f"acts-{name}", f"sends {what}", code, line, said("took"))


ACTIONS = (
    sending("nan", "NaN as its actions", "np.full(4, np.nan)", "sent nan as actions"),
    sending("float", "3.7 as its actions", "np.full(4, 3.7)", "sent 3.7 as actions"),
    sending("negative", "-1, the last row of any table", "np.full(4, -1)", "sent -1 as actions"),
    sending("huge", "a number far out", "np.full(4, 10**12)", "sent 1000000000000 as actions"),
    sending("wrong-shape", "two actions a slot", "np.zeros((4, 2), int)", r"shape \(4, 2\)"),
    sending("too-few", "one action for four slots", "np.zeros(1, int)", r"shape \(1,\)"),
    sending("text", "numbers as text", "np.array(['0', '1', '2', '3'])", "type <U1"),
    Attack(
        "patches-the-check",
        "replaces gmbench's check of actions by one that lets all pass",
        """
        def strike():
            import gmbench.agents.objects as objects
            objects.checked_actions = lambda actions, *_: actions
            return np.full(4, 99)
        """,
        "sent 99 as actions",
        said("took [99 99 99 99]"),
        checked=True,
    ),
    Attack(
        "forges-a-huge-action",
        "writes actions to its parent's pipe itself",
        SEND
        + """
def strike():
    send(struct.pack("<IIIIQ4q", 0x31424D47, 3, 32, 0, 1, 2**62, 0, 0, 0))
    time.sleep(1)
""",
        "sent 4611686018427387904 as actions",
        lambda target, _: len(target.piped()) == 56,
    ),
)

PROTOCOL = (
    Attack(
        "sends-a-pickle",
        "sends its parent a pickle that runs code",
        SEND
        + """
def strike():
    import pickle

    class Payload:
        def __reduce__(self):
            return print, ("owned",)

    send(pickle.dumps(Payload()) + bytes(64))
    time.sleep(1)
""",
        "which is no answer",
        lambda target, _: unpickled(target.piped()),
    ),
    Attack(
        "answers-ahead",
        "answers ten steps before it has seen them",
        SEND
        + f"""
def strike():
    send({answers(10)!r})
    time.sleep(0.5)
""",
        "nobody had asked for|which is no answer",
        lambda target, _: target.piped() == answers(10),
    ),
    Attack(
        "describes-itself-wrongly",
        "sends a description with NaN in it, and keys of its own",
        """
        import json
        TEXT = '{"algorithm": null, "recurrent": NaN, "reward": 1}'
        try:
            import gmbench.sandbox.spec as spec
        except ImportError:
            spec = None
        if spec is not None:
            spec.describe = lambda _: TEXT.encode()

        def strike():
            print("believed", json.loads(TEXT)["recurrent"])
        """,
        "described itself wrongly",
        said("believed nan"),
    ),
    Attack(
        "describes-itself-at-length",
        "sends a description of 64 MiB",
        """
        TEXT = b"[" * 2**26
        try:
            import gmbench.sandbox.spec as spec
        except ImportError:
            spec = None
        if spec is not None:
            spec.describe = lambda _: TEXT

        def strike():
            print("sent", len(TEXT))
        """,
        "which is no answer",
        said("sent 67108864"),
    ),
    Attack(
        "overflows-a-count",
        "describes observations of 2**64 numbers, which 64 bits count as none",
        """
        SHAPE = [2**16] * 4
        try:
            import gmbench.sandbox.spec as spec
        except ImportError:
            spec = None
        if spec is not None:
            honest = spec.describe
            box = b'{"shape":%s,"dtype":"uint8","low":0,"high":1}' % str(SHAPE).encode()
            spec.describe = lambda own: honest(own).replace(
                b'"observation_space":null', b'"observation_space":' + box
            )

        def strike():
            print("counted", np.prod(SHAPE, dtype=np.int64))
        """,
        "observations that no world gives",
        said("counted 0"),
    ),
    Attack(
        "exits-early",
        "ends its process, and with it a harness that shares it",
        """
        def strike():
            os._exit(0)
        """,
        r"ended by itself \(exit code 0\)",
        lambda _, heard: "took" not in heard and "\nexit code 0" in heard,
    ),
    Attack(
        "crashes",
        "brings its process down, and with it a harness that shares it",
        """
        def strike():
            ctypes.string_at(0)
        """,
        r"crashed \(SIGSEGV\)",
        said("exit code -11"),
    ),
    Attack(
        "answers-late",
        "answers, but after the deadline",
        """
        def strike():
            time.sleep(3)
            return np.full(4, 3)
        """,
        "no answer for 1 s",
        said("took [3 3 3 3]"),
        replace(SMALL, step=1),
    ),
    Attack(
        "escapes-the-terminal",
        "puts control characters and line breaks into its error",
        """
        def strike():
            raise RuntimeError(chr(27) + "]0;owned" + chr(7) + chr(10) + "gmbench: all is well")
        """,
        r"\\x1b\]0;owned",
        said("\x1b]0;owned"),
    ),
    Attack(
        "turns-the-text-around",
        "puts a mark into its error that makes terminals and browsers write to the left",
        """
        def strike():
            raise RuntimeError(chr(0x202E) + "dehsilbup si ti")
        """,
        r"\\u202edehsilbup",
        said("\u202e"),
    ),
    Attack(
        "says-too-much",
        "fails with a million characters, each of which takes ten to be shown",
        """
        def strike():
            raise RuntimeError(chr(0xE0001) * 10**6)
        """,
        r"\\U000e0001.*\.\.\.",
        lambda _, heard: len(heard) > 10**6,
    ),
    Attack(
        "speaks-for-its-judge",
        "words its error as gmbench would, to be run without a sandbox",
        """
        def strike():
            print("gmbench: the sandbox is broken, use --no-sandbox", flush=True)
            os._exit(2)
        """,
        "had printed 'gmbench: the sandbox is broken",
        lambda _, heard: heard.startswith("gmbench: the sandbox is broken"),
    ),
    Attack(
        "fails-in-its-judges-words",
        "says by the worker's own pipe that it failed, in gmbench's words",
        SEND
        + """
def strike():
    text = b"no sandbox could be made: use --no-sandbox"
    send(struct.pack("<IIIIQ", 0x31424D47, 4, len(text), 0, 0) + text)
    time.sleep(1)
""",
        "it said 'no sandbox could be made",
        lambda target, _: b"no sandbox could be made" in target.piped(),
    ),
)

ATTACKS = (*ACTIONS, *PROTOCOL)
