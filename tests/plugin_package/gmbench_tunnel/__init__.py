"""A third party's package with one world."""
