"""The layers panel: order, names, visibility; its selection and the canvas' are one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QAction, QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.panels.layer_details import LayerDetails
from app.panels.layer_list import LayerDelegate, LayerModel
from app.state import Selection
from app.theme import Colours
from engine.layout.commands import Command
from engine.layout.document import Change, Document

COVERED_DELAY = 250
"""Milliseconds after an edit before covered layers are looked for."""


class LayerView(QListView):
    """The list; a press on the eye or lock does not change the selection."""

    delete_wanted = Signal()
    empty_text = "No layers yet.\nWhat you add appears here,\nthe nearest on top."

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        row, at = self.visualRect(index), event.position().toPoint()
        on_mark = LayerDelegate.eye_rect(row).contains(at) or LayerDelegate.lock_rect(row).contains(
            at
        )
        mode = QAbstractItemView.SelectionMode
        if index.isValid() and on_mark:
            self.setSelectionMode(mode.NoSelection)
            super().mousePressEvent(event)
            self.setSelectionMode(mode.ExtendedSelection)
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_wanted.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.model().rowCount() == 0:
            painter = QPainter(self.viewport())
            delegate = self.itemDelegate()
            assert isinstance(delegate, LayerDelegate)
            painter.setPen(QColor(delegate.colours.quiet))
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
            area = self.viewport().rect().adjusted(20, 24, -20, 0)
            painter.drawText(area, flags | Qt.TextFlag.TextWordWrap, self.empty_text)


class LayersPanel(QWidget):
    context_menu_wanted = Signal(QPoint)
    delete_wanted = Signal()

    def __init__(
        self, document: Document, selection: Selection, do: Callable[[Command], object]
    ) -> None:
        super().__init__()
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(220)
        self._selection = selection
        self._syncing = False
        self.document = document
        self.model = LayerModel(document, do)
        self.list = LayerView()
        self.list.setModel(self.model)
        self.delegate = LayerDelegate(self.model, do, self.list)
        self.list.setItemDelegate(self.delegate)
        self._set_up_list()
        self.number = QLabel()
        self.number.setObjectName("quiet")
        head = QHBoxLayout()
        head.setContentsMargins(16, 8, 16, 6)
        head.addWidget(self.number)
        head.addStretch(1)
        self._buttons = QHBoxLayout()
        self._buttons.setContentsMargins(10, 6, 10, 8)
        self._buttons.setSpacing(2)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        self.details = LayerDetails(document, selection)
        column.addWidget(self.list, 1)
        column.addWidget(self.details)
        column.addLayout(self._buttons)
        self._covered_timer = QTimer(self)
        self._covered_timer.setSingleShot(True)
        self._covered_timer.setInterval(COVERED_DELAY)
        self._covered_timer.timeout.connect(self.model.find_covered)
        self.model.modelReset.connect(self._after_reset)
        selection.changed.connect(self._show_selection)
        document.changed.connect(self._on_change)
        self._after_reset()

    def _set_up_list(self) -> None:
        view = self.list
        view.setAccessibleName("Layers")
        view.setMouseTracking(True)
        view.setUniformItemSizes(True)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        view.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        view.setDragDropOverwriteMode(False)
        view.setDropIndicatorShown(True)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._context_menu)
        view.delete_wanted.connect(self.delete_wanted)
        view.selectionModel().selectionChanged.connect(lambda *_: self._take_selection())

    def add_button(self, action: QAction, *, at_end: bool = False) -> None:
        """Put an action into the row of buttons below the list."""
        button = QToolButton()
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        if at_end:
            self._buttons.addStretch(1)
        self._buttons.addWidget(button)

    def set_document(self, document: Document) -> None:
        self.document.changed.disconnect(self._on_change)
        self.document = document
        document.changed.connect(self._on_change)
        self.model.set_document(document)
        self.details.set_document(document)

    def release_document(self) -> None:
        self._covered_timer.stop()
        self.document.changed.disconnect(self._on_change)
        self.document.changed.disconnect(self.model.on_change)
        self.details.release_document()

    def set_colours(self, colours: Colours) -> None:
        self.delegate.colours = colours
        self.list.viewport().update()

    def rename(self, layer_id: str) -> None:
        """Open the name of a layer for editing."""
        index = self.model.index(self.model.row_of(layer_id))
        if index.isValid():
            self.list.setFocus()
            self.list.scrollTo(index)
            self.list.edit(index)

    def _on_change(self, change: Change) -> None:
        if change.structure or change.layer_ids:
            self._covered_timer.start()

    def _after_reset(self) -> None:
        count = self.model.rowCount()
        words = "1 layer" if count == 1 else f"{count} layers, the nearest on top"
        self.number.setText(words if count else "")
        self._covered_timer.start()
        self._show_selection()

    def _take_selection(self) -> None:
        if self._syncing:
            return
        model = self.list.selectionModel()
        current = model.currentIndex()
        rows = sorted(model.selectedIndexes(), key=lambda i: (i == current, i.row()))
        self._syncing = True
        self._selection.set(self.model.layer(index).id for index in rows)
        self._syncing = False

    def _show_selection(self) -> None:
        if self._syncing:
            return
        self._syncing = True
        wanted = QItemSelection()
        last = QModelIndex()
        for layer_id in self._selection.ids:
            row = self.model.row_of(layer_id)
            if row >= 0:
                last = self.model.index(row)
                wanted.select(last, last)
        flag = QItemSelectionModel.SelectionFlag
        self.list.selectionModel().select(wanted, flag.ClearAndSelect)
        if last.isValid():
            self.list.selectionModel().setCurrentIndex(last, flag.NoUpdate)
            self.list.scrollTo(last)
        self._syncing = False

    def _context_menu(self, at: QPoint) -> None:
        if self.list.indexAt(at).isValid():
            self.context_menu_wanted.emit(self.list.viewport().mapToGlobal(at))
