"""What a pytest run asks for."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gmbench.atomic import refuse_bad_target
from gmbench.cli.evaluate import chosen_agents, refuse_bad_targets

if TYPE_CHECKING:
    from gmbench.suites import SuiteEntry


@dataclass(frozen=True)
class Asked:
    """The options, checked.

    Attributes:
        agents: one for all pairs, or by pair.
        record, episodes: files to write.
        summary: a file to which the table is appended, as Markdown.
        levels: of every pair instead of the suite's.
        trust: unpickle what an agent's file holds.
        sandbox: run the agent in a sandbox.
    """

    agents: str | dict[str, str]
    record: Path | None = None
    episodes: Path | None = None
    summary: Path | None = None
    levels: int | None = None
    trust: bool = False
    sandbox: bool = False

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
            UsageError: no agent for what is asked, or a file that cannot be written.
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
            trust=bool(option("trust")),
            sandbox=bool(option("sandbox")),
        )
