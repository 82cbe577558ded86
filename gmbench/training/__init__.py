"""Training: the networks that see grids and pictures."""
