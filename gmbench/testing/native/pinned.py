"""Whether a shipped world still does what its version did when its golden digests were taken."""

from __future__ import annotations

from gmbench.engine.digests import digests, read_golden
from gmbench.testing.native.subject import Subject
from gmbench.testing.report import Check, share


def golden_digests(subject: Subject) -> Check:
    """Rules, levels and pictures by their digests; without a verdict where none are kept."""
    name, version = subject.pair.name, subject.pair.world.version
    kept = read_golden().get(name, {})
    if kept.get("version") != version:
        return Check("golden-digests", None, None, f"none are kept for {name} version {version}")
    if subject.game.parameters != subject.module.DEFAULTS:
        return Check("golden-digests", None, None, "they are kept for the default parameters")
    found, wanted = digests(subject.module), kept["digests"]
    changed = sorted(part for part in wanted if found.get(part) != wanted[part])
    detail = f"{', '.join(wanted)} are those of version {version}"
    if changed:
        detail = f"{', '.join(changed)} changed; raise VERSION, or mend what was broken"
    part = share(len(wanted) - len(changed), len(wanted))
    return Check("golden-digests", not changed, part, detail)
