"""The faces that worlds turn to the ecosystem: Gymnasium environments and an SB3 ``VecEnv``."""
