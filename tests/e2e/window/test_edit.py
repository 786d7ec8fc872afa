"""Tools and the layers panel: every edit is one undo step, a cancelled gesture is none."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from app.panels.layer_list import LayerDelegate
from engine.layout.layer import Layer
from tests.e2e.window.conftest import LEFT, NO_KEYS, Driver, block, disc

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def scene(driver: Driver) -> tuple[Layer, Layer]:
    """A tree on the left and a house on the right of a canvas of 400 x 300."""
    tree = Layer(label="tree", mask=disc(100, 150, 40))
    house = Layer(label="house", mask=block(240, 100, 100, 100))
    driver.open_scene(tree, house)
    return tree, house


@pytest.mark.parametrize("tool", ["select", "box", "point", "scribble", "brush", "eraser"])
def test_escape_during_a_gesture_leaves_nothing(
    driver: Driver, scene: tuple[Layer, Layer], tool: str
) -> None:
    driver.select(scene[0])
    before, picture = driver.layout, driver.window.canvas
    driver.use(tool)
    driver.press((0.25, 0.5))
    driver.move((0.35, 0.6))
    driver.move((0.45, 0.6))
    driver.key(Qt.Key.Key_Escape)
    driver.release((0.5, 0.6))
    assert driver.layout == before and not driver.window.session.document.can_undo
    assert picture.guidance.mode.value == "free"
    assert scene[0].id in driver.window.selection


def test_a_drag_is_shown_before_it_is_done(driver: Driver, scene: tuple[Layer, Layer]) -> None:
    canvas = driver.window.canvas
    driver.press((0.25, 0.5))
    driver.move((0.25, 0.52))
    driver.move((0.25, 0.9))
    colour = canvas.picture().pixelColor(driver.at((0.25, 0.93)))
    assert colour.name() != "#ffffff", "the tree is painted where it is dragged"
    assert driver.layout.layers[0].mask == scene[0].mask
    driver.release((0.25, 0.9))
    assert driver.layout.layers[0].mask.box.y > scene[0].mask.box.y
    assert driver.window.actions_["undo"].text() == "&Undo: Move tree"


def test_arrow_keys_nudge_as_one_step(driver: Driver, scene: tuple[Layer, Layer]) -> None:
    driver.click((0.25, 0.5))
    for _ in range(3):
        driver.key(Qt.Key.Key_Right)
    driver.key(Qt.Key.Key_Down, SHIFT)
    assert driver.layout.layers[0].mask.box == scene[0].mask.box.moved(3, 10)
    driver.window.actions_["undo"].trigger()
    assert driver.layout.layers[0].mask == scene[0].mask


def test_delete_and_undo(driver: Driver, scene: tuple[Layer, Layer]) -> None:
    driver.click((0.25, 0.5))
    driver.key(Qt.Key.Key_Delete)
    assert driver.labels == ["house"]
    assert driver.window.selection.ids == ()
    driver.window.actions_["undo"].trigger()
    assert driver.layout.layers == scene


def test_brush_adds_and_eraser_takes_away(driver: Driver, scene: tuple[Layer, Layer]) -> None:
    driver.select(scene[0])
    driver.window.canvas.set_brush_size(20)
    driver.use("brush")
    driver.drag((0.25, 0.5), (0.5, 0.5))
    painted = driver.layout.layers[0].mask
    assert painted.box.right == pytest.approx(210, abs=2)
    driver.use("eraser")
    driver.drag((0.45, 0.5), (0.55, 0.5))
    assert driver.layout.layers[0].mask.area < painted.area
    driver.window.actions_["undo"].trigger()
    assert driver.layout.layers[0].mask == painted
    driver.window.actions_["undo"].trigger()
    assert driver.layout.layers == scene


def test_the_eraser_shows_what_lies_beneath_while_it_is_drawn(driver: Driver) -> None:
    wall, mat = Layer(label="wall", mask=block(0, 0, 400, 300)), block(100, 100, 200, 100)
    driver.open_scene(wall, Layer(label="rug", mask=mat))
    driver.select(driver.layout.layers[1])
    canvas = driver.window.canvas
    driver.use("eraser")
    wall_colour = canvas.picture().pixelColor(driver.at((0.1, 0.1)))
    driver.press((0.4, 0.5))
    driver.move((0.5, 0.5))
    driver.move((0.6, 0.5))
    assert canvas.picture().pixelColor(driver.at((0.45, 0.5))) == wall_colour
    driver.key(Qt.Key.Key_Escape)
    assert canvas.picture().pixelColor(driver.at((0.45, 0.5))) != wall_colour


def test_the_eraser_does_not_take_the_last_pixel(
    driver: Driver, scene: tuple[Layer, Layer]
) -> None:
    driver.select(scene[0])
    driver.window.canvas.set_brush_size(300)
    driver.use("eraser")
    driver.click((0.25, 0.5))
    assert driver.layout.layers == scene
    assert "Nothing of “tree” would be left" in driver.window.toast.text


def test_a_locked_layer_is_left_alone(driver: Driver, scene: tuple[Layer, Layer]) -> None:
    driver.select(scene[0])
    driver.window.actions_["lock"].trigger()
    before = driver.layout
    driver.drag((0.25, 0.5), (0.5, 0.5))
    assert "locked" in driver.window.toast.text
    driver.select(scene[0])
    for tool in ("brush", "eraser"):
        driver.window.toast.hide()
        driver.use(tool)
        driver.drag((0.25, 0.5), (0.3, 0.5))
        assert "locked" in driver.window.toast.text
    driver.window.toast.hide()
    driver.window.actions_["delete"].trigger()
    assert "locked" in driver.window.toast.text
    assert driver.layout == before


def test_the_brush_says_that_it_needs_a_layer(driver: Driver, scene: tuple[Layer, Layer]) -> None:
    driver.use("brush")
    driver.drag((0.5, 0.5), (0.6, 0.5))
    assert "Select one object first" in driver.window.toast.text
    assert driver.layout.layers == scene


def test_clicking_selects_the_nearest_layer_and_the_panel_follows(driver: Driver) -> None:
    far, near = (Layer(label=n, mask=disc(200, 150, r)) for n, r in (("sea", 90), ("boat", 30)))
    driver.open_scene(far, near)
    panel = driver.window.layers
    driver.click((0.5, 0.5))
    assert panel.list.selectionModel().selectedIndexes()[0].data() == "boat"
    driver.click((0.65, 0.5))
    assert driver.window.selection.ids == (far.id,)
    driver.click((0.5, 0.5), keys=SHIFT)
    assert set(driver.window.selection.ids) == {far.id, near.id}
    driver.click((0.02, 0.02))
    assert driver.window.selection.ids == ()


def row_point(driver: Driver, row: int) -> QPoint:
    view = driver.window.layers.list
    return view.visualRect(driver.window.layers.model.index(row)).center()


def test_the_panel_selects_on_the_canvas(driver: Driver, scene: tuple[Layer, Layer]) -> None:
    viewport = driver.window.layers.list.viewport()
    QTest.mouseClick(viewport, LEFT, NO_KEYS, row_point(driver, 1))
    assert driver.window.selection.ids == (scene[0].id,)


def test_the_nearest_layer_is_on_top_and_order_changes(
    driver: Driver, scene: tuple[Layer, Layer]
) -> None:
    model = driver.window.layers.model
    assert [model.index(row).data() for row in range(2)] == ["house", "tree"]
    model.drop(scene[0].id, 0)
    assert driver.labels == ["house", "tree"]
    driver.window.actions_["undo"].trigger()
    driver.select(scene[0])
    driver.window.actions_["forward"].trigger()
    assert driver.labels == ["house", "tree"]
    driver.window.actions_["back"].trigger()
    assert driver.labels == ["tree", "house"]


def test_dropping_a_row_between_others(driver: Driver) -> None:
    layers = [Layer(label=n, mask=disc(50, 50, 9)) for n in ("sky", "hill", "tree", "dog")]
    driver.open_scene(*layers)
    model = driver.window.layers.model
    data = model.mimeData([model.index(0)])
    model.dropMimeData(data, Qt.DropAction.MoveAction, 3, 0, model.index(-1))
    assert driver.labels == ["sky", "dog", "hill", "tree"]


def test_rename_with_f2(driver: Driver, scene: tuple[Layer, Layer]) -> None:
    driver.select(scene[1])
    driver.window.actions_["rename"].trigger()
    editor = driver.window.layers.list.findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    QTest.keyClicks(editor, "old barn")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    driver.wait_for(lambda: driver.labels == ["tree", "old barn"])
    assert driver.window.session.document.undo_name.startswith("Rename house")


def test_the_eye_hides_without_selecting(driver: Driver, scene: tuple[Layer, Layer]) -> None:
    view = driver.window.layers.list
    driver.select(scene[0])
    row = view.visualRect(driver.window.layers.model.index(0))
    QTest.mouseClick(view.viewport(), LEFT, NO_KEYS, LayerDelegate.eye_rect(row).center())
    assert not driver.layout.layers[1].visible
    assert driver.window.selection.ids == (scene[0].id,)
    driver.click((0.75, 0.5))
    assert scene[1].id not in driver.window.selection, "a hidden layer is not picked"


def test_a_fully_covered_layer_is_marked(driver: Driver) -> None:
    small, big = (Layer(label=n, mask=disc(200, 150, r)) for n, r in (("cat", 20), ("wall", 80)))
    driver.open_scene(small, big)
    model = driver.window.layers.model
    driver.wait_for(lambda: model.covered == {small.id})
    assert model.remark(small) == "fully covered"
    driver.select(big)
    driver.window.actions_["back"].trigger()
    driver.wait_for(lambda: not model.covered)


def test_a_group_moves_together(driver: Driver) -> None:
    tree = Layer(label="tree", mask=disc(100, 150, 40), group="garden")
    house = Layer(label="house", mask=block(240, 100, 100, 100), group="garden")
    driver.open_scene(tree, house)
    driver.drag((0.25, 0.5), (0.25, 0.6))
    moved = [layer.mask.box.y for layer in driver.layout.layers]
    assert moved[0] - tree.mask.box.y == moved[1] - house.mask.box.y > 0


def test_duplicate_selects_the_copy(driver: Driver, scene: tuple[Layer, Layer]) -> None:
    driver.select(scene[0])
    driver.window.actions_["duplicate"].trigger()
    assert driver.labels == ["tree", "tree", "house"]
    assert driver.window.selection.ids == (driver.layout.layers[1].id,)


def test_typing_a_caption_is_one_step(driver: Driver) -> None:
    field = driver.window.top.caption
    field.setFocus()
    QTest.keyClicks(field, "a red barn")
    assert driver.layout.caption == "a red barn" and field.text() == "a red barn"
    driver.window.canvas.setFocus()
    driver.window.actions_["undo"].trigger()
    assert driver.layout.caption == "" and field.text() == ""


def test_letters_typed_into_a_field_do_not_switch_tools(driver: Driver) -> None:
    driver.window.bar.what.setFocus()
    QTest.keyClicks(driver.window.bar.what, "brave")
    assert driver.window.canvas.tool.name == "select"
    assert driver.window.bar.what.text() == "brave"


def test_zoom_keeps_the_point_under_the_mouse(driver: Driver) -> None:
    canvas = driver.window.canvas
    at = driver.at((0.3, 0.4)).toPointF()
    before = canvas.viewport.to_canvas(at)
    driver.qtbot.wait(1)
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QWheelEvent

    nowhere, none = QPoint(), Qt.MouseButton.NoButton
    wheel = QWheelEvent(
        at, at, nowhere, QPoint(0, 240), none, NO_KEYS, Qt.ScrollPhase.NoScrollPhase, False
    )
    zoom = canvas.viewport.zoom
    QApplication.sendEvent(canvas, wheel)
    assert canvas.viewport.zoom > zoom
    off = canvas.viewport.to_canvas(at) - before
    assert abs(QPointF(off).x()) < 1 and abs(off.y()) < 1
    driver.window.actions_["actual"].trigger()
    assert canvas.viewport.zoom == 1.0
    driver.window.actions_["fit"].trigger()
    assert canvas.viewport.zoom == pytest.approx(zoom)


def test_space_pans_in_any_tool(driver: Driver) -> None:
    canvas = driver.window.canvas
    driver.use("box")
    canvas.setFocus()
    start = canvas.viewport
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    QTest.mousePress(canvas, LEFT, NO_KEYS, QPoint(300, 200))
    QTest.mouseMove(canvas, QPoint(340, 230))
    QTest.mouseRelease(canvas, LEFT, NO_KEYS, QPoint(340, 230))
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert (canvas.viewport.x - start.x, canvas.viewport.y - start.y) == (40, 30)
    assert canvas.guidance.box is None


def test_brackets_change_the_brush(driver: Driver) -> None:
    canvas = driver.window.canvas
    driver.use("scribble")
    canvas.setFocus()
    size = canvas.brush_size
    driver.key(Qt.Key.Key_BracketRight)
    assert canvas.brush_size > size
    assert driver.window.top.brush.number.value() == canvas.brush_size
    driver.key(Qt.Key.Key_BracketLeft)
    driver.key(Qt.Key.Key_BracketLeft)
    assert canvas.brush_size < size


def test_a_guidance_box_can_be_moved_and_resized(driver: Driver) -> None:
    driver.use("box")
    driver.drag((0.2, 0.2), (0.4, 0.5))
    canvas = driver.window.canvas
    box = canvas.guidance.box
    assert box is not None
    driver.drag((0.3, 0.3), (0.5, 0.3))
    moved = canvas.guidance.box
    assert moved is not None and moved.width == box.width and moved.x > box.x
    driver.drag((0.6, 0.5), (0.8, 0.9))
    larger = canvas.guidance.box
    assert larger is not None and (larger.x, larger.y) == (moved.x, moved.y)
    assert larger.width > moved.width and larger.height > moved.height


def test_the_history_goes_back_and_forth(driver: Driver, scene: tuple[Layer, Layer]) -> None:
    driver.click((0.25, 0.5))
    driver.key(Qt.Key.Key_Delete)
    driver.click((0.75, 0.5))
    driver.key(Qt.Key.Key_Delete)
    menu = driver.window.menus.history

    def steps() -> list[str]:
        driver.window.edits.fill_history(menu)
        return [action.text() for action in menu.actions()]

    assert steps() == ["Delete house", "Delete tree", "As it was opened"]
    menu.actions()[2].trigger()
    assert driver.layout.layers == scene
    steps()
    assert [action.isChecked() for action in menu.actions()] == [False, False, True]
    menu.actions()[1].trigger()
    assert driver.labels == ["house"]
