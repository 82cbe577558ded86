"""The networks that see grids and pictures."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces

from gmbench.training.extractors import FlatGrid, GridCnn, ImpalaCnn, PlaceCnn

WALL, MOUSE, CHEESE = range(3)


def planes(height: int, width: int, count: int = 3) -> spaces.Box:
    return spaces.Box(0, 1, (count, height, width), np.uint8)


@pytest.mark.parametrize("size", [(9, 9), (13, 13), (8, 8), (8, 11), (3, 3), (2, 2)], ids=str)
def test_the_grid_network_sees_every_cell_of_every_plane(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    network = GridCnn(planes(*size), features_dim=64, channels=16)
    seen = torch.rand((32, 3, *size), requires_grad=True)
    features = network(seen)
    assert features.shape == (32, network.features_dim) == (32, 64)
    features.sum().backward()
    assert seen.grad is not None and bool((seen.grad != 0).any(0).all())


@pytest.mark.parametrize("size", [(9, 9), (13, 13), (8, 8), (8, 11), (3, 3)], ids=str)
def test_the_place_network_sees_every_cell_from_everywhere(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    network = PlaceCnn(planes(*size), channels=32)
    for row in range(size[0]):
        for column in range(size[1]):
            seen = torch.rand((8, 3, *size))
            seen[:, MOUSE] = 0
            seen[:, MOUSE, row, column] = 1
            features = network(seen.requires_grad_())
            assert features.shape == (8, network.features_dim) == (8, 32)
            (gradient,) = torch.autograd.grad(features.square().sum(), seen)
            assert bool((gradient[:, [WALL, CHEESE]] != 0).any(0).all())


def test_the_place_network_is_read_out_where_the_agent_is() -> None:
    torch.manual_seed(0)
    network = PlaceCnn(planes(9, 9), blocks=1, channels=4, blind_to=(MOUSE,))
    seen = torch.rand((1, 3, 9, 9))
    inner = network.network(seen)[0]  # 5 by 5 places, of rows and columns 0, 2, ... 8
    for (row, column), places in {
        (0, 0): [(0, 0)],
        (4, 6): [(2, 3)],
        (4, 5): [(2, 2), (2, 3)],
        (7, 7): [(3, 3), (3, 4), (4, 3), (4, 4)],
    }.items():
        seen[0, MOUSE] = 0
        seen[0, MOUSE, row, column] = 1
        expected = torch.stack([inner[:, at, beside] for at, beside in places]).mean(0)
        torch.testing.assert_close(network(seen)[0], expected)
    seen[0, MOUSE] = 0
    assert not network(seen).any()


@pytest.mark.parametrize("shape", [(3, 64, 64), (3, 52, 52), (3, 63, 41)], ids=str)
def test_impala_takes_pictures_of_any_size(shape: tuple[int, ...]) -> None:
    network = ImpalaCnn(spaces.Box(0, 255, shape, np.uint8))
    assert network(torch.rand(2, *shape)).shape == (2, 256)
    convolutions = [m for m in network.modules() if isinstance(m, torch.nn.Conv2d)]
    assert len(convolutions) == 15  # and one linear layer: figure 3 counts those of a picture
    assert [c.out_channels for c in convolutions[::5]] == [16, 32, 32]


@pytest.mark.parametrize("kind", [FlatGrid, GridCnn, partial(PlaceCnn, agent=WALL)])
def test_a_blind_network_sees_the_other_planes_only(kind: Callable[..., Any]) -> None:
    torch.manual_seed(0)
    network = kind(planes(7, 7), blind_to=(MOUSE, CHEESE))
    seen = torch.randint(0, 2, (16, 3, 7, 7)).float()
    for plane in range(3):
        other = seen.clone()
        other[:, plane] = 1 - other[:, plane]
        assert torch.equal(network(seen), network(other)) == (plane != WALL)
    assert not [name for name in network.state_dict() if "seen" in name]


def test_flat_features_are_the_planes() -> None:
    seen = torch.randint(0, 2, (4, 3, 5, 7)).float()
    network = FlatGrid(planes(5, 7))
    assert torch.equal(network(seen), seen.reshape(4, -1)) and network.features_dim == 105


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FlatGrid(planes(5, 5), (3,)), r"blind_to=\[3\]: the planes are 0 to 2"),
        (lambda: GridCnn(planes(5, 5), blind_to=(-1,)), r"blind_to=\[-1\]: the planes are 0 to 2"),
        (lambda: GridCnn(spaces.Box(0, 1, (9,))), r"not observations of \(9,\)"),
        (lambda: PlaceCnn(planes(5, 5), agent=3), "agent=3: the planes are 0 to 2"),
    ],
    ids=["no-such-plane", "negative", "no-planes", "no-agent"],
)
def test_networks_that_cannot_be_are_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
