"""The way to a graphics card, guarded where there is none: rules compile for it, in integers."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numba.cuda.dispatcher
import pytest
from engine_worlds import changed_lane, every_native_world, load
from numba.core.errors import TypingError

from gmbench.engine.ptx import CAPABILITIES, KERNELS, float_instructions, world_ptx
from gmbench.registry import WORLDS


@every_native_world
def test_a_world_compiles_for_cards_in_integers_alone(world: str) -> None:
    for capability in CAPABILITIES:
        ptx = world_ptx(WORLDS.load(world), capability)
        assert set(ptx) == set(KERNELS)
        for name, text in ptx.items():
            major, minor = capability
            assert f".target sm_{major}{minor}\n" in text
            assert ".visible .entry" in text
            assert float_instructions(text) == [], (capability, name)


def changed(folder: Path, name: str, old: str, new: str) -> ModuleType:
    return load(changed_lane(folder, name, (old, new)))


@pytest.mark.parametrize(
    ("name", "old", "new", "kernel"),
    [
        ("lane_halves", "state.at = middle", "state.at = int(state.cells / 2)", "advance"),
        ("lane_leans", "return 1 if target > state.at else 0", "return state.at * 0.7", "choose"),
    ],
    ids=["level", "oracle"],
)
def test_a_float_in_a_rule_is_found(
    name: str, old: str, new: str, kernel: str, tmp_path: Path
) -> None:
    ptx = world_ptx(changed(tmp_path, name, old, new), CAPABILITIES[0])
    assert any(".f64" in line for line in float_instructions(ptx[kernel]))


NOBODY_CAN = ("return GIFT if at == state.goal else 0, events", "return at + 'cells', events")


def test_what_does_not_compile_is_found(tmp_path: Path) -> None:
    asked = numba.cuda.dispatcher.get_current_device
    with pytest.raises(TypingError):
        world_ptx(changed(tmp_path, "lane_adds", *NOBODY_CAN), CAPABILITIES[0])
    # And no belief in a card is left behind.
    assert numba.cuda.dispatcher.get_current_device is asked


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("\tadd.f32 \t%f1, %f2, %f3;", True),
        ("\tcvt.rn.f64.s64 \t%fd1, %rd1;", True),
        ("\tfma.rn.f16x2 \t%r1, %r2, %r3, %r4;", True),
        ("\tmul.bf16 \t%h1, %h2, %h3;", True),
        ("\t.reg .f32 \t%f<5>;", True),
        ("\tadd.s64 \t%rd1, %rd2, %rd3;", False),
        ("\tst.global.u32 \t[%rd1], %r1;", False),
        ("// add.f32 of the source", False),
        (".common .global .align 8 .u64 _ZN8f32world;", False),
    ],
)
def test_lines_of_ptx_are_told_apart(line: str, found: bool) -> None:
    assert bool(float_instructions(f"\tret;\n{line}\n\tret;\n")) == found
