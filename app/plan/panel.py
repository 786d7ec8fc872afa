"""The Plan panel: caption, elements, and the buttons of a design."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QPoint,
    QSignalBlocker,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLayout,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.panels.elided import ElidedLabel
from app.panels.field import Field
from app.plan.list_view import PlanList
from app.plan.rows import PlanModel
from app.plan.ways import DesignWays
from app.theme import Colours, named_icon
from engine.design.kept import Plan, instances, missing, placed
from engine.layout.layout import MAX_CAPTION, MAX_LABEL, Layout

CAPTION_LINES = 3
NOTES_HEIGHT = 84


class CaptionEdit(QPlainTextEdit):
    """The caption over a few lines; Enter is the same as the button below it."""

    left = Signal()
    entered = Signal()
    typed = Signal(str)
    done = Signal()
    was_cut = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText("For example: three dogs on the grass, left of a bench, two trees")
        self.setAccessibleName("Caption")
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(self.fontMetrics().lineSpacing() * CAPTION_LINES + 18)
        self.textChanged.connect(self._on_typing)

    def words(self) -> str:
        return " ".join(self.toPlainText().split())

    def show_text(self, text: str) -> None:
        # Blanks that the layout does without stay while the user types on after them.
        if self.words() != text:
            with QSignalBlocker(self):
                self.setPlainText(text)

    def _on_typing(self) -> None:
        text = self.words()
        if len(text) > MAX_CAPTION:
            text = text[:MAX_CAPTION].rsplit(" ", 1)[0]
            self.show_text(text)
            self.was_cut.emit(
                f"The caption was cut: at most {MAX_CAPTION} characters are possible."
            )
        self.typed.emit(text)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.done.emit()
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class PlanPanel(QWidget):
    read_wanted = Signal()
    add_wanted = Signal(str)
    chosen = Signal(object)
    """Ids of the selected elements, the current one last."""
    menu_wanted = Signal(QPoint)
    notes_closed = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._syncing = False
        self.model = PlanModel()
        self.list = PlanList(self.model)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._caption_part())
        column.addLayout(self._heading())
        column.addWidget(self.list, 1)
        column.addLayout(self._add_part())
        column.addWidget(self._notes_part())
        column.addLayout(self._buttons_part())
        selection = self.list.selectionModel()
        selection.selectionChanged.connect(lambda *_: self._tell_chosen())
        self.list.customContextMenuRequested.connect(self._context_menu)
        self.set_running(running=False, paused=False, pausing=False)

    # Building

    def _caption_part(self) -> QLayout:
        self.caption = CaptionEdit()
        self.caption.left.connect(self.left)
        self.caption.entered.connect(self.read_wanted)
        self.read = named_icon(QPushButton("Read caption"), "read")
        self.read.setToolTip("Fill the list below with what the caption names")
        self.read.clicked.connect(self.read_wanted)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.read)
        column = QVBoxLayout()
        column.setContentsMargins(12, 10, 12, 0)
        column.setSpacing(8)
        column.addWidget(self.caption)
        column.addLayout(row)
        return column

    def _heading(self) -> QLayout:
        heading = QLabel("Elements")
        heading.setObjectName("heading")
        self.number = QLabel()
        self.number.setObjectName("quiet")
        row = QHBoxLayout()
        row.setContentsMargins(12, 8, 12, 6)
        row.addWidget(heading)
        row.addStretch(1)
        row.addWidget(self.number)
        return row

    def _add_part(self) -> QLayout:
        self.what = Field()
        self.what.setMaxLength(MAX_LABEL)
        self.what.setPlaceholderText("Add: 2 dogs left of bench")
        self.what.setAccessibleName("Add an element")
        self.what.setToolTip("What, how many, and where. Several are parted by a semicolon.")
        self.what.left.connect(self.left)
        self.what.returnPressed.connect(self._add)
        self.add = named_icon(QToolButton(), "more")
        self.add.setToolTip("Add to the plan  (Enter)")
        self.add.setAccessibleName("Add to the plan")
        self.add.clicked.connect(self._add)
        row = QHBoxLayout()
        row.setContentsMargins(12, 6, 10, 8)
        row.setSpacing(6)
        row.addWidget(self.what, 1)
        row.addWidget(self.add)
        return row

    def _add(self) -> None:
        if self.what.text().strip():
            self.add_wanted.emit(self.what.text())
        else:
            self.what.setFocus()

    def _notes_part(self) -> QWidget:
        self.notes = QLabel()
        self.notes.setObjectName("note")
        self.notes.setWordWrap(True)
        self.notes.setTextFormat(Qt.TextFormat.PlainText)
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.notes.setContentsMargins(10, 7, 4, 7)
        self.notes.setAlignment(Qt.AlignmentFlag.AlignTop)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.notes)
        area.viewport().setObjectName("cards")
        close = named_icon(QToolButton(), "close")
        close.setToolTip("Close these notes")
        close.setAccessibleName("Close these notes")
        close.clicked.connect(self.notes_closed)
        self.notes_area = QWidget()
        self.notes_area.setObjectName("notes")
        self.notes_area.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self.notes_area)
        row.setContentsMargins(4, 0, 4, 0)
        row.addWidget(area, 1)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        return self.notes_area

    def _buttons_part(self) -> QLayout:
        self.ways = DesignWays()
        self.stage = ElidedLabel()
        self.stage.setObjectName("quiet")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.all = named_icon(QPushButton("Design all"), "suggest")
        self.all.setObjectName("primary")
        self.all.setMinimumHeight(36)
        self.pause = named_icon(QPushButton("Pause"), "pause")
        self.pause.setToolTip(
            "Lets the object that is being placed end, then waits. Between two objects you can\n"
            "edit plan and layers; Go on takes the rest up from there."
        )
        self.stop = named_icon(QPushButton("Cancel"), "close")
        self.stop.setToolTip("Stops at once. The objects that stand stay; Undo takes them back.")
        self.next = QPushButton("Next one")
        self.next.setToolTip("Place the next element that is to do")
        self.again = QPushButton("Again")
        self.lock = QPushButton("Lock this")
        self.lock.setToolTip("Keep its layers and their place in later designs")
        running = QHBoxLayout()
        running.setSpacing(6)
        for button in (self.pause, self.stop):
            button.setMinimumHeight(36)
            running.addWidget(button, 1)
        single = QHBoxLayout()
        single.setSpacing(6)
        for button in (self.next, self.again, self.lock):
            button.setProperty("tight", "true")
            single.addWidget(button, 1)
        column = QVBoxLayout()
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(8)
        column.addWidget(self.ways)
        column.addWidget(self.stage)
        column.addWidget(self.progress)
        column.addWidget(self.all)
        column.addLayout(running)
        column.addLayout(single)
        return column

    # Showing

    def show_plan(self, plan: Plan, layout: Layout) -> None:
        self._syncing = True
        chosen = self.chosen_ids()
        self.model.show(plan, layout)
        self._syncing = False
        if self.chosen_ids() != chosen:
            self.choose([id for id in chosen if plan.find(id) is not None])
        self.caption.show_text(layout.caption)
        objects, left = len(instances(plan.elements)), len(missing(plan, layout))
        there = len(placed(plan, layout))
        self.number.setText(f"{there} of {objects} placed" if objects else "")
        self.all.setText(
            "Design all" if not there else "Design the rest" if left else "Design all again"
        )
        lines = (*plan.remarks, *plan.notes)
        self.notes.setText("\n".join(lines))
        self.notes_area.setVisible(bool(lines))
        self._fit_notes()

    def show_enabled(self, *, plan: Plan, layout: Layout, busy: bool, locked: bool) -> None:
        """Enable and name the buttons after the plan and the chosen elements."""
        chosen, left = set(self.chosen_ids()), missing(plan, layout)
        there = [i for i in placed(plan, layout) if i.element in chosen]
        waits = any(i.element in chosen for i in left)
        # A button that is disabled would hand the keyboard to a stranger.
        if any(button.hasFocus() for button in (self.next, self.again, self.lock)):
            self.list.setFocus()
        self.all.setEnabled(bool(plan.elements) and not busy)
        self.next.setEnabled(bool(left) and not busy)
        self.again.setText("Place" if chosen and waits and not there else "Again")
        self.again.setEnabled(bool(chosen) and not busy and not locked)
        self.again.setToolTip(
            "It is locked: unlock it to place it anew" if locked else "Place what is selected anew"
        )
        self.lock.setText("Unlock this" if locked else "Lock this")
        self.lock.setEnabled(bool(there))

    def set_running(self, *, running: bool, paused: bool, pausing: bool) -> None:
        open_ = running or paused
        # A button that goes must not hand the keyboard to a stranger.
        if (
            open_
            and self.all.hasFocus()
            or not open_
            and (self.pause.hasFocus() or self.stop.hasFocus())
        ):
            self.list.setFocus()
        self.all.setVisible(not open_)
        for widget in (self.stage, self.progress, self.pause, self.stop):
            widget.setVisible(open_)
        going = paused or pausing
        self.pause.setText("Go on" if going else "Pause")
        named_icon(self.pause, "play" if going else "pause")
        if paused:
            self.stage.setText("Paused between two objects. Edit, then go on.")
        elif pausing:
            self.stage.setText("Pauses as soon as this object stands")

    def set_progress(self, text: str, step: int, total: int) -> None:
        self.stage.setText(text)
        self.progress.setRange(0, total)
        self.progress.setValue(step)

    def _fit_notes(self) -> None:
        """As high as the notes are, up to a few lines; more can be scrolled."""
        wanted = self.notes.heightForWidth(self.width() - 48)
        self.notes_area.setFixedHeight(min(max(wanted, 36), NOTES_HEIGHT))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_notes()

    def set_colours(self, colours: Colours) -> None:
        self.list.rows.colours = colours
        self.list.viewport().update()

    # Selection

    def chosen_ids(self) -> tuple[str, ...]:
        selection = self.list.selectionModel()
        current = selection.currentIndex()
        rows = sorted(selection.selectedIndexes(), key=lambda i: (i == current, i.row()))
        return tuple(self.model.element(index).id for index in rows)

    def choose(self, element_ids: Collection[str]) -> None:
        """Select elements without telling."""
        if set(element_ids) == set(self.chosen_ids()):
            return
        self._syncing = True
        wanted, last = QItemSelection(), None
        for element_id in element_ids:
            index = self.model.index(self.model.row_of(element_id))
            if index.isValid():
                wanted.select(index, index)
                last = index
        flag = QItemSelectionModel.SelectionFlag
        self.list.selectionModel().select(wanted, flag.ClearAndSelect)
        if last is not None:
            self.list.selectionModel().setCurrentIndex(last, flag.NoUpdate)
            self.list.scrollTo(last)
        self._syncing = False

    def _tell_chosen(self) -> None:
        if not self._syncing:
            self.chosen.emit(self.chosen_ids())

    def _context_menu(self, at: QPoint) -> None:
        if self.list.indexAt(at).isValid():
            self.menu_wanted.emit(self.list.viewport().mapToGlobal(at))
