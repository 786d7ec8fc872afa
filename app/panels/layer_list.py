"""The layers as a Qt list, nearest first, and how a row is painted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QEvent,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from app.panels.rows import ROW_FLAGS, TILE, paint_ground, paint_mark, paint_tile, small, tile_of
from app.theme import LIGHT, Colours
from engine.layout.commands import Command, ReorderLayer, SetLayer
from engine.layout.document import Change, Document
from engine.layout.layer import Layer
from engine.layout.layout import MAX_LABEL
from engine.layout.occlusion import hidden_layers

MIME = "application/x-scenewright-layers"
ROW_HEIGHT = 46
BUTTON = 26

Index = QModelIndex | QPersistentModelIndex


class LayerModel(QAbstractListModel):
    """Row 0 is the nearest layer; edits go through `do` as commands."""

    def __init__(self, document: Document, do: Callable[[Command], object]) -> None:
        super().__init__()
        self._do = do
        self.covered: frozenset[str] = frozenset()
        self._rows: tuple[str, ...] = ()
        self.document = document
        self.set_document(document)

    def set_document(self, document: Document) -> None:
        self.document.changed.disconnect(self.on_change, missing_ok=True)
        self.document = document
        document.changed.connect(self.on_change)
        self.covered = frozenset()
        self._reset()

    def on_change(self, change: Change) -> None:
        if change.structure:
            self._reset()
        else:
            for row, layer_id in enumerate(self._rows):
                if layer_id in change.layer_ids:
                    self.dataChanged.emit(self.index(row), self.index(row))

    def _reset(self) -> None:
        self.beginResetModel()
        self._rows = tuple(layer.id for layer in reversed(self.document.layout.layers))
        self.endResetModel()

    def find_covered(self) -> None:
        """Look again for layers of which nothing can be seen."""
        covered = frozenset(hidden_layers(self.document.layout))
        if covered != self.covered:
            self.covered = covered
            if self._rows:
                self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def layer(self, index: Index) -> Layer:
        return self.document.layout.layer(self._rows[index.row()])

    def row_of(self, layer_id: str) -> int:
        return self._rows.index(layer_id) if layer_id in self._rows else -1

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self.layer(index).label
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return self.remark(self.layer(index))
        return None

    def remark(self, layer: Layer) -> str:
        """The quiet second line of a row."""
        words = [layer.group] if layer.group else []
        if not layer.visible:
            words.append("hidden")
        elif layer.id in self.covered:
            words.append("fully covered")
        if layer.locked:
            words.append("locked")
        return " · ".join(words)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not str(value).strip():
            return False
        layer = self.layer(index)
        if str(value).strip() != layer.label:
            self._do(renaming(layer, str(value)))
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        return ROW_FLAGS

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        data.setData(MIME, self._rows[indexes[0].row()].encode())
        return data

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        layer_id = data.data(MIME).toStdString()
        if row >= 0:
            self.drop(layer_id, row)
        # False, so that the view does not remove the row it has dragged.
        return False

    def drop(self, layer_id: str, row: int) -> None:
        """Put a layer between the rows `row - 1` and `row`."""
        source = self.row_of(layer_id)
        if source < 0:
            return
        target = row if row <= source else row - 1
        if target != source:
            self._do(ReorderLayer(layer_id, len(self._rows) - 1 - target))


def renaming(layer: Layer, label: str) -> Command:
    return SetLayer(layer.id, "label", label)


class LayerDelegate(QStyledItemDelegate):
    """A row: silhouette, label and remark, warning, lock, eye."""

    def __init__(self, model: LayerModel, do: Callable[[Command], object], parent: QWidget) -> None:
        super().__init__(parent)
        self._model, self._do = model, do
        self.colours: Colours = LIGHT

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(180, ROW_HEIGHT)

    @staticmethod
    def eye_rect(row: QRect) -> QRect:
        return QRect(row.right() - BUTTON - 5, row.center().y() - BUTTON // 2, BUTTON, BUTTON)

    @staticmethod
    def lock_rect(row: QRect) -> QRect:
        return LayerDelegate.eye_rect(row).translated(-BUTTON, 0)

    @staticmethod
    def warn_rect(row: QRect) -> QRect:
        return LayerDelegate.lock_rect(row).translated(-BUTTON + 2, 0)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        layer, c = self._model.layer(index), self.colours
        row = QRect(option.rect)  # type: ignore[attr-defined]
        state = option.state  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        paint_ground(painter, row, c, chosen=chosen, hovered=hovered)
        tile = tile_of(row)
        paint_tile(painter, tile, layer, c, pen=QPen(QColor(c.line), 1))
        covered = layer.id in self._model.covered
        right = (self.warn_rect(row) if covered else self.lock_rect(row)).left()
        self._paint_words(painter, row, int(tile.right()) + 10, right, layer)
        self._paint_marks(painter, row, layer, covered=covered, shown=hovered or chosen)
        painter.restore()

    def _paint_words(
        self, painter: QPainter, row: QRect, left: int, right: int, layer: Layer
    ) -> None:
        remark = self._model.remark(layer)
        width = right - left - 4
        font = painter.font()
        metrics = painter.fontMetrics()
        top = row.center().y() - (metrics.height() if remark else metrics.height() // 2)
        painter.setPen(QColor(self.colours.text if layer.visible else self.colours.faint))
        label = metrics.elidedText(layer.label, Qt.TextElideMode.ElideRight, width)
        flag = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRect(left, top, width, metrics.height()), flag, label)
        if remark:
            painter.setFont(small(font))
            painter.setPen(QColor(self.colours.quiet))
            text = painter.fontMetrics().elidedText(remark, Qt.TextElideMode.ElideRight, width)
            painter.drawText(
                QRect(left, top + metrics.height(), width, metrics.height()), flag, text
            )
            painter.setFont(font)

    def _paint_marks(
        self, painter: QPainter, row: QRect, layer: Layer, *, covered: bool, shown: bool
    ) -> None:
        c = self.colours
        marks = [(self.eye_rect(row), "eye" if layer.visible else "eye_off", c.quiet)]
        if layer.locked or shown:
            ink = c.text if layer.locked else c.faint
            marks.append((self.lock_rect(row), "lock" if layer.locked else "unlock", ink))
        if covered:
            marks.append((self.warn_rect(row), "warning", c.warn))
        for rect, name, ink in marks:
            paint_mark(painter, rect, name, ink, side=17)

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        if isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.LeftButton:
            row, at = QRect(option.rect), event.position().toPoint()  # type: ignore[attr-defined]
            for rect, field in ((self.eye_rect(row), "visible"), (self.lock_rect(row), "locked")):
                if rect.contains(at):
                    if event.type() == QEvent.Type.MouseButtonRelease:
                        layer = self._model.layer(index)
                        value = not getattr(layer, field)
                        self._do(SetLayer(layer.id, field, value))  # type: ignore[arg-type]
                    return True
        return super().editorEvent(event, model, option, index)

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        if not index.isValid():
            return False
        layer, row, at = self._model.layer(index), QRect(option.rect), event.pos()  # type: ignore[attr-defined]
        text = layer.label
        if self.eye_rect(row).contains(at):
            text = "Hide" if layer.visible else "Show"
        elif self.lock_rect(row).contains(at):
            text = "Unlock" if layer.locked else "Lock"
        elif layer.id in self._model.covered:
            text = f"Nothing of “{layer.label}” can be seen: other layers cover it all."
        QToolTip.showText(event.globalPos(), text, view)
        return True

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setMaxLength(MAX_LABEL)
        return editor

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        row = QRect(option.rect)  # type: ignore[attr-defined]
        left = row.left() + 11 + TILE + 3
        editor.setGeometry(left, row.center().y() - 15, self.lock_rect(row).left() - left, 31)
