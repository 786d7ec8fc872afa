"""Opens the window."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QApplication

from app.dialogs.recover import Choice, RecoverDialog
from app.engine_bridge import EngineLike
from app.garbage import collected_here
from app.icons import app_icon
from app.session import Session
from app.settings import Settings
from app.theme import Theme
from app.window import MainWindow
from engine.errors import ScenewrightError

if TYPE_CHECKING:
    from engine.jobs.engine import Engine

CLOSE_TIMEOUT = 10.0
"""Seconds that a job has, once the window is gone, to come to its next step."""


def make_app(arguments: list[str]) -> QApplication:
    """The one QApplication, named so that desktop and settings know it."""
    present = QApplication.instance()
    app = present if isinstance(present, QApplication) else QApplication(arguments)
    app.setApplicationName("Scenewright")
    app.setApplicationDisplayName("Scenewright")
    app.setDesktopFileName("scenewright")
    app.setWindowIcon(app_icon())
    return app


def make_window(
    app: QApplication,
    *,
    settings: Settings | None = None,
    engine: EngineLike | None = None,
    downloads: EngineLike | None = None,
    recovery: Path | None = None,
) -> MainWindow:
    """A window with its own session and, unless they are given, its own engine threads."""
    if engine is None:
        from engine.jobs.engine import Engine

        engine = Engine()
    downloads = downloads or download_engine()
    settings = settings or Settings.of_user()
    theme = Theme(app, arrow_folder=str(settings.folder / "scenewright-theme"))
    theme.choose(settings.theme)
    return MainWindow(
        session=Session(recovery=recovery),
        settings=settings,
        theme=theme,
        engine=engine,
        downloads=downloads,
    )


def download_engine() -> Engine:
    """A thread that installs models, so that drawing goes on meanwhile."""
    from engine.jobs.engine import HANDLERS, Engine
    from engine.models.request import InstallRequest

    return Engine(handlers={InstallRequest: HANDLERS[InstallRequest]})


def offer_recoveries(window: MainWindow, folder: Path | None = None) -> None:
    """Ask what becomes of work that a crash left behind."""
    from engine.project.autosave import discard_recovery, list_recoveries

    recoveries = list_recoveries(folder)
    if not recoveries:
        return
    dialog = RecoverDialog(window, recoveries)
    dialog.exec()
    dialog.deleteLater()
    try:
        if dialog.choice is Choice.RECOVER:
            window.session.recover(dialog.chosen)
        elif dialog.choice is Choice.DELETE:
            discard_recovery(dialog.chosen)
    except ScenewrightError as error:
        window.tell_problem("The work could not be recovered", str(error))


def dispose(window: MainWindow) -> None:
    """Delete a closed window with all that is in it, now.

    Left to the interpreter's end, its parts would go in no order, among code that is half gone.
    """
    window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def run(project: Path | None = None) -> int:
    """Open the window, with a project if one is given, and return its exit code."""
    app = make_app(sys.argv[:1])
    with collected_here():
        return _run(app, project)


def _run(app: QApplication, project: Path | None) -> int:
    from engine.jobs.engine import Engine

    engine, downloads = Engine(), download_engine()
    window = make_window(app, engine=engine, downloads=downloads)
    window.show()

    def begin() -> None:
        if project is not None:
            window.files.open(project)
        offer_recoveries(window)

    QTimer.singleShot(0, window, begin)
    code = app.exec()
    # The window is gone; a model in the middle of a step must not outlive the interpreter.
    if not all(one.close(timeout=CLOSE_TIMEOUT) for one in (engine, downloads)):
        # Work is saved by now, and tearing the interpreter down under torch can crash it.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    dispose(window)
    return code
