"""The templates: everything that goes into them is escaped, and what they miss is an error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gmbench.errors import MissingPartError
from gmbench.leaderboard.site.numbers import percent, speed, two
from gmbench.leaderboard.site.shown import file_name, link, shown

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


_CODE: Final = re.compile(r"(``?)([^`]+)\1")


def code(text: str) -> Markup:
    """Text of a docstring, escaped, with what stands in backticks there as code."""
    from markupsafe import Markup, escape

    return Markup(_CODE.sub(r"<code>\2</code>", str(escape(text))))


def environment() -> Environment:
    """The environment of the site's templates.

    Raises:
        MissingPartError: the packages of the extra ``site`` are not installed.
    """
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError as error:
        raise MissingPartError(
            f"the site needs jinja2, altair and vl-convert: pip install 'gmbench[site]' ({error})"
        ) from error
    made = Environment(
        loader=PackageLoader("gmbench.leaderboard.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "shown": shown,
        "two": two,
        "percent": percent,
        "speed": speed,
        "file": file_name,
        "safe_link": link,
        "code": code,
    }
    from gmbench.leaderboard.site import bars

    made.globals |= {"interval": bars.interval, "stack": bars.stack}
    return made
