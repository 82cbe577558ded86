"""The recipe of the shipped agent: stock PPO on stock CoinRun levels, the coin always at the end.

    python baselines/procgen-coinrun/train.py --out runs/coinrun --steps 4915200

The agent sees every CoinRun level of the training range, short ones too, as in the literature
(``level_filter=False``; the pair's filter concerns evaluation, where the coin must be able to
stand far from the end). It writes a checkpoint every 25 updates, ``curve.csv`` with a row every 10
updates, and at the end ``agent.zip``, without optimizer state or observations. ``--resume`` goes
on from a checkpoint.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from pathlib import Path

import gmbench  # first, so that the notice of the old gym is not shown

# isort: split
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback

HEADER = "steps,seconds,episodes,success,mean_length"
CURVE_EVERY = 10  # updates
CHECKPOINT_EVERY = 25
NOT_NEEDED_TO_ACT = ["_last_obs", "_last_original_obs", "_last_episode_starts", "ep_info_buffer"]


class Log(BaseCallback):
    """Writes the training curve and the checkpoints."""

    def __init__(self, out: Path, steps_done: int) -> None:
        super().__init__()
        self.out = out
        self.updates = 0
        self.returns: list[float] = []
        self.lengths: list[int] = []
        rows = self._rows_until(steps_done)
        (out / "curve.csv").write_text("\n".join([HEADER, *rows]) + "\n")
        seconds_before = float(rows[-1].split(",")[1]) if rows else 0.0
        self.began = time.monotonic() - seconds_before

    def _rows_until(self, steps: int) -> list[str]:
        """The rows of a curve that a checkpoint goes on from."""
        curve = self.out / "curve.csv"
        rows = curve.read_text().splitlines()[1:] if curve.exists() else []
        return [row for row in rows if int(row.split(",")[0]) <= steps]

    def _on_step(self) -> bool:
        for info in self.locals["infos"]:
            if info:
                self.returns.append(info["episode"]["r"])
                self.lengths.append(info["episode"]["l"])
        return True

    def _on_rollout_end(self) -> None:
        self.updates += 1
        if self.updates % CURVE_EVERY == 0:
            episodes = len(self.returns)
            success = sum(value > 0 for value in self.returns) / max(episodes, 1)
            length = sum(self.lengths) / max(episodes, 1)
            seconds = time.monotonic() - self.began
            with (self.out / "curve.csv").open("a") as curve:
                curve.write(
                    f"{self.num_timesteps},{seconds:.0f},{episodes},{success:.4f},{length:.1f}\n"
                )
            self.returns.clear()
            self.lengths.clear()
        if self.updates in (1, 5, 20) or self.updates % CHECKPOINT_EVERY == 0:
            self.model.save(self.out / f"checkpoint-{self.num_timesteps}.zip")


def save_to_act(model: PPO, path: Path) -> None:
    """Save what is needed to act and nothing else: 2.5 MB instead of 8.5."""
    model.policy.optimizer.state = defaultdict(dict)
    model.save(path, exclude=NOT_NEEDED_TO_ACT)


def main() -> None:
    """Train, or only strip a checkpoint of what is not needed to act."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for all results")
    parser.add_argument("--steps", type=int, default=4_915_200)
    parser.add_argument("--threads", type=int, default=1, help="torch's, for the network")
    parser.add_argument("--resume", type=Path, help="go on from this checkpoint")
    parser.add_argument("--strip", type=Path, help="write OUT/agent.zip from this checkpoint")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    if arguments.strip is not None:
        save_to_act(PPO.load(arguments.strip), arguments.out / "agent.zip")
        return
    torch.set_num_threads(arguments.threads)
    env = gmbench.make_sb3(
        "procgen-coinrun", "train", num_envs=64, seed=0, mode="easy", level_filter=False
    )
    if arguments.resume is None:
        model = PPO(
            "CnnPolicy",
            env,
            n_steps=128,
            batch_size=2048,
            n_epochs=2,
            learning_rate=5e-4,
            gamma=0.999,
            ent_coef=0.01,
            seed=0,
        )
    else:
        model = PPO.load(arguments.resume, env=env)
        model.set_random_seed(model.num_timesteps)  # else the first levels would come again
    left = arguments.steps - model.num_timesteps
    model.learn(left, callback=Log(arguments.out, model.num_timesteps), reset_num_timesteps=False)
    save_to_act(model, arguments.out / "agent.zip")


if __name__ == "__main__":
    main()
