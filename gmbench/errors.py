"""What can go wrong, in words a user can act on.

::

    GmbenchError
    ├── UsageError            bad input: one line, exit code 2
    │   ├── StateError        bytes that are not a Procgen state
    │   ├── AgentError        an agent file that cannot be loaded or does not fit
    │   │   └── AgentStopped  an agent whose sandbox was closed, for what it did
    │   ├── SuiteError        a suite file with a mistake
    │   ├── RecordError       a record or an episode table that cannot be read
    │   ├── RecipeError       a training recipe, or a sweep of them, with a mistake
    │   ├── SubmissionError   a submission to the leaderboard that cannot be read or made
    │   └── UnknownNameError  a name that no registry knows
    ├── MissingPartError      a package or system library this feature needs is not there
    └── Interrupted           whoever runs it stopped it; the message says how to go on
"""


class GmbenchError(Exception):
    """Base of every error that gmbench raises on purpose."""


class UsageError(GmbenchError):
    """The input is wrong; the message says what and how to mend it."""


class StateError(UsageError):
    """The bytes are not a state that Procgen's C library can take."""


class AgentError(UsageError):
    """The agent cannot be loaded, or does not fit where it is used."""


class AgentStopped(AgentError):
    """The agent did what its sandbox does not allow, and was stopped; the message says what."""


class SuiteError(UsageError):
    """The suite file has a mistake; the message names file and line."""


class RecordError(UsageError):
    """The record or the episode table cannot be read."""


class RecipeError(UsageError):
    """The recipe or the sweep has a mistake.

    Attributes:
        key: what it is about, with dots ("network.channels"); "" for the whole.
    """

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.key = key


class SubmissionError(UsageError):
    """The submission to the leaderboard cannot be read, or cannot be made."""


class UnknownNameError(UsageError):
    """No registered thing has that name; the message names the nearest ones."""


class MissingPartError(GmbenchError):
    """A package or a system library is missing; the message names it."""


class Interrupted(GmbenchError):
    """It was stopped from outside, and what was done is saved; the message says how to go on.

    Attributes:
        signal: the number of the signal, such as that of Ctrl-C.
    """

    def __init__(self, message: str, signal: int) -> None:
        super().__init__(message)
        self.signal = signal
