"""The shell: process, settings, platforms, inbox, outbox, clock, and the local workspace.

The four packages are one product. Top-level names like `storage` are common, so this one refuses to start when a
sibling would be imported from somewhere else.
"""

from importlib.util import find_spec
from pathlib import Path

VERSION = "0.1.0"
HOME = Path(__file__).resolve().parent.parent


def _check_siblings() -> None:
    for name in ("handlers", "storage"):
        spec = find_spec(name)
        place = Path(spec.origin).resolve().parent.parent if spec and spec.origin else None
        if place != HOME:
            raise ImportError(
                f"Callsheet's package {name!r} would be imported from {place}, not from {HOME}: "
                f"another package of that name stands before it on the path. Use a virtual environment of its own."
            )


_check_siblings()
