"""What the selected layer looks like in pictures, in the user's words."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from app.state import Selection
from engine.layout.commands import SetLayer
from engine.layout.document import Change, Document
from engine.layout.layer import Layer
from engine.layout.layout import MAX_CAPTION


class LooksField(QLineEdit):
    """Typing is one undo step."""

    def __init__(self) -> None:
        super().__init__()
        self.setMaxLength(MAX_CAPTION)
        self.setPlaceholderText("For example: old, made of wood")
        self.setAccessibleName("Looks in pictures")
        self.setToolTip("Words for this object alone: Render draws it so, in its place")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self.clearFocus()
        else:
            super().keyPressEvent(event)


class LayerDetails(QWidget):
    """Shown while just one layer is selected."""

    def __init__(self, document: Document, selection: Selection) -> None:
        super().__init__()
        self._document, self._selection = document, selection
        self._shown: str | None = None
        label = QLabel("Looks")
        label.setObjectName("quiet")
        self.looks = LooksField()
        label.setBuddy(self.looks)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 12, 0)
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self.looks, 1)
        self.looks.textEdited.connect(self._edit)
        self.looks.editingFinished.connect(lambda: self._document.end_merge())
        selection.changed.connect(self._show)
        document.changed.connect(self._on_change)
        self._show()

    def set_document(self, document: Document) -> None:
        self.release_document()
        self._document = document
        document.changed.connect(self._on_change)
        self._show()

    def release_document(self) -> None:
        self._document.changed.disconnect(self._on_change)

    def _layer(self) -> Layer | None:
        ids = self._selection.ids
        layers = self._document.layout.layers
        return next((x for x in layers if len(ids) == 1 and x.id == ids[0]), None)

    def _edit(self, text: str) -> None:
        layer = self._layer()
        if layer is not None:
            self._document.do(SetLayer(layer.id, "prompt", text), merge=True)

    def _on_change(self, change: Change) -> None:
        if change.layer_ids or change.structure:
            self._show()

    def _show(self) -> None:
        layer = self._layer()
        self.setVisible(layer is not None)
        if layer is None:
            return
        # Blanks that the layer does without stay while the user types on after them.
        same = layer.id == self._shown and " ".join(self.looks.text().split()) == layer.prompt
        self._shown = layer.id
        if not same:
            with QSignalBlocker(self.looks):
                self.looks.setText(layer.prompt)
