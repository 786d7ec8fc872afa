"""Things that are to be seen are not hidden by what comes later."""

from __future__ import annotations

import numpy as np

from engine.design.hiding import box_part, mask_part
from engine.design.plan import plan_of
from engine.design.request import DesignRequest
from engine.design.run import start
from engine.design.state import State
from engine.design.steps import Tools
from engine.jobs.context import QuietContext
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from engine.layout.occlusion import visible_masks
from planner.scene import Instance, Scene
from tests.unit.design.fakes import Stubborn, designed, draw, scene

BENCH = Box(100, 100, 100, 50)
POSTS = (Box(100, 90, 22, 70), Box(125, 90, 22, 70), Box(150, 90, 22, 70))
DOG = Instance("e4")


def standing(*things: tuple[str, Box], told: tuple[tuple[str, str, str], ...] = ()) -> State:
    what: Scene = scene("grass*, bench, 3#post, dog", *told)
    layers = [("grass", Box(0, 80, 300, 120)), *things]
    layout = Layout(
        width=300,
        height=200,
        layers=tuple(Layer(label=name, mask=Mask.filled(box)) for name, box in layers),
    )
    tools = Tools(Stubborn(0.1, 0.1, 0.2, 0.2), draw, QuietContext())
    return start(DesignRequest(layout=layout, scene=what), plan_of(what), tools)


def value(state: State, box: Box) -> float:
    row = np.array([[box.x, box.y, box.right, box.bottom]], float)
    return float(box_part(state, DOG, row, row[:, 3])[0])


def test_several_neighbours_together_do_not_hide_a_thing() -> None:
    alone = standing(("bench", BENCH))
    beset = standing(("bench", BENCH), ("post", POSTS[0]), ("post", POSTS[1]))
    assert value(alone, POSTS[2]) > 0.8
    assert value(beset, POSTS[2]) < 0.6
    assert value(beset, Box(220, 100, 22, 70)) == 1


def test_a_thing_is_not_put_where_it_would_be_hidden() -> None:
    state = standing(("bench", BENCH))
    assert value(state, Box(110, 110, 40, 35)) < 0.1
    assert value(state, Box(110, 60, 40, 48)) > 0.8


def test_what_is_said_to_be_in_front_may_hide_more() -> None:
    before = Box(100, 110, 60, 60)
    told = (("dog", "in front of", "bench"),)
    assert value(standing(("bench", BENCH), told=told), before) > value(
        standing(("bench", BENCH)), before
    )


def test_masks_are_judged_as_boxes_are() -> None:
    state = standing(("bench", BENCH))
    over, beside = Mask.filled(Box(100, 95, 80, 70)), Mask.filled(Box(220, 100, 40, 50))
    top = len(state.layout.layers)
    assert mask_part(state, DOG, over, top)[0] == 0
    assert mask_part(state, DOG, beside, top)[0] == 1
    assert mask_part(state, DOG, Mask.filled(Box(110, 110, 40, 35)), top - 1)[0] == 0


def shares(layout: Layout, label: str) -> list[float]:
    shown = visible_masks(layout)
    return [shown[x.id].area / x.mask.area for x in layout.layers if x.label == label]


def test_half_of_each_apple_looks_out_of_its_bowl() -> None:
    what = scene("wall*, floor*, counter, bowl, 4#apple", ("apple", "inside", "bowl"),
                 ("bowl", "on", "counter"))  # fmt: skip
    layout = designed(what, layout=Layout(width=512, height=384)).layout
    assert min(shares(layout, "apple")) >= 0.45


def test_cushions_leave_their_sofa_to_be_seen() -> None:
    what = scene("wall*, floor*, sofa, 3#cushion", ("cushion", "on", "sofa"))
    layout = designed(what, layout=Layout(width=512, height=384)).layout
    assert shares(layout, "sofa")[0] >= 0.65
