"""The parts of the window that work together when an object is added."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from app.actions import Actions
from app.canvas.view import CanvasView
from app.panels.add_object import AddObjectBar
from app.panels.suggestions import SuggestionStrip
from app.session import Session
from app.suggesting import Suggesting
from app.theme import Theme


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    window: QWidget
    suggesting: Suggesting
    strip: SuggestionStrip
    canvas: CanvasView
    bar: AddObjectBar
    actions: Actions
    theme: Theme
    session: Session
