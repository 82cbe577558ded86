"""Suites: which pairs an evaluation plays, in which conditions, on which levels."""

from gmbench.suites.demands import read_demands, with_demands
from gmbench.suites.shipped import load_suite, suites
from gmbench.suites.suite import Suite, SuiteEntry

__all__ = ["Suite", "SuiteEntry", "load_suite", "read_demands", "suites", "with_demands"]
