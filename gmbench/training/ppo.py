"""PPO on tensors: Stable-Baselines3's algorithm, settings and zips, in less time."""

from __future__ import annotations

from typing import Any

import torch
from stable_baselines3 import PPO as StockPPO
from stable_baselines3.common.buffers import RolloutBuffer
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnv

from gmbench.envs.tensors import CARD, TensorGames
from gmbench.errors import UsageError
from gmbench.training.card_source import CardSource, card_games
from gmbench.training.diverging import DIVERGED
from gmbench.training.networks import Network, network_of
from gmbench.training.sources import HostSource, Source
from gmbench.training.tensor_buffer import TensorBuffer
from gmbench.training.update import Loss, Outcome, in_one_pass, update


class PPO(StockPPO):
    """A drop-in for ``stable_baselines3.PPO``: the same arguments, callbacks, logs and zips.

    Rollouts are tensors where the policy is, and under one seed they are the stock algorithm's,
    as is what it learns, up to rounding. It is made for `gmbench.make_sb3`, and takes any
    environment that the stock one takes. What it has no quicker way for, it does in the stock way:
    policies and rollout buffers of one's own, actions other than discrete, observations in
    dictionaries, state-dependent exploration.

    On the processor callbacks see what the stock algorithm shows them. Where the environment is on
    a graphics card they see tensors on it as ``new_obs``, ``rewards`` and ``dones``, and nothing is
    copied from there in a step unless they look into ``infos``; at a rollout's end ``ended`` holds
    its episodes' returns, lengths and successes.

    A zip holds no observations, and nothing that needs gmbench where the features extractor does
    not.
    """

    _network: Network | None = None
    _dtype: torch.dtype | None = None
    _source: Source | None = None

    def collect_rollouts(
        self,
        env: VecEnv,
        callback: BaseCallback,
        rollout_buffer: Any,
        n_rollout_steps: int,
    ) -> bool:
        """Fill the buffer with a rollout; see the stock method.

        Returns:
            False if a callback ended it.

        Raises:
            UsageError: the policy gives numbers that are not finite.
        """
        if not isinstance(rollout_buffer, TensorBuffer):
            return super().collect_rollouts(env, callback, rollout_buffer, n_rollout_steps)
        self.policy.set_training_mode(False)
        source = self._source_of(env)
        source.begin(self._last_obs)
        network = self._network_for(source.observations().dtype)
        rollout_buffer.reset(source.observations().dtype)
        callback.on_rollout_start()
        network.renew()
        for step in range(n_rollout_steps):
            if not self._collect_step(source, network, callback, rollout_buffer, step):
                return False
        with torch.no_grad():
            for steps, slots, last in source.cut_off():
                rollout_buffer.rewards[steps, slots] += self.gamma * network.values(last)
            rollout_buffer.finish(network.values(source.observations()))
        if not bool(torch.isfinite(rollout_buffer.returns + rollout_buffer.log_probs).all()):
            raise UsageError(f"the policy's outputs are not finite: {DIVERGED}")
        callback.update_locals({"rollout_buffer": rollout_buffer})
        callback.on_rollout_end()
        return True

    def train(self) -> None:
        """Update the policy with the rollout that was collected."""
        buffer: Any = self.rollout_buffer
        if not isinstance(buffer, TensorBuffer):
            super().train()
            return
        assert self._network is not None
        self.policy.set_training_mode(True)
        self._update_learning_rate(self.policy.optimizer)
        left = self._current_progress_remaining
        clip_range, clip_range_vf = _now(self.clip_range, left), _now(self.clip_range_vf, left)
        assert clip_range is not None
        with in_one_pass(self.policy.optimizer):
            outcome = update(
                self._network,
                buffer,
                Loss(
                    clip_range,
                    clip_range_vf,
                    self.normalize_advantage,
                    self.ent_coef,
                    self.vf_coef,
                ),
                epochs=self.n_epochs,
                batch_size=self.batch_size,
                max_grad_norm=self.max_grad_norm,
                target_kl=self.target_kl,
            )
        self._n_updates += outcome.epochs
        self._tell(outcome, clip_range, clip_range_vf, buffer.explained_variance())

    def _setup_model(self) -> None:
        super()._setup_model()
        stock = self.rollout_buffer_class is RolloutBuffer and not self.rollout_buffer_kwargs
        if stock and Network.fits(self.policy):
            buffer: Any = TensorBuffer(
                self.n_steps,
                self.n_envs,
                self.observation_space.shape or (),
                self.device,
                gamma=self.gamma,
                gae_lambda=self.gae_lambda,
            )
            self.rollout_buffer = buffer

    def _maybe_recommend_cpu(self, mlp_class_name: str = "ActorCriticPolicy") -> None:
        if self.env is None or card_games(self.env) is None:
            super()._maybe_recommend_cpu(mlp_class_name)

    def _excluded_save_params(self) -> list[str]:
        ours = ["_network", "_dtype", "_source"]
        seen = ["_last_obs", "_last_original_obs", "_last_episode_starts"]
        return [*super()._excluded_save_params(), *ours, *seen]

    def _network_for(self, dtype: torch.dtype) -> Network:
        """The policy's network for observations of a dtype."""
        known = self._network
        if known is None or known.policy is not self.policy or self._dtype != dtype:
            self._network, self._dtype = network_of(self.policy, dtype), dtype
        assert self._network is not None
        return self._network

    def _source_of(self, env: VecEnv) -> Source:
        if self._source is None or self._source.env is not env:
            games = card_games(env) if self.device.type == CARD else None
            there = None if games is None else TensorGames(games)
            self._source = HostSource(env, self.device) if there is None else CardSource(env, there)
        return self._source

    def _collect_step(
        self,
        source: Source,
        network: Network,
        callback: BaseCallback,
        buffer: TensorBuffer,
        step: int,
    ) -> bool:
        """One step of a rollout; False if a callback ends it."""
        with torch.no_grad():
            seen = buffer.observations[step]
            seen.copy_(source.observations())
            actions, values, log_probs = network.act(seen)
        buffer.actions[step], buffer.values[step] = actions, values
        buffer.log_probs[step] = log_probs
        told = source.step(actions, buffer, step)
        self.num_timesteps += self.n_envs
        callback.update_locals(
            {
                "self": self,
                "env": source.env,
                "callback": callback,
                "rollout_buffer": buffer,
                "n_rollout_steps": buffer.buffer_size,
                "n_steps": step,
                "obs_tensor": seen,
                "actions": actions,
                "clipped_actions": actions,
                "values": values.unsqueeze(1),
                "log_probs": log_probs,
                **told._asdict(),
            }
        )
        goes_on = callback.on_step()
        self._last_obs, self._last_episode_starts = told.new_obs, told.dones
        if goes_on:
            ended = source.ended()
            self._update_info_buffer(*ended)
            callback.update_locals({"ended": ended.infos})
        return goes_on

    def _tell(
        self,
        outcome: Outcome,
        clip_range: float,
        clip_range_vf: float | None,
        explained_variance: float,
    ) -> None:
        """Log an update as the stock algorithm does."""
        if outcome.stopped_at is not None and self.verbose >= 1:
            epoch, far = outcome.epochs - 1, outcome.stopped_at
            print(f"Early stopping at step {epoch} due to reaching max kl: {far:.2f}")
        record = self.logger.record
        record("train/entropy_loss", outcome.mean("entropy_loss"))
        record("train/policy_gradient_loss", outcome.mean("policy_loss"))
        record("train/value_loss", outcome.mean("value_loss"))
        record("train/approx_kl", outcome.mean("approx_kl", outcome.last_epoch))
        record("train/clip_fraction", outcome.mean("clip_fraction"))
        record("train/loss", outcome.mean("loss", 1))
        record("train/explained_variance", explained_variance)
        record("train/n_updates", self._n_updates, exclude="tensorboard")
        record("train/clip_range", clip_range)
        if clip_range_vf is not None:
            record("train/clip_range_vf", clip_range_vf)


def _now(schedule: Any, left: float) -> float | None:
    """A schedule's value when so much of the training is left."""
    return None if schedule is None else float(schedule(left))
