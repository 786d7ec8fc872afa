"""Click2Mask in the window: click and prompt, the shape as it grows, results to choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QWidget

from app.aside import Aside
from app.engine_bridge import EngineBridge
from app.panels.toast import Toast
from app.render.images import image_of
from app.render.offering import Offer, Offering, Wanted
from app.render.strip import PictureStrip
from app.render.viewer import Pane
from app.theme import named_icon
from engine.click2mask.request import ClickInsertion, ClickResult, Evolution
from engine.layout.document import Document
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.render.request import Picture

FINAL = "Finished"


class ClickStrip(PictureStrip):
    """The strip with a slider over how the shape came about.

    Signals:
        scrubbed(int): Look at this moment of the evolution; the last one is the finished picture.
        redraw_wanted(): Draw with the shape of the moment that is shown.
    """

    scrubbed = Signal(int)
    redraw_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        label = QLabel("How it grew")
        label.setObjectName("quiet")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("How the shape grew")
        self.slider.setToolTip("From the first look to the finished picture")
        self.slider.valueChanged.connect(self.scrubbed)
        label.setBuddy(self.slider)
        self.moment = QLabel()
        self.moment.setObjectName("quiet")
        self.moment.setMinimumWidth(130)
        self.redraw = named_icon(QPushButton("Draw with this shape"), "again")
        self.redraw.setToolTip("Stop the growing here and draw the object into this shape")
        self.redraw.clicked.connect(self.redraw_wanted)
        # The picture above would change its size with it.
        kept = self.redraw.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.redraw.setSizePolicy(kept)
        self.scrub = QWidget()
        row = QHBoxLayout(self.scrub)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(label)
        row.addWidget(self.slider, 1)
        row.addWidget(self.moment)
        row.addWidget(self.redraw)
        self.column.insertWidget(1, self.scrub)
        self.scrub.hide()

    def show_moments(self, count: int, at: int, words: str) -> None:
        """`count` places of the slider, `words` for the one it stands at."""
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, max(count - 1, 0))
            self.slider.setValue(at)
        self.moment.setText(words)
        self.scrub.setVisible(count > 1)


class Clicking(Offering):
    """Keeps the evolution of the running job and of each result."""

    verb = "Growing"

    def __init__(
        self,
        window: QWidget,
        *,
        bridge: EngineBridge,
        document: Document,
        aside: Aside,
        toast: Callable[[], Toast],
    ) -> None:
        self.click_strip = ClickStrip()
        self._frames: tuple[Evolution, ...] = ()
        self._moment: int | None = None
        self._results: dict[int, tuple[Evolution, ...]] = {}
        super().__init__(
            window,
            bridge=bridge,
            document=document,
            aside=aside,
            toast=toast,
            strip=self.click_strip,
        )
        self.click_strip.scrubbed.connect(self._scrub)
        self.click_strip.redraw_wanted.connect(self._redraw)

    def ask(self, wanted: Wanted) -> None:
        super().ask(wanted)
        self._forget_frames()

    def send(self, request: Any) -> None:
        self._forget_frames()
        super().send(request)

    def _forget_frames(self) -> None:
        self._frames, self._moment = (), None
        self.click_strip.show_moments(0, 0, "")
        self.click_strip.redraw.hide()

    def offers_of(self, result: ClickResult) -> tuple[Offer, ...]:
        first = len(self.offers) if self._adds else 0
        if not first:
            self._results = {}
        for number, insertion in enumerate(result.insertions, first):
            self._results[number] = insertion.evolution
        return tuple(
            Offer(
                pixels=insertion.picture.pixels,
                place=insertion.mask.box,
                seed=insertion.picture.seed,
                layer=partial(_layer, result, insertion),
                score=insertion.picture.score,
            )
            for insertion in result.insertions
        )

    def pane_of(self, preview: Any) -> Pane | None:
        if isinstance(preview, Picture):
            # A result that is drawn close up, unless the user looks at how the shape grew.
            return Pane("", image=image_of(preview.pixels)) if self._moment is None else None
        if not isinstance(preview, Evolution):
            return None
        self._frames = (*self._frames, preview)
        if self._moment is None:
            self.click_strip.show_moments(
                len(self._frames), len(self._frames) - 1, _moment_words(preview)
            )
            return _pane(preview)
        self.click_strip.show_moments(len(self._frames), self._moment, self._words_now())
        return self._preview

    # The evolution

    def _shown_frames(self) -> tuple[Evolution, ...]:
        if self.drawing.is_running:
            return self._frames
        chosen = self.strip.chosen
        return self._results.get(chosen, ()) if chosen is not None else ()

    def _scrub(self, at: int) -> None:
        frames = self._shown_frames()
        if at < len(frames):
            self._moment = at
            if self.drawing.is_running:
                self._preview = _pane(frames[at])
                if at == len(frames) - 1:
                    self._moment = None  # Back at the newest: follow it again.
        else:
            self._moment = None
        self.click_strip.moment.setText(self._words_now())
        self.click_strip.redraw.setVisible(self._moment is not None and not self.drawing.is_running)
        self._hidden = False
        self.show_look()

    def _words_now(self) -> str:
        frames = self._shown_frames()
        if self._moment is None or self._moment >= len(frames):
            return FINAL
        return _moment_words(frames[self._moment])

    def name_offers(self) -> None:
        super().name_offers()
        if not self.drawing.is_running and self.offers:
            # Another one was chosen: begin with its finished picture.
            self._moment = None
            frames = self._shown_frames()
            self.click_strip.show_moments(len(frames) + 1 if frames else 0, len(frames), FINAL)
            self.click_strip.redraw.hide()

    def chosen_pane(self, index: int) -> Pane:
        frames = self._results.get(index, ())
        if self._moment is not None and self._moment < len(frames):
            return _pane(frames[self._moment])
        return super().chosen_pane(index)

    def _redraw(self) -> None:
        frames, wanted = self._shown_frames(), self._wanted
        if wanted is not None and self._moment is not None and self._moment < len(frames):
            self._adds = False
            self.send(replace(wanted.request, stop_at=frames[self._moment].step))


def said_behind(words: str, layout: Layout, *, clicks: Sequence[tuple[int, int]]) -> str | None:
    """Id of the layer that "a cat behind the bench" is to go right behind; None for none."""
    from engine.click2mask.telling import index_told, told

    scene = told(words, [layer.label for layer in layout.layers])
    if scene is None:
        return None
    index = index_told(scene, layout, [layer.id for layer in layout.layers], clicks=clicks)
    return layout.layers[index].id if index < len(layout.layers) else None


def _pane(frame: Evolution) -> Pane:
    return Pane("", image=image_of(frame.pixels), mask=frame.mask)


def _moment_words(frame: Evolution) -> str:
    score = "" if frame.score is None else f", match {frame.score:.2f}"
    return f"Step {frame.step}{score}"


def _layer(result: ClickResult, insertion: ClickInsertion) -> Layer:
    from engine.click2mask.layer import layer_of

    return layer_of(result, insertion)
