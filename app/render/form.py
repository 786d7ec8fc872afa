"""What to draw: prompt, style, number, size and the finer settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import randrange

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.panels.field import Field
from app.panels.number import FineNumberBox, NumberBox
from app.render.prompt_field import PromptEdit
from app.theme import named_icon
from engine.layout.layout import MAX_CAPTION, Layout
from engine.render.request import MAX_PICTURES, RenderRequest

MAX_SEED = 2**31 - 1
RANDOM_SEEDS = 1_000_000
SIZES = (128, 192, 256, 320, 384, 512, 640, 768, 1024, 1280, 1536, 2048)
AUTO = "Auto"
MARGIN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class PackChoice:
    """A pack that can draw, and what fits it.

    Attributes:
        styles: Style presets, as (what the user reads, name).
        size: Longest side that it takes by itself, in px; `smallest` and `largest` make sense.
    """

    name: str
    title: str
    styles: tuple[tuple[str, str], ...] = ()
    size: int = 256
    smallest: int = 128
    largest: int = 1024
    steps: int = 20
    guidance: float = 3.0
    control: float = 1.0


LITE = PackChoice(name="lite", title="Lite")


class RenderForm(QWidget):
    """Reads and shows the part of a request that is not the layout."""

    entered = Signal()
    left = Signal()
    icons_stale = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        self.set_right_margin(MARGIN)
        column.setSpacing(8)
        column.addLayout(self._prompt_part())
        column.addLayout(self._choices_part())
        column.addWidget(self._regions_part())
        column.addLayout(self._advanced_part())
        column.addStretch(1)
        self._packs: tuple[PackChoice, ...] = ()
        self.set_packs((LITE,))
        self.pack.currentIndexChanged.connect(lambda _: self._show_pack())
        self._show_seed()
        self._show_own()

    def set_right_margin(self, width: int) -> None:
        """`MARGIN`, less what a scroll bar beside the form takes of it."""
        column = self.layout()
        assert column is not None
        column.setContentsMargins(MARGIN, 10, width, 4)

    # Building

    def _prompt_part(self) -> QLayout:
        heading = QLabel("Prompt")
        heading.setObjectName("heading")
        self.origin = QLabel()
        self.origin.setObjectName("quiet")
        self.reset = named_icon(QToolButton(), "undo")
        self.reset.setToolTip("Say what the layout says again")
        self.reset.setAccessibleName("Use the layout's prompt")
        self.reset.clicked.connect(lambda: self.prompt.show_own(""))
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(heading)
        row.addWidget(self.origin, 1)
        row.addWidget(self.reset)
        self.prompt = PromptEdit()
        self.prompt.setToolTip(
            "What will be drawn. It follows the caption and the objects until you change it."
        )
        self.prompt.entered.connect(self.entered)
        self.prompt.left.connect(self.left)
        self.prompt.own_changed.connect(self._show_own)
        self.negative = Field()
        self.negative.setPlaceholderText("Leave out, for example: text, people")
        self.negative.setAccessibleName("Leave out")
        self.negative.setToolTip("What the picture should not show")
        self.negative.setMaxLength(MAX_CAPTION)
        self.negative.returnPressed.connect(self.entered)
        self.negative.left.connect(self.left)
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addLayout(row)
        column.addWidget(self.prompt)
        column.addWidget(self.negative)
        return column

    def _choices_part(self) -> QLayout:
        self.style_box = QComboBox()
        self.style_box.setToolTip("Words for the look that are put to the prompt")
        self.count = NumberBox()
        self.count.setRange(1, MAX_PICTURES)
        self.count.setValue(2)
        self.count.setFixedWidth(50)
        self.count.setToolTip("How many pictures to make")
        self.size_box = QComboBox()
        self.size_box.setToolTip("The longer side. Auto takes what the models were made for.")
        self.dice = named_icon(QToolButton(), "dice")
        self.dice.setCheckable(True)
        self.dice.setChecked(True)
        self.dice.setToolTip("On: other pictures every time. Off: the same number, the same ones.")
        self.dice.setAccessibleName("Other pictures every time")
        self.dice.toggled.connect(self._show_seed)
        self.seed = NumberBox()
        self.seed.setRange(0, MAX_SEED)
        self.seed.setMinimumWidth(60)
        self.seed.setAccessibleName("Variation number")
        self.new_seed = named_icon(QToolButton(), "again")
        self.new_seed.setToolTip("Another variation number")
        self.new_seed.setAccessibleName("Another variation number")
        self.new_seed.clicked.connect(self.roll)
        variation = QHBoxLayout()
        variation.setSpacing(4)
        for widget in (self.dice, self.seed, self.new_seed):
            variation.addWidget(widget, 1 if widget is self.seed else 0)
        grid = self._grid()
        for row, (text, field) in enumerate(
            (("Style", self.style_box), ("Size", self.size_box), ("Variation", variation))
        ):
            grid.addWidget(self._label(text), row, 0)
            if isinstance(field, QLayout):
                grid.addLayout(field, row, 1, 1, 3)
            else:
                grid.addWidget(field, row, 1, 1, 3 if row == 0 else 1)
        grid.addWidget(self._label("Pictures"), 1, 2)
        grid.addWidget(self.count, 1, 3)
        return grid

    def _regions_part(self) -> QWidget:
        self.regions = QCheckBox("Each object's words act in its place")
        self.regions.setChecked(True)
        self.regions.setToolTip(
            "Draws what the layers say where they lie, and not only what the prompt says"
        )
        return self.regions

    def _advanced_part(self) -> QLayout:
        self.fold = named_icon(QToolButton(), "chevron_right")
        self.fold.setText("Advanced")
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.setObjectName("fold")
        self.fold.clicked.connect(lambda: self.unfold(self.advanced.isHidden()))
        self.steps = NumberBox()
        self.steps.setRange(0, 200)
        self.steps.setToolTip("More steps take longer and are finer")
        self.guidance = FineNumberBox(most=30.0)
        self.guidance.setToolTip("How closely the picture follows the prompt")
        self.control = FineNumberBox(most=3.0)
        self.control.setToolTip("How closely the picture follows the layout")
        for box in (self.guidance, self.control):
            # Zero is a value of its own here, so "Auto" lies below it.
            box.setMinimum(-box.singleStep())
            box.setValue(box.minimum())
        self.pack = QComboBox()
        for box in (self.style_box, self.size_box, self.pack):
            # Long names must not widen the panel.
            box.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            box.setMinimumContentsLength(6)
            box.setMinimumWidth(96)
        self.pack.setToolTip("Which models draw. Get more of them under Tools, Models.")
        self.advanced = QWidget()
        grid = self._grid()
        grid.setContentsMargins(0, 0, 0, 4)
        for row, (text, field) in enumerate(
            (
                ("Steps", self.steps),
                ("Follow the prompt", self.guidance),
                ("Follow the layout", self.control),
                ("Models", self.pack),
            )
        ):
            grid.addWidget(self._label(text), row, 0)
            grid.addWidget(field, row, 1)
        self.advanced.setLayout(grid)
        self.advanced.hide()
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(self.fold, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.advanced)
        return column

    @staticmethod
    def _grid() -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        return grid

    @staticmethod
    def _label(text: str) -> QLabel:
        label = QLabel(text)
        label.setObjectName("quiet")
        return label

    # State

    def request(self, layout: Layout) -> RenderRequest:
        """What to ask for; a new variation number is drawn where the dice says so."""
        if self.dice.isChecked():
            self.roll()
        return self.settings(layout)

    def settings(self, layout: Layout) -> RenderRequest:
        """What the fields say now."""
        steps, guidance, control = self.steps.value(), self.guidance.value(), self.control.value()
        return RenderRequest(
            layout=layout,
            prompt=self.prompt.words(),
            negative=" ".join(self.negative.text().split()),
            style=self.style_box.currentData() or "",
            count=self.count.value(),
            seed=self.seed.value(),
            size=self.size_box.currentData(),
            steps=steps or None,
            guidance=None if guidance < 0 else guidance,
            control_scale=None if control < 0 else control,
            layer_prompts=self.regions.isChecked(),
            pack=self.pack.currentData() or "lite",
        )

    def show_request(self, request: RenderRequest) -> None:
        """Set every field so that asking again gives the same pictures."""
        self.dice.setChecked(False)
        self.seed.setValue(request.seed)
        self.prompt.show_own(request.prompt)
        self.negative.setText(request.negative)
        self.count.setValue(request.count)
        self._choose(self.style_box, request.style, request.style)
        side = request.size
        self._choose(self.size_box, side, f"{side} px")
        self._choose(self.pack, request.pack, request.pack)
        self.steps.setValue(request.steps or 0)
        scales = ((self.guidance, request.guidance), (self.control, request.control_scale))
        for box, value in scales:
            box.setValue(box.minimum() if value is None else value)
        self.regions.setChecked(request.layer_prompts)

    @staticmethod
    def _choose(box: QComboBox, value: object, name: str) -> None:
        """Choose a value, also one that the list does not have."""
        at = next((i for i in range(box.count()) if box.itemData(i) == value), -1)
        if at < 0:
            box.addItem(name, value)
            at = box.count() - 1
        box.setCurrentIndex(at)

    def set_packs(self, packs: Sequence[PackChoice]) -> None:
        """Offer these packs, and what fits the one that is chosen."""
        if tuple(packs) == self._packs or not packs:
            return
        self._packs = tuple(packs)
        self._fill(self.pack, [(pack.title, pack.name) for pack in packs])
        self._show_pack()

    def _show_pack(self) -> None:
        name = self.pack.currentData()
        pack = next((pack for pack in self._packs if pack.name == name), self._packs[0])
        self._fill(self.style_box, (("As the prompt says", ""), *pack.styles))
        sizes = [side for side in SIZES if pack.smallest <= side <= pack.largest]
        self._fill(
            self.size_box,
            [(f"{AUTO} {pack.size}", None), *((f"{side} px", side) for side in sizes)],
        )
        self.steps.setSpecialValueText(f"{AUTO}, {pack.steps}")
        self.guidance.setSpecialValueText(f"{AUTO}, {pack.guidance:.1f}")
        self.control.setSpecialValueText(f"{AUTO}, {pack.control:.1f}")

    def _fill(self, box: QComboBox, items: Sequence[tuple[str, object]]) -> None:
        chosen, name = box.currentData(), box.currentText()
        with QSignalBlocker(box):
            box.clear()
            for text, value in items:
                box.addItem(text, value)
            if chosen is not None:
                self._choose(box, chosen, name)

    def roll(self) -> None:
        self.seed.setValue(randrange(RANDOM_SEEDS))

    def unfold(self, on: bool) -> None:
        """Show the finer settings, or put them away."""
        self.advanced.setVisible(on)
        named_icon(self.fold, "chevron_down" if on else "chevron_right")
        self.icons_stale.emit()

    def _show_seed(self) -> None:
        fixed = not self.dice.isChecked()
        for widget in (self.seed, self.new_seed):
            widget.setEnabled(fixed)
        words = "The same number gives the same pictures again"
        self.seed.setToolTip(words if fixed else f"Drawn anew every time. {words}.")

    def _show_own(self) -> None:
        own = self.prompt.is_own
        self.origin.setText("in your own words" if own else "from the layout")
        self.reset.setVisible(own)


def single(request: RenderRequest, seed: int) -> RenderRequest:
    """The request for just the picture with this seed."""
    return replace(request, seed=seed, count=1)
