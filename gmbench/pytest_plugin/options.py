"""What a pytest run asks for."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gmbench.atomic import refuse_bad_target
from gmbench.cli.evaluate import chosen_agents, refuse_bad_targets
from gmbench.suites import Suite, SuiteEntry, load_suite, read_demands, with_demands
from gmbench.suites.require import Threshold


@dataclass(frozen=True)
class Asked:
    """The options, checked.

    Attributes:
        agents: one for all pairs, or by pair.
        record, episodes: files to write.
        summary: a file to which the table is appended, as Markdown.
        levels: of every pair instead of the suite's.
        require: figure name to its threshold, of every pair beside the suite's.
        trust: unpickle what an agent's file holds.
        sandbox: run the agent in a sandbox.
    """

    agents: str | dict[str, str]
    record: Path | None = None
    episodes: Path | None = None
    summary: Path | None = None
    levels: int | None = None
    require: Mapping[str, Threshold] = field(default_factory=dict, hash=False)
    trust: bool = False
    sandbox: bool = False

    def suite_in(self, path: Path | str) -> Suite:
        """The suite in a file, as it is played and judged here.

        Raises:
            SuiteError: it has a mistake.
            UsageError: what is required of it is no figure of its pairs.
        """
        suite = load_suite(path)
        if self.levels is not None:
            suite = suite.with_levels(self.levels)
        return with_demands(suite, self.require)

    def film_command(self, entry: SuiteEntry) -> str | None:
        """What films the agent on a pair; None for a sandbox's, which is not to play outside it."""
        agent = self.agents if isinstance(self.agents, str) else self.agents.get(entry.pair)
        if self.sandbox or agent is None:
            return None
        words = ["gmbench", "watch", agent, "--pair", entry.pair]
        words += ["--mode", entry.mode] if entry.mode else []
        for name, value in entry.parameters.items():
            words += ["--set", f"{name}={value}"]
        return shlex.join([*words, *(["--trust"] if self.trust else []), "-o", "film.mp4"])

    @classmethod
    def of(cls, config: pytest.Config) -> Asked:
        """What the options say.

        Raises:
            UsageError: no agent for what is asked, a file that cannot be written, or a threshold
                that is none.
        """

        def option(name: str) -> object:
            return config.getoption(f"gmbench_{name}")

        pairs = config.getoption("gmbench_pair")
        agents = chosen_agents(
            config.getoption("gmbench_agent"), pairs, "--gmbench-agent", "--gmbench-pair"
        )
        record, episodes = config.getoption("gmbench_record"), config.getoption("gmbench_episodes")
        sources = [agents] if isinstance(agents, str) else list(agents.values())
        refuse_bad_targets(record, episodes, sources)
        if config.getoption("gmbench_summary") is not None:
            refuse_bad_target(config.getoption("gmbench_summary"))
        return cls(
            agents=agents,
            record=record,
            episodes=episodes,
            summary=config.getoption("gmbench_summary"),
            levels=config.getoption("gmbench_levels"),
            require=read_demands(config.getoption("gmbench_require")),
            trust=bool(option("trust")),
            sandbox=bool(option("sandbox")),
        )
