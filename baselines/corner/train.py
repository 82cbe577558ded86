"""Train a mouse on native ``corner``: the cheese always lies in the corner.

    python baselines/corner/train.py --out corner-agent.zip

Stock PPO of Stable-Baselines3 with a small convolutional network, 256 mazes of 9 by 9 cells at a
time, alpha 0.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import gmbench  # first, so that the notice of the old gym is not shown

# isort: split
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback

from gmbench.training.extractors import GridCnn

ENVS = 256
ROLLOUT = 32  # steps an environment and update
EVERY = 8  # updates between two lines


class Progress(BaseCallback):
    """Prints how many of the last episodes found the cheese."""

    def __init__(self) -> None:
        super().__init__()
        self.began = time.monotonic()
        self.updates = 0
        self.found: list[bool] = []

    def _on_step(self) -> bool:
        self.found += [info["is_success"] for info in self.locals["infos"] if info]
        return True

    def _on_rollout_end(self) -> None:
        self.updates += 1
        if self.updates % EVERY == 0:
            share = sum(self.found) / max(len(self.found), 1)
            seconds = time.monotonic() - self.began
            print(
                f"{self.num_timesteps:9,} steps  {seconds:4.0f} s  {share:4.0%} find the cheese",
                flush=True,
            )
            self.found.clear()


def main() -> None:
    """Train and save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="the agent, FILE.zip")
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=9, help="rows and columns of the mazes")
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    venv = gmbench.make_sb3(
        "corner",
        "train",
        num_envs=ENVS,
        alpha=0.0,
        obs="grid",
        seed=arguments.seed,
        parameters={"size": arguments.size},
    )
    model = PPO(
        "MlpPolicy",
        venv,
        learning_rate=lambda left: 3e-3 * left + 1e-4,
        n_steps=ROLLOUT,
        batch_size=1024,
        n_epochs=2,
        gamma=0.97,
        gae_lambda=0.9,
        ent_coef=0.01,
        policy_kwargs={"features_extractor_class": GridCnn, "net_arch": []},
        seed=arguments.seed,
        device="cpu",
    )
    model.learn(arguments.steps, callback=Progress())
    model.save(arguments.out)


if __name__ == "__main__":
    main()
