"""Steps per second: how fast worlds are stepped, and whether that is fast enough.

The protocol: actions are drawn beforehand; what compiles and warms up comes before the clock
starts; beginning the next levels, writing the observations and waiting for the device are inside
it. A figure is the median of ten repeats or more, with the quartiles. Where two speeds are compared
their repeats take turns, so that whatever else the machine does falls on both.
"""

from gmbench.throughput.clock import Timing
from gmbench.throughput.document import FloorResult, ThroughputReport, schema_text
from gmbench.throughput.judge import check
from gmbench.throughput.measure import measure
from gmbench.throughput.setup import SCOPES, Setup

__all__ = [
    "SCOPES",
    "FloorResult",
    "Setup",
    "ThroughputReport",
    "Timing",
    "check",
    "measure",
    "schema_text",
]
