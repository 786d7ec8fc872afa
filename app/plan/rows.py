"""The elements as a Qt list, and how a row is painted and edited in place."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QLineEdit,
    QSpinBox,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.panels.rows import ROW_FLAGS, TILE, paint_ground, paint_mark, paint_tile, small, tile_of
from app.plan.relations import EXAMPLE, relations_text
from app.theme import LIGHT, Colours
from engine.design.kept import Plan, Standing, is_locked, layers_of, problem, standing
from engine.layout.layer import Layer
from engine.layout.layout import MAX_LABEL, Layout
from planner.scene import MAX_COUNT, Element

MIME = "application/x-scenewright-element"
ROW_HEIGHT = 54
MARK = 24

Index = QModelIndex | QPersistentModelIndex


class Part(Enum):
    """What of a row is under the mouse or edited."""

    NAME = "name"
    COUNT = "count"
    RELATIONS = "relations"
    BACKGROUND = "background"
    LOCK = "lock"
    NONE = "none"


EDITED = (Part.NAME, Part.COUNT, Part.RELATIONS)


class PlanModel(QAbstractListModel):
    """One row for each element; edits leave as signals, the layout brings them back."""

    edited = Signal(str, object, object)
    """Element id, Part, new value."""
    moved = Signal(str, int)

    def __init__(self) -> None:
        super().__init__()
        self.plan = Plan()
        self.layout_: Layout | None = None
        self.busy: str | None = None

    def show(self, plan: Plan, layout: Layout) -> None:
        """Follow plan and layout; rows that stay keep their selection and editors."""
        same = [e.id for e in plan.elements] == [e.id for e in self.plan.elements]
        if not same:
            self.beginResetModel()
        self.plan, self.layout_ = plan, layout
        if not same:
            self.endResetModel()
        elif plan.elements:
            self.dataChanged.emit(self.index(0), self.index(len(plan.elements) - 1))

    def set_busy(self, element_id: str | None) -> None:
        if element_id != self.busy:
            self.busy = element_id
            if self.plan.elements:
                self.dataChanged.emit(self.index(0), self.index(len(self.plan.elements) - 1))

    def element(self, index: Index) -> Element:
        return self.plan.elements[index.row()]

    def row_of(self, element_id: str) -> int:
        return next((n for n, e in enumerate(self.plan.elements) if e.id == element_id), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.plan.elements)

    def relations(self, element: Element) -> str:
        return relations_text(self.plan.elements, self.plan.relations, element.id)

    def standing(self, element: Element) -> tuple[Standing, int]:
        assert self.layout_ is not None
        return standing(self.plan, self.layout_, element)

    def state_words(self, element: Element) -> str:
        """ "to do", "2 of 3", "placed" ..."""
        if self.busy == element.id:
            return "placing"
        state, there = self.standing(element)
        if state is Standing.PARTLY or (state is Standing.FAILED and there):
            return f"{there} of {element.count}"
        return state.value

    def locked(self, element: Element) -> bool:
        assert self.layout_ is not None
        return is_locked(self.plan, self.layout_, element.id)

    def layer(self, element: Element) -> Layer | None:
        """The first layer that the element was placed as."""
        assert self.layout_ is not None
        ids = layers_of(self.plan, self.layout_, {element.id})
        return self.layout_.layer(ids[0]) if ids else None

    def tip(self, element: Element) -> str:
        assert self.layout_ is not None
        words = [element.label if element.count == 1 else f"{element.count} × {element.label}"]
        if element.background:
            words[0] += ", background"
        if relations := self.relations(element):
            words.append(relations)
        words.append(self.state_words(element))
        if reason := problem(self.plan, self.layout_, element):
            words.append(reason)
        return "\n".join(words)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        element = self.element(index)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return element.label
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.tip(element)
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return self.tip(element).replace("\n", ", ")
        return None

    def value(self, index: Index, part: Part) -> str | int:
        element = self.element(index)
        if part is Part.COUNT:
            return element.count
        return self.relations(element) if part is Part.RELATIONS else element.label

    def flags(self, index: Index) -> Qt.ItemFlag:
        return ROW_FLAGS if index.isValid() else Qt.ItemFlag.ItemIsDropEnabled

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        data.setData(MIME, self.element(indexes[0]).id.encode())
        return data

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        # Below the last row means the end.
        self.moved.emit(data.data(MIME).toStdString(), row if row >= 0 else self.rowCount())
        # False, so that the view does not remove the row it has dragged.
        return False


class PlanDelegate(QStyledItemDelegate):
    """A row: silhouette, name and number, relations and state. `part` is what gets edited."""

    def __init__(self, model: PlanModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.colours: Colours = LIGHT
        self.part = Part.NAME
        self.hovered: tuple[int, Part] = (-1, Part.NONE)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, ROW_HEIGHT)

    # Where things are

    def rect(self, part: Part, row: QRect) -> QRect:
        top, right = row.top() + 6, row.right() - 8
        left = row.left() + 11 + TILE + 7
        match part:
            case Part.COUNT:
                return QRect(right - 38, top - 1, 38, 22)
            case Part.BACKGROUND:
                return QRect(right - 38 - MARK - 2, top - 2, MARK, MARK)
            case Part.LOCK:
                return QRect(right - 38 - 2 * MARK - 2, top - 2, MARK, MARK)
            case Part.NAME:
                return QRect(left, top - 1, right - 38 - 2 * MARK - 4 - left, 22)
            case _:
                return QRect(left, top + 22, right - 64 - left, 20)

    def part_at(self, at: QPointF, row: QRect) -> Part:
        point = at.toPoint()
        parts = (Part.COUNT, Part.BACKGROUND, Part.LOCK, Part.NAME, Part.RELATIONS)
        return next((p for p in parts if self.rect(p, row).contains(point)), Part.NONE)

    # Painting

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        element, c = self._model.element(index), self.colours
        row, state = QRect(option.rect), option.state  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        paint_ground(painter, row, c, chosen=chosen, hovered=hovered)
        part = self.hovered[1] if self.hovered[0] == index.row() else Part.NONE
        if part in EDITED:
            painter.setPen(QPen(QColor(c.faint), 1))
            painter.setBrush(QColor(c.field))
            painter.drawRoundedRect(
                QRectF(self.rect(part, row)).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5
            )
        self._paint_tile(painter, tile_of(row), element)
        self._paint_words(painter, row, element, inviting=chosen or hovered)
        self._paint_marks(painter, row, element, shown=chosen or hovered)
        painter.restore()

    def _paint_tile(self, painter: QPainter, tile: QRectF, element: Element) -> None:
        c, layer = self.colours, self._model.layer(element)
        busy = self._model.busy == element.id
        failed = self._model.standing(element)[0] is Standing.FAILED
        pen = QPen(QColor(c.accent if busy else c.error if failed else c.line), 1)
        if layer is None and not busy:
            pen.setStyle(Qt.PenStyle.DashLine)
            pen.setColor(QColor(c.error if failed else c.faint))
        paint_tile(painter, tile, layer, c, pen=pen)

    def _paint_words(
        self, painter: QPainter, row: QRect, element: Element, *, inviting: bool
    ) -> None:
        c, middle = self.colours, Qt.AlignmentFlag.AlignVCenter
        elide = Qt.TextElideMode.ElideRight
        marks = [part for part, _, _ in self._marks(element, shown=inviting)]
        # A lock stands left of the place for the other mark, whether that is taken or not.
        taken = 2 if Part.LOCK in marks else len(marks)
        free = MARK * (2 - taken)
        name = self.rect(Part.NAME, row).adjusted(4, 0, free - 2, 0)
        painter.setPen(QColor(c.text))
        label = painter.fontMetrics().elidedText(element.label, elide, name.width())
        painter.drawText(name, middle | Qt.AlignmentFlag.AlignLeft, label)
        count = self.rect(Part.COUNT, row)
        painter.setPen(QColor(c.text if element.count > 1 else c.quiet))
        painter.drawText(count, Qt.AlignmentFlag.AlignCenter, f"× {element.count}")
        font = painter.font()
        painter.setFont(small(font))
        words = self._model.state_words(element)
        self._paint_state(painter, row, element, words)
        where = self.rect(Part.RELATIONS, row).adjusted(4, 0, -2, 0)
        text = self._model.relations(element)
        if not text and element.background:
            text = "background"
        painter.setPen(QColor(c.quiet if text else c.faint))
        if not text and inviting:
            text = f"where? e.g. {EXAMPLE}"
        text = painter.fontMetrics().elidedText(text, elide, where.width())
        painter.drawText(where, middle | Qt.AlignmentFlag.AlignLeft, text)
        painter.setFont(font)

    def _paint_state(self, painter: QPainter, row: QRect, element: Element, words: str) -> None:
        c, state = self.colours, self._model.standing(element)[0]
        ink = c.quiet
        if self._model.busy == element.id:
            ink = c.accent
        elif state is Standing.FAILED:
            ink = c.error
        painter.setPen(QColor(ink))
        where = self.rect(Part.RELATIONS, row)
        at = QRect(where.right() + 2, where.top(), row.right() - 12 - where.right() - 2, 20)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(at, flags, words)

    def _marks(self, element: Element, *, shown: bool) -> list[tuple[Part, str, str]]:
        """Part, icon and colour of each mark, from the right."""
        c, marks = self.colours, []
        locked = self._model.locked(element)
        locks = locked or (shown and self._model.layer(element) is not None)
        if element.background or shown:
            ink = c.quiet if element.background else c.faint
            marks.append((Part.BACKGROUND, "landscape", ink))
        if locks:
            marks.append((Part.LOCK, "lock" if locked else "unlock", c.text if locked else c.faint))
        return marks

    def _paint_marks(self, painter: QPainter, row: QRect, element: Element, *, shown: bool) -> None:
        for part, name, ink in self._marks(element, shown=shown):
            paint_mark(painter, self.rect(part, row), name, ink, side=16)

    # Editing

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        if self.part is Part.COUNT:
            spin = QSpinBox(parent)
            spin.setRange(1, MAX_COUNT)
            spin.setAccessibleName("How many")
            return spin
        editor = QLineEdit(parent)
        editor.setMaxLength(MAX_LABEL)
        named = self.part is Part.NAME
        editor.setAccessibleName("Name" if named else "Where it stands")
        editor.setPlaceholderText("" if named else EXAMPLE)
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        value = self._model.value(index, self.part)
        if isinstance(editor, QSpinBox) and isinstance(value, int):
            if not editor.property("filled"):
                editor.setValue(value)
                editor.selectAll()
        elif isinstance(editor, QLineEdit) and not editor.property("filled"):
            editor.setText(str(value))
            editor.selectAll()
        # The design goes on while the user types; what was typed must stay.
        editor.setProperty("filled", True)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if isinstance(editor, QSpinBox):
            editor.interpretText()
            new: str | int = editor.value()
        else:
            assert isinstance(editor, QLineEdit)
            new = editor.text().strip()
        if new != self._model.value(index, self.part):
            self._model.edited.emit(self._model.element(index).id, self.part, new)

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        row = QRect(option.rect)  # type: ignore[attr-defined]
        rect = self.rect(self.part, row)
        if self.part is Part.COUNT:
            rect = QRect(rect.right() - 51, rect.center().y() - 15, 52, 30)
        elif self.part is Part.NAME:
            rect = QRect(rect.left() - 5, rect.center().y() - 15, rect.width() + 5, 30)
        else:
            rect = QRect(rect.left() - 5, rect.center().y() - 15, row.right() - 8 - rect.left(), 30)
        editor.setGeometry(rect)
