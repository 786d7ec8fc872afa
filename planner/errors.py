"""What the planner raises on purpose; the engine turns it into its own errors."""

from __future__ import annotations


class PlannerError(ValueError):
    """Root of the tree; `str(error)` says what failed and what to do, fit to be shown."""


class NothingToPlan(PlannerError):
    """No thing and no background was found in the words that were given."""
