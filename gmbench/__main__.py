"""``python -m gmbench``."""

from gmbench.cli import main

main()
