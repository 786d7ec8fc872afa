"""Light and dark: colours, palette and the little style sheet on top of Fusion."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QColor, QPalette
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton, QToolButton

from app.icons import icon, pixmap

ICON_NAME = "iconName"
"""Dynamic property of actions and buttons whose icon follows the theme."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """The colours of one theme, as #rrggbb."""

    window: str
    panel: str
    field: str
    raised: str
    hover: str
    line: str
    text: str
    quiet: str
    faint: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    desk: str
    warn: str
    error: str
    error_soft: str


LIGHT = Colours(
    window="#f3f4f7",
    panel="#fbfbfd",
    field="#ffffff",
    raised="#ffffff",
    hover="#e9ebf1",
    line="#d5d8e0",
    text="#1d2230",
    quiet="#5a6173",
    faint="#9aa0b0",
    accent="#3457d5",
    accent_hover="#2947b8",
    on_accent="#ffffff",
    accent_soft="#e0e7ff",
    desk="#dfe2e9",
    warn="#a15c00",
    error="#b3261e",
    error_soft="#fde7e5",
)
DARK = Colours(
    window="#1f2128",
    panel="#262932",
    field="#1a1c22",
    raised="#323641",
    hover="#3a3f4c",
    line="#3c414e",
    text="#e8eaf0",
    quiet="#a9afbf",
    faint="#6f7688",
    accent="#7c9bff",
    accent_hover="#96afff",
    on_accent="#10142a",
    accent_soft="#2f3b66",
    desk="#15171c",
    warn="#f0b35a",
    error="#ff8f86",
    error_soft="#4a2523",
)


def colours_of(scheme: Qt.ColorScheme) -> Colours:
    return DARK if scheme == Qt.ColorScheme.Dark else LIGHT


def palette_of(colours: Colours) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for target, name in (
        (role.Window, colours.window),
        (role.WindowText, colours.text),
        (role.Base, colours.field),
        (role.AlternateBase, colours.panel),
        (role.Text, colours.text),
        (role.PlaceholderText, colours.faint),
        (role.Button, colours.raised),
        (role.ButtonText, colours.text),
        (role.ToolTipBase, colours.raised),
        (role.ToolTipText, colours.text),
        (role.Highlight, colours.accent),
        (role.HighlightedText, colours.on_accent),
        (role.Accent, colours.accent),
        (role.Link, colours.accent),
        (role.Mid, colours.line),
        (role.Dark, colours.line),
        (role.Light, colours.raised),
        (role.BrightText, colours.error),
    ):
        palette.setColor(target, QColor(name))
    for target in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, target, QColor(colours.faint))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(colours.line))
    return palette


SHEET = """
QTabBar#side { background: $panel; border-left: 1px solid $line; }
QTabBar#side::tab { background: $panel; color: $quiet; padding: 12px 8px 9px 8px;
    border: none; border-bottom: 2px solid $line; font-weight: 600; }
QTabBar#side::tab:selected { color: $text; border-bottom: 2px solid $accent; }
QTabBar#side::tab:hover:!selected { background: $hover; color: $text; }
QWidget#notes { background: $window; border-top: 1px solid $line;
    border-bottom: 1px solid $line; }
QWidget#notes QLabel, QWidget#notes QScrollArea { background: transparent; }
QPlainTextEdit { background: $field; color: $text; border: 1px solid $line; border-radius: 7px;
    padding: 3px 4px; selection-background-color: $accent; selection-color: $on_accent; }
QPlainTextEdit:focus { border: 1px solid $accent; }
QMenuBar { background: $window; padding: 2px 4px; }
QMenuBar::item { padding: 5px 9px; border-radius: 5px; background: transparent; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $panel; border: 1px solid $line; padding: 5px; }
QMenu::item { padding: 6px 28px 6px 12px; border-radius: 5px; }
QMenu::icon { padding-left: 8px; }
QMenu::item:selected { background: $accent_soft; color: $text; }
QMenu::item:disabled { color: $faint; background: transparent; }
QMenu::separator { height: 1px; background: $line; margin: 5px 8px; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: 4px 6px; }
QStatusBar { background: $window; color: $quiet; border-top: 1px solid $line; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: $quiet; }
QWidget#side, QWidget#bottom, QWidget#top { background: $panel; }
QWidget#side { border-left: 1px solid $line; }
QWidget#bottom { border-top: 1px solid $line; }
QWidget#top { border-bottom: 1px solid $line; }
QToolBar#tools { background: $panel; border: none; border-right: 1px solid $line;
    padding: 8px 5px; spacing: 3px; }
QToolBar#tools::separator { height: 1px; background: $line; margin: 6px 6px; }
QToolButton { border: 1px solid transparent; border-radius: 7px; padding: 4px;
    background: transparent; }
QToolBar#tools QToolButton { padding: 7px; }
QToolButton:hover { background: $hover; }
QToolButton:pressed { background: $line; }
QToolButton:checked { background: $accent; color: $on_accent; }
QToolButton::menu-indicator { image: none; }
QToolButton:focus { border-color: $accent; }
QLabel#heading { font-weight: 600; color: $text; }
QLabel#quiet, QLabel#note { color: $quiet; }
QLabel#big { font-size: 17px; font-weight: 600; }
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox { background: $field; color: $text;
    border: 1px solid $line;
    border-radius: 7px; padding: 4px 8px; min-height: 20px; selection-background-color: $accent;
    selection-color: $on_accent; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {
    border: 1px solid $accent; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {
    color: $faint; background: $window; }
QLineEdit#what { font-size: 15px; min-height: 26px; padding: 4px 12px; border-radius: 9px; }
QLineEdit#caption { border: 1px solid transparent; background: transparent; min-height: 24px; }
QLineEdit#caption:hover { border: 1px solid $line; }
QLineEdit#caption:focus { border: 1px solid $accent; background: $field; }
QComboBox { padding-right: 18px; combobox-popup: 0; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: url($arrow); width: 14px; height: 14px; }
QComboBox QAbstractItemView { background: $panel; border: 1px solid $line; padding: 4px;
    selection-background-color: $accent_soft; selection-color: $text; outline: none; }
QAbstractSpinBox QLineEdit, QAbstractSpinBox QLineEdit:focus { border: none; padding: 0;
    background: transparent; min-height: 0; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button,
QDoubleSpinBox::down-button { width: 0px; border: none; }
QToolButton#fold { color: $quiet; padding: 2px 6px 2px 2px; }
QToolButton#fold:checked { background: transparent; color: $quiet; }
QPushButton { background: $raised; color: $text; border: 1px solid $line; border-radius: 8px;
    padding: 5px 14px; min-height: 20px; }
QPushButton[tight="true"] { padding: 5px 4px; }
QPushButton:hover { background: $hover; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $faint; }
QPushButton#primary, QPushButton:default { background: $accent; color: $on_accent;
    border: 1px solid $accent; font-weight: 600; }
QPushButton#primary:hover, QPushButton:default:hover { background: $accent_hover;
    border-color: $accent_hover; }
QPushButton#primary:disabled { background: $line; color: $faint; border-color: $line; }
QPushButton#chip { border-radius: 15px; padding: 4px 12px; background: $field; }
QPushButton#chip[given="true"] { background: $accent_soft; border-color: $accent; color: $text; }
QPushButton#plain { background: transparent; border: 1px solid transparent; padding: 5px 8px; }
QPushButton#plain:hover { background: $hover; }
QPushButton#plain:focus { border-color: $accent; }
QProgressBar { background: $line; border: none; border-radius: 3px; max-height: 6px;
    min-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QListView { background: $panel; border: none; outline: none; }
QListWidget { border: 1px solid $line; border-radius: 8px; padding: 4px; }
QTreeView { background: $panel; border: 1px solid $line; border-radius: 8px; padding: 4px;
    outline: none; }
QTreeView::item { padding: 5px 4px; color: $text; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section { background: $panel; color: $quiet; border: none;
    border-bottom: 1px solid $line; padding: 5px 6px; }
QCheckBox { spacing: 8px; }
QCheckBox::indicator, QTreeView::indicator { width: 15px; height: 15px; border-radius: 4px;
    border: 1px solid $faint; background: $field; }
QCheckBox::indicator:hover, QTreeView::indicator:hover { border-color: $accent; }
QCheckBox::indicator:checked, QTreeView::indicator:checked { background: $accent;
    border-color: $accent; image: url($check_mark); }
QCheckBox:focus { color: $accent; }
QListWidget::item { border-radius: 6px; padding: 4px; color: $text; }
QListWidget::item:selected { background: $accent_soft; }
QDialog QPushButton { min-width: 80px; }
QMessageBox #qt_msgbox_informativelabel { min-width: 340px; }
QScrollBar:vertical { background: transparent; width: 11px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 11px; margin: 2px; }
QScrollBar::handle { background: $line; border-radius: 3px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: $faint; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSlider:horizontal { min-height: 20px; }
QSlider::groove:horizontal { height: 4px; background: $line; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { background: $raised; border: 1px solid $faint; width: 14px;
    margin: -6px 0; border-radius: 8px; }
QSplitter::handle { background: $line; }
QScrollArea, QWidget#cards { background: transparent; border: none; }
QFrame#notice { background: $window; border: 1px solid $line; border-radius: 8px; }
QFrame#notice QLabel { background: transparent; color: $text; }
QFrame#toast { background: $raised; border: 1px solid $line; border-radius: 10px; }
QFrame#toast[kind="error"] { background: $error_soft; border-color: $error; }
QFrame#toast QLabel { color: $text; }
QFrame#floating { background: $panel; border: 1px solid $line; border-radius: 10px; }
QFrame#rule { background: $line; max-width: 1px; min-width: 1px; }
"""


def sheet_of(colours: Colours, *, arrow: str, check_mark: str) -> str:
    text = SHEET.replace("$arrow", arrow).replace("$check_mark", check_mark)
    names = sorted((f.name for f in fields(Colours)), key=len, reverse=True)
    for name in names:
        text = text.replace(f"${name}", getattr(colours, name))
    return text


class Theme(QObject):
    """Keeps palette, style sheet and icons in step with the chosen or the system's scheme."""

    changed = Signal()

    def __init__(self, app: QApplication, *, arrow_folder: str) -> None:
        super().__init__(app)
        self._app = app
        self._arrow_folder = arrow_folder
        self.colours = LIGHT
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(lambda _: self.apply())

    def choose(self, name: str) -> None:
        """ "light", "dark" or "system"."""
        schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
        self._app.styleHints().setColorScheme(schemes.get(name, Qt.ColorScheme.Unknown))
        # Platforms without colour schemes (offscreen, bare X) keep reporting Unknown.
        self._wanted = schemes.get(name)
        self.apply()

    _wanted: Qt.ColorScheme | None = None

    def apply(self) -> None:
        scheme = self._wanted or self._app.styleHints().colorScheme()
        self.colours = colours_of(scheme)
        self._app.setPalette(palette_of(self.colours))
        arrow = self._picture("chevron_down", self.colours.quiet)
        check_mark = self._picture("check", self.colours.on_accent)
        self._app.setStyleSheet(sheet_of(self.colours, arrow=arrow, check_mark=check_mark))
        for window in self._app.topLevelWidgets():
            self.dress(window)
        self.changed.emit()

    def _picture(self, name: str, colour: str) -> str:
        """Style sheets take images only from files: an icon in one of the theme's colours."""
        folder = Path(self._arrow_folder)
        path = folder / f"{name}-{colour[1:]}.png"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            pixmap(name, QColor(colour), side=14, ratio=3).save(str(path))
        return path.as_posix()

    def dress(self, owner: QObject) -> None:
        """Give every action and button below `owner` that names an icon its icon."""
        for kind in (QAction, QAbstractButton):
            for child in owner.findChildren(kind):
                self.give_icon(child)

    def give_icon(self, target: QAction | QAbstractButton) -> None:
        name = target.property(ICON_NAME)
        if not name:
            return
        c = self.colours
        on = QColor(c.on_accent)
        ink = on if target.objectName() == "primary" else QColor(c.quiet)
        target.setIcon(icon(name, ink, on=on, off=QColor(c.faint)))


Dressed = TypeVar("Dressed", QAction, QToolButton, QPushButton)


def named_icon(target: Dressed, name: str) -> Dressed:
    """Have the theme give the target this icon."""
    target.setProperty(ICON_NAME, name)
    return target
