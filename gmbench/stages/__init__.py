"""Where episodes are played: one seam between the evaluation loop and a family of worlds."""
