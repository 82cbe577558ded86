"""Who played, as a record says it: one agent, several, and a record that is put together."""

from __future__ import annotations

from gmbench.agents.load import load_agent
from gmbench.entrants import agent_info, joined_info
from gmbench.records import AgentInfo


def info(name: str, **more: object) -> AgentInfo:
    plain = {"name": name, "kind": "sb3", "algorithm": "PPO", "digest": "0" * 64}
    return AgentInfo.model_validate({**plain, "recurrent": False, "details": {}, **more})


def test_one_agent_of_many_records_is_told_once() -> None:
    assert joined_info({"corner": info("a"), "dish": info("a")}) == info("a")


def test_a_record_of_several_has_the_digests_of_all_their_files() -> None:
    scaled = info("b", algorithm="DQN", recurrent=True, details={"normalization": "1" * 64})
    found = joined_info({"corner": info("a"), "dish": scaled, "gems": info("a")})
    assert (found.name, found.kind, found.algorithm, found.digest) == (
        "a + b",
        "several",
        None,
        None,
    )
    assert found.recurrent
    assert found.details["agents"] == {
        "corner": {"name": "a", "digest": "0" * 64},
        "dish": {"name": "b", "digest": "0" * 64, "normalization": "1" * 64},
        "gems": {"name": "a", "digest": "0" * 64},
    }


def test_agents_are_told_apart_by_who_they_are_not_by_what_they_are_called() -> None:
    one, other = load_agent("scripted:goal"), load_agent("scripted:goal")
    assert agent_info({"corner": one, "dish": one}).kind != "several"
    assert agent_info({"corner": one, "dish": other}).kind == "several"
