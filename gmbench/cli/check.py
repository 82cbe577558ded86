"""``gmbench check``: the public conformance checks of a world."""
