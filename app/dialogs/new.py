"""The New dialog: size and caption."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.panels.number import NumberBox
from engine.layout.layout import MAX_CAPTION, MAX_SIDE, MIN_SIDE, Layout, check_caption

PRESETS = (
    ("Landscape, 768 × 512", (768, 512)),
    ("Small, 512 × 384", (512, 384)),
    ("Square, 512 × 512", (512, 512)),
    ("Large square, 1024 × 1024", (1024, 1024)),
    ("Portrait, 512 × 768", (512, 768)),
    ("Wide, 1280 × 720", (1280, 720)),
    ("4K, 3840 × 2160", (3840, 2160)),
)
OWN_SIZE = "Own size"


class NewDialog(QDialog):
    def __init__(self, parent: QWidget, *, size: tuple[int, int]) -> None:
        super().__init__(parent)
        self.setWindowTitle("New scene")
        self.setMinimumWidth(420)
        title = QLabel("New scene")
        title.setObjectName("big")
        self.preset = QComboBox()
        for text, value in PRESETS:
            self.preset.addItem(text, value)
        self.preset.addItem(OWN_SIZE, None)
        self.across, self.down = self._side("Width"), self._side("Height")
        sizes = QHBoxLayout()
        sizes.addWidget(self.across)
        sizes.addWidget(QLabel(" × "))
        sizes.addWidget(self.down)
        sizes.addStretch(1)
        self.caption = QLineEdit()
        self.caption.setMaxLength(MAX_CAPTION)
        self.caption.setPlaceholderText("For example: a dog playing in a park")
        form = QFormLayout()
        form.setVerticalSpacing(12)
        form.setHorizontalSpacing(16)
        form.addRow("Canvas", self.preset)
        form.addRow("Size in pixels", sizes)
        form.addRow("What it shows", self.caption)
        policy = QSizePolicy.Policy
        for field in (self.preset, sizes, self.caption):
            # As high as its field, so that both stand on one line.
            form.labelForField(field).setSizePolicy(policy.Preferred, policy.Expanding)
        buttons = QDialogButtonBox()
        create = buttons.addButton("Create", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        create.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(18)
        column.addWidget(title)
        column.addLayout(form)
        column.addWidget(buttons)
        self.preset.currentIndexChanged.connect(lambda _: self._show_preset())
        self.across.setValue(size[0])
        self.down.setValue(size[1])
        self._name_size()
        self.across.valueChanged.connect(lambda _: self._name_size())
        self.down.valueChanged.connect(lambda _: self._name_size())
        self.caption.setFocus()

    @staticmethod
    def _side(name: str) -> NumberBox:
        box = NumberBox()
        box.setRange(MIN_SIDE, MAX_SIDE)
        box.setAccessibleName(name)
        box.setMinimumWidth(84)
        return box

    def _show_preset(self) -> None:
        size = self.preset.currentData()
        if size is not None:
            for box, value in zip((self.across, self.down), size, strict=True):
                box.blockSignals(True)
                box.setValue(value)
                box.blockSignals(False)

    def _name_size(self) -> None:
        size = (self.across.value(), self.down.value())
        known = next((i for i, (_, value) in enumerate(PRESETS) if value == size), len(PRESETS))
        self.preset.blockSignals(True)
        self.preset.setCurrentIndex(known)
        self.preset.blockSignals(False)

    def layout_made(self) -> Layout:
        caption = check_caption(self.caption.text())
        return Layout(width=self.across.value(), height=self.down.value(), caption=caption)
