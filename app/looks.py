"""How the window looks, as the user chose it: theme, ground, see-through layers."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.actions import Actions
from app.canvas.view import CanvasView
from app.settings import Settings
from app.theme import Theme

PAPERS = ("photo", "white", "checker")


class Looks(QObject):
    """The View menu's choices, kept for the next time."""

    def __init__(
        self,
        parent: QObject,
        *,
        actions: Actions,
        canvas: CanvasView,
        settings: Settings,
        theme: Theme,
    ) -> None:
        super().__init__(parent)
        self._actions, self._canvas = actions, canvas
        self._settings, self._theme = settings, theme
        for kind in PAPERS:
            actions.connect(f"paper_{kind}", lambda k=kind: self.choose_paper(k))
        for kind in ("system", "light", "dark"):
            actions.connect(f"theme_{kind}", lambda k=kind: self.choose_theme(k))
        see_through = actions["see_through"]
        actions.connect("see_through", lambda: self.choose_see_through(see_through.isChecked()))

    def restore(self) -> None:
        """As they were chosen last."""
        self._actions[f"theme_{self._settings.theme}"].setChecked(True)
        paper = self._settings.text("paper", "photo")
        self.choose_paper(paper if paper in PAPERS else "photo")
        self.choose_see_through(self._settings.text("see_through", "yes") == "yes")

    def choose_theme(self, name: str) -> None:
        self._settings.theme = name
        self._theme.choose(name)

    def choose_paper(self, kind: str) -> None:
        self._settings.put("paper", kind)
        self._actions[f"paper_{kind}"].setChecked(True)
        self._canvas.set_paper(kind)

    def choose_see_through(self, on: bool) -> None:
        self._settings.put("see_through", "yes" if on else "no")
        self._actions["see_through"].setChecked(on)
        self._canvas.set_see_through(on)
