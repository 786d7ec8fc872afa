"""A layer that SmartMask drew is drawn again: other masks, or the very same one."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from app.plan.commands import SetPlan
from engine.design.kept import Plan, Standing, layers_of, plan_of, standing, with_element
from engine.layout.commands import EditMask, MoveLayers
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.project import open_project, save_project
from planner.scene import Element
from tests.e2e.window import fake_engine
from tests.e2e.window.conftest import Driver, block, disc


@pytest.fixture
def drawn(driver: Driver) -> Driver:
    """A dog that was suggested and taken, behind a ball that was not."""
    driver.open_scene(Layer(label="ball", mask=disc(60, 60, 20)))
    driver.use("box")
    driver.drag((0.3, 0.3), (0.7, 0.8))
    driver.ask("dog")
    driver.key(Qt.Key.Key_Return)
    assert driver.labels == ["ball", "dog"]
    driver.window.actions_["backward"].trigger()
    driver.window.suggesting.discard()
    return driver


def again(driver: Driver, action: str = "redraw") -> None:
    driver.window.actions_[action].trigger()
    driver.wait_for(lambda: not driver.window.suggesting.is_running)


def test_other_masks_are_offered_and_the_taken_one_is_one_step(drawn: Driver) -> None:
    window, before = drawn.window, drawn.layout
    dog = before.layers[0]
    drawn.type_what("cat")
    again(drawn)
    first, second = fake_engine.SCRIPT.requests
    assert (second.label, second.guidance, second.behind) == ("dog", first.guidance, dog.id)
    assert second.seed == first.seed + first.count
    assert dog.id not in {layer.id for layer in second.seen_layers().layers}
    assert len(window.strip.cards) == 4 and drawn.layout == before
    assert window.strip.take.text() == "Use this one"

    window.strip.choose(1)
    window.strip.take.click()
    new = drawn.layout.layers[0]
    assert (new.id, drawn.labels) == (dog.id, ["dog", "ball"])
    assert new.mask == window.strip.offers[1].suggestion.mask != dog.mask
    assert new.provenance is not None and new.provenance.seed == second.seed + 1
    assert window.bar.what.text() == "cat", "what was being typed stays"

    window.strip.choose(2)
    window.strip.take.click()
    assert drawn.layout.layers[0].mask == window.strip.offers[2].suggestion.mask
    assert "Draw dog again" in window.actions_["undo"].text().replace("'", "")
    window.actions_["undo"].trigger()
    assert drawn.layout == before


def test_the_same_comes_again(drawn: Driver) -> None:
    dog = drawn.layout.layers[0]
    again(drawn, "redraw_same")
    (card,) = drawn.window.strip.cards
    assert card.isChecked()
    (offer,) = drawn.window.strip.offers
    assert offer.suggestion.mask == dog.mask
    before = drawn.layout
    drawn.window.strip.take.click()
    drawn.window.strip.take.click()
    assert drawn.layout == before
    drawn.window.actions_["undo"].trigger()
    assert drawn.labels == ["ball", "dog"], "what changed nothing is no step"


@pytest.mark.parametrize("action", ["redraw", "redraw_same"])
def test_a_layer_that_was_moved_is_drawn_again_where_it_lies(drawn: Driver, action: str) -> None:
    dog = drawn.layout.layers[0]
    drawn.window.session.document.do(MoveLayers((dog.id,), 90, -60))
    moved = drawn.layout.layers[0]
    drawn.select(moved)
    again(drawn, action)
    for offer in drawn.window.strip.offers:
        assert near(offer.suggestion.mask.box, moved.mask.box)
    if action == "redraw_same":
        assert drawn.window.strip.offers[0].suggestion.mask == moved.mask
    drawn.window.strip.choose(0)
    drawn.window.strip.take.click()
    again(drawn)
    assert near(drawn.window.strip.offers[0].suggestion.mask.box, moved.mask.box), "and once more"


@pytest.mark.parametrize("action", ["redraw", "redraw_same"])
def test_what_a_design_placed_stays_in_the_plan(
    driver: Driver, action: str, tmp_path: Path
) -> None:
    window = driver.window
    driver.open_scene(Layer(label="grass", mask=block(0, 200, 400, 100)))
    tree = Element(id="e1", label="tree", count=1)
    window.session.document.do(SetPlan(with_element(Plan(), tree), "Plan a tree"))
    window.actions_["plan_all"].trigger()
    driver.wait_for(lambda: not window.plan.designing.is_running)
    before = next(x for x in driver.layout.layers if x.label == "tree")
    driver.select(before)
    window.session.document.do(MoveLayers((before.id,), 20, 0))
    again(driver, action)
    driver.window.strip.choose(0)
    driver.window.strip.take.click()
    save_project(driver.layout, tmp_path / "scene.ora")
    layout = open_project(tmp_path / "scene.ora").layout
    layer = layout.layer(before.id)
    assert layer.provenance is not None
    assert layer.provenance.request["design"] == {"element": "e1", "index": 0}
    plan = plan_of(layout)
    assert standing(plan, layout, tree) == (Standing.PLACED, 1)
    assert layers_of(plan, layout, {"e1"}) == (before.id,)


def test_a_flipped_layer_comes_again_flipped(drawn: Driver) -> None:
    dog = drawn.layout.layers[0]
    flipped = dog.mask.mirrored(across=True, down=False)
    assert flipped != dog.mask
    drawn.window.session.document.do(EditMask(dog.id, flipped))
    drawn.select(drawn.layout.layers[0])
    again(drawn, "redraw_same")
    assert drawn.window.strip.offers[0].suggestion.mask == flipped


def near(box: Box, other: Box) -> bool:
    """Wobbly shapes in one box differ in width; the box before the move shares a quarter."""
    return box.intersection(other).area >= 0.5 * max(box.area, other.area)


def test_more_go_on_about_the_same_layer(drawn: Driver) -> None:
    again(drawn)
    drawn.window.actions_["more"].trigger()
    drawn.wait_for(lambda: len(drawn.window.strip.cards) == 8)
    assert fake_engine.SCRIPT.requests[-1].behind == drawn.layout.layers[0].id
    drawn.window.strip.choose(6)
    drawn.window.strip.take.click()
    assert drawn.labels == ["dog", "ball"]


def test_a_layer_that_goes_meanwhile_is_drawn_as_a_new_one(drawn: Driver) -> None:
    again(drawn)
    drawn.window.edits.delete()
    drawn.window.strip.choose(1)
    drawn.window.strip.take.click()
    assert sorted(drawn.labels) == ["ball", "dog"]


def test_only_what_smartmask_drew_can_be_drawn_again(drawn: Driver) -> None:
    action = drawn.window.actions_["redraw"]
    ball, dog = drawn.layout.layers[1], drawn.layout.layers[0]
    assert action.isEnabled()
    drawn.select(ball)
    assert not action.isEnabled()
    drawn.select(ball, dog)
    assert not action.isEnabled()
    drawn.select(dog)
    drawn.window.actions_["lock"].trigger()
    assert not action.isEnabled()
    drawn.open_scene(Layer(label="house", mask=block(10, 10, 40, 40)))
    drawn.select(drawn.layout.layers[0])
    assert not action.isEnabled()
