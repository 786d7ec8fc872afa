"""Edits of the plan, and of plan and layers together, as commands of the document."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from engine.design.kept import Plan, with_plan
from engine.layout.layout import Layout


@dataclass(frozen=True, slots=True)
class SetPlan:
    """Give the layout another plan."""

    plan: Plan
    title: str

    def name(self, layout: Layout) -> str:
        return self.title

    @property
    def merge_key(self) -> Hashable:
        return ("plan", self.title)

    def apply(self, layout: Layout) -> Layout:
        return with_plan(layout, self.plan)


@dataclass(frozen=True, slots=True)
class Place:
    """Take over what a design has made: layers and plan of `layout`."""

    layout: Layout
    title: str

    def name(self, layout: Layout) -> str:
        return self.title

    @property
    def merge_key(self) -> Hashable:
        return ("place", self.title)

    def apply(self, layout: Layout) -> Layout:
        return self.layout
