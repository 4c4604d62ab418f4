"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str], None] | None  # told a line as the work goes on; None for silence
