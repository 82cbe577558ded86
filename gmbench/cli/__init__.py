"""The command line: arguments in, text out. One file a group of commands.

Results go to stdout or to the file asked for, progress and warnings to stderr. Exit codes: 0 done,
1 a check failed, 2 bad usage or input, then with one line on stderr that says what and how to mend
it.
"""

from __future__ import annotations

import signal
import sys
from importlib import import_module
from pkgutil import iter_modules

from gmbench.cli.app import app
from gmbench.errors import GmbenchError, Interrupted
from gmbench.hints import printable

__all__ = ["app", "main"]

INTERRUPTED = 130  # 128 + SIGINT, as shells have it; typer returns it too


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    # A cancelled job must leave nothing half written, as Ctrl-C leaves nothing.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    import typer

    # Importing a group of commands registers them with the app.
    for found in iter_modules(__path__):
        import_module(f"{__name__}.{found.name}")
    try:
        result = app(args=arguments or ["--help"], prog_name="gmbench", standalone_mode=False)
    except typer.TyperException as error:
        return _fail(f"{error.format_message()} (see gmbench --help)", error.exit_code)
    except Interrupted as error:
        return _fail(str(error), 128 + error.signal)
    except GmbenchError as error:
        return _fail(str(error), 2)
    except (typer.Abort, KeyboardInterrupt):
        return _fail("interrupted", INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone; nothing is left to say to it
        return 0
    except OSError as error:
        return _fail(f"{error.filename or 'output'}: {error.strerror or error}", 2)
    if result == INTERRUPTED:
        return _fail("interrupted", INTERRUPTED)
    return result if isinstance(result, int) else 0


def _fail(message: str, code: int) -> int:
    # A stranger's file name may hold what a terminal obeys.
    print("gmbench: " + printable(" ".join(message.split())), file=sys.stderr)
    return code
