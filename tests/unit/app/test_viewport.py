"""Zoom and pan keep their promises."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF, QSize
from pytest import approx

from app.canvas.viewport import MAX_ZOOM, MIN_ZOOM, Viewport, fitted, next_zoom

sides = st.integers(64, 8192)
widget = QSize(1100, 700)


@given(sides, sides)
def test_a_fitted_canvas_lies_inside_the_widget(width: int, height: int) -> None:
    view = fitted(QSize(width, height), widget)
    rect = view.rect_to_widget(QRectF(0, 0, width, height))
    assert QRectF(0, 0, widget.width(), widget.height()).contains(rect) or view.zoom == MIN_ZOOM


@given(st.floats(0.001, 100), st.floats(0, 1000), st.floats(0, 700))
def test_zooming_holds_the_point_under_the_mouse(zoom: float, x: float, y: float) -> None:
    view, at = Viewport(zoom=0.7, x=20, y=-30), QPointF(x, y)
    after = view.zoomed(zoom, at)
    assert MIN_ZOOM <= after.zoom <= MAX_ZOOM
    held = after.to_widget(view.to_canvas(at))
    assert (held.x(), held.y()) == (approx(x, abs=1e-6), approx(y, abs=1e-6))


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_the_canvas_cannot_be_lost_from_sight(dx: float, dy: float) -> None:
    size = QSize(400, 300)
    view = Viewport(zoom=2).moved(dx, dy).kept_in_sight(size, widget)
    rect = view.rect_to_widget(QRectF(0, 0, 400, 300))
    seen = rect.intersected(QRectF(0, 0, widget.width(), widget.height()))
    assert seen.width() >= 59 and seen.height() >= 59


def test_zoom_steps_go_up_and_down_through_100_percent() -> None:
    zoom, seen = MIN_ZOOM, []
    while zoom < MAX_ZOOM:
        zoom = next_zoom(zoom, up=True)
        seen.append(zoom)
    assert 1 in seen and seen == sorted(seen)
    assert next_zoom(1.24, up=False) == 1 and next_zoom(0.8, up=True) == 1
