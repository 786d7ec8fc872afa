"""The list of elements: select, drag, edit in place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemDelegate, QAbstractItemView, QListView, QToolTip, QWidget

from app.plan.rows import EDITED, Part, PlanDelegate, PlanModel

EMPTY = (
    "Nothing planned yet.\n\n"
    "Write above what the scene shows and read the caption, or add elements one by one below."
)
TIPS = {
    Part.COUNT: "How many. Click to change it.",
    Part.BACKGROUND: "Background: one large region behind everything. Click to switch.",
    Part.LOCK: "Locked elements keep their layers and their place in later designs.",
}


class PlanList(QListView):
    marked = Signal(str, object)
    """Element id and the Part whose mark was clicked."""
    delete_wanted = Signal()

    def __init__(self, model: PlanModel) -> None:
        super().__init__()
        self.plan_model = model
        self.rows = PlanDelegate(model, self)
        self._pressed: tuple[int, Part] = (-1, Part.NONE)
        self.setModel(model)
        self.setItemDelegate(self.rows)
        self.setAccessibleName("Elements of the plan")
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDragDropOverwriteMode(False)
        self.setDropIndicatorShown(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def edit_part(self, row: int, part: Part) -> bool:
        """Open a part of a row for editing."""
        index = self.plan_model.index(row)
        if not index.isValid() or part not in EDITED:
            return False
        self.setCurrentIndex(index)
        self.scrollTo(index)
        self.rows.part = part
        self.edit(index)
        return True

    def _part_at(self, at: QPointF) -> tuple[int, Part]:
        index = self.indexAt(at.toPoint())
        if not index.isValid():
            return -1, Part.NONE
        return index.row(), self.rows.part_at(at, self.visualRect(index))

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = self._part_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and self._is_mark(self._pressed):
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        here, pressed = self._part_at(event.position()), self._pressed
        self._pressed = (-1, Part.NONE)
        if event.button() == Qt.MouseButton.LeftButton and here == pressed:
            row, part = here
            if self._is_mark(here):
                self.marked.emit(self.plan_model.plan.elements[row].id, part)
                return
            if part is Part.COUNT and event.modifiers() == Qt.KeyboardModifier.NoModifier:
                super().mouseReleaseEvent(event)
                self.edit_part(row, part)
                return
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        row, part = self._part_at(event.position())
        if self._is_mark((row, part)):
            self._pressed = (row, part)
        elif row >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.edit_part(row, part if part in EDITED else Part.NAME)

    def _is_mark(self, where: tuple[int, Part]) -> bool:
        row, part = where
        if row < 0 or part not in (Part.BACKGROUND, Part.LOCK):
            return False
        element = self.plan_model.plan.elements[row]
        return part is Part.BACKGROUND or self.plan_model.layer(element) is not None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self._part_at(event.position()))
        # A press on a mark is no drag.
        if not self._is_mark(self._pressed):
            super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover((-1, Part.NONE))
        super().leaveEvent(event)

    def _hover(self, where: tuple[int, Part]) -> None:
        if where != self.rows.hovered:
            self.rows.hovered = where
            self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            row, part = self._part_at(QPointF(event.pos()))
            if part in TIPS and row >= 0 and (part is Part.COUNT or self._is_mark((row, part))):
                QToolTip.showText(event.globalPos(), TIPS[part], self)
                return True
        return super().viewportEvent(event)

    # Keys

    def event(self, event: QEvent) -> bool:
        # F2 here means the element, not the layer.
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_F2:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_wanted.emit()
        elif event.key() == Qt.Key.Key_F2 and self.currentIndex().isValid():
            self.edit_part(self.currentIndex().row(), Part.NAME)
        else:
            super().keyPressEvent(event)

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        """Tab goes through name, number and relations of a row, then to the next row."""
        hints = QAbstractItemDelegate.EndEditHint
        step = {hints.EditNextItem: 1, hints.EditPreviousItem: -1}.get(hint)
        super().closeEditor(editor, hints.NoHint if step else hint)
        if step:
            at = self.currentIndex().row() * len(EDITED) + EDITED.index(self.rows.part) + step
            if at >= 0:
                self.edit_part(at // len(EDITED), EDITED[at % len(EDITED)])

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.model().rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(QColor(self.rows.colours.quiet))
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
            area = self.viewport().rect().adjusted(16, 20, -16, 0)
            painter.drawText(area, flags | Qt.TextFlag.TextWordWrap, EMPTY)

    def row_index(self, element_id: str) -> QModelIndex | QPersistentModelIndex:
        return self.plan_model.index(self.plan_model.row_of(element_id))
