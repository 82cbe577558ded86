"""``python -m gmbench.pages``."""

from pathlib import Path

from gmbench.pages import write_pages

if __name__ == "__main__":
    write_pages(Path(__file__).resolve().parents[2])
