from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.design.reading import read_scene
from engine.design.request import DesignRequest, PlannedStep
from engine.design.run import check_request
from engine.errors import Cancelled, InputError
from engine.jobs.context import JobContext, QuietContext
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from engine.smartmask.repeat import request_again
from engine.smartmask.request import SuggestRequest, SuggestResult
from planner.placer import PlaceQuery, ScoredBox
from planner.scene import Instance, Relation, RelationKind, Scene
from tests.unit.design.fakes import Stubborn, designed, draw, draw_nothing, scene


def boxes_by_label(layout: Layout) -> dict[str, list[Box]]:
    found: dict[str, list[Box]] = {}
    for layer in layout.layers:
        found.setdefault(layer.label, []).append(layer.mask.box)
    return found


PARK = scene(
    "sky*, grass*, house, 2#dog, bench",
    ("dog", "left of", "bench"),
    ("dog", "on", "grass"),
    ("house", "behind", "bench"),
)


def test_every_instance_stands_once_and_says_where_it_came_from() -> None:
    result = designed(PARK)
    labels = sorted(layer.label for layer in result.layout.layers)
    assert labels == ["bench", "dog", "dog", "grass", "house", "sky"]
    assert set(result.placed) == {Instance("e4", 0), Instance("e4", 1)} | {
        Instance(f"e{n}") for n in (1, 2, 3, 5)
    }
    assert len(set(result.placed.values())) == 6
    for layer in result.layout.layers:
        assert layer.provenance is not None
        assert layer.provenance.kind == "smartmask"
        assert layer.provenance.request["label"] == layer.label


def test_every_layer_of_a_design_comes_again_as_it_is() -> None:
    """Though the design moved it onto its ground, or carried it on to the edges."""
    layout = designed(replace(PARK, relations=())).layout
    shifted = 0
    for layer in layout.layers:
        request = request_again(layout, layer.id)
        shifted += request.finish.seat != (0, 0)
        (suggestion,) = draw(request, QuietContext()).suggestions
        assert suggestion.mask == layer.mask, layer.label
    assert shifted, "the design moved nothing, so nothing was shown"


def test_relations_win_over_a_placer_that_knows_none() -> None:
    result = designed(PARK)
    boxes = boxes_by_label(result.layout)
    bench = boxes["bench"][0]
    for dog in boxes["dog"]:
        assert dog.x + dog.width / 2 < bench.x + bench.width / 2
        assert dog.bottom > boxes["grass"][0].y
    order = [layer.label for layer in result.layout.layers]
    assert order.index("house") < order.index("bench")
    assert result.unmet == ()


def test_herds_are_spread_not_stacked() -> None:
    result = designed(scene("grass*, 6#sheep", ("sheep", "on", "grass")))
    sheep = boxes_by_label(result.layout)["sheep"]
    assert len(sheep) == 6
    for i, one in enumerate(sheep):
        for other in sheep[i + 1 :]:
            both = one.intersection(other).area
            assert both < 0.5 * min(one.area, other.area)


def test_the_same_request_gives_the_same_layout_and_another_seed_another() -> None:
    first, again, other = designed(PARK, seed=3), designed(PARK, seed=3), designed(PARK, seed=4)
    assert first.layout == again.layout
    assert [x.mask for x in first.layout.layers] != [x.mask for x in other.layout.layers]


def test_backgrounds_lie_farthest_and_leave_no_gap() -> None:
    result = designed(scene("grass*, sky*, dog"))
    assert [layer.label for layer in result.layout.layers] == ["sky", "grass", "dog"]
    sky, grass, _ = (layer.mask for layer in result.layout.layers)
    assert sky.union(grass) == Mask.filled(result.layout.canvas)


def draw_uneven(request: SuggestRequest, context: JobContext) -> SuggestResult:
    """As `draw`, but backgrounds end short of their boxes, as far as an outline may dip."""
    result = draw(request, context)
    wide = [s for s in result.suggestions if s.mask.box.width > 0.5 * request.layout.width]
    cut = [
        replace(s, mask=Mask.filled(Box(b.x, b.y + b.height // 5, b.width, b.height * 3 // 5)))
        for s in wide
        for b in (s.mask.box,)
    ]
    return replace(result, suggestions=tuple(cut)) if cut else result


@pytest.mark.parametrize(
    "backgrounds",
    ["sky*, grass*", "wall*, floor*", "sky*, sea*, sand*", "sky*, mountain*, snow*",
     "sky*, forest*, river*, grass*"],
)  # fmt: skip
def test_no_empty_strip_stays_between_backgrounds(backgrounds: str) -> None:
    result = designed(scene(f"{backgrounds}, dog"), drawing=draw_uneven)
    covered = np.zeros((result.layout.height, result.layout.width), bool)
    for layer in result.layout.layers[:-1]:
        covered |= layer.mask.on_canvas(result.layout.width, result.layout.height)
    assert covered.all()


def test_a_river_through_grass_is_seen() -> None:
    result = designed(scene("sky*, grass*, river*, dog", ("dog", "on", "grass")))
    order = [layer.label for layer in result.layout.layers]
    assert order.index("river") > order.index("grass")
    river, grass = (next(x.mask for x in result.layout.layers if x.label == name)
                    for name in ("river", "grass"))  # fmt: skip
    assert not grass.minus(river).is_empty and not river.is_empty


def test_nothing_stands_on_the_very_edge_of_its_ground() -> None:
    for seed in range(4):
        # The placer would have its foot right where the floor begins.
        placer = Stubborn(0.3, 0.3, 0.45, 0.593)
        result = designed(scene("wall*, floor*, fridge, sofa"), seed=seed, placer=placer)
        boxes = boxes_by_label(result.layout)
        for label in ("fridge", "sofa"):
            rim = boxes["floor"][0].y + 0.015 * result.layout.height
            assert boxes[label][0].bottom >= rim, label


def draw_one_legged(request: SuggestRequest, context: JobContext) -> SuggestResult:
    """Men whose feet are all on one side of their box."""
    result = draw(request, context)
    if request.label != "man":
        return result
    found = []
    for suggestion in result.suggestions:
        box = suggestion.mask.box
        body = Box(box.x, box.y, box.width, max(box.height * 3 // 4, 1))
        leg = Box(box.x, box.y, max(box.width // 6, 1), box.height)
        found.append(replace(suggestion, mask=Mask.filled(body).union(Mask.filled(leg))))
    return replace(result, suggestions=tuple(found))


def test_a_rider_has_what_he_rides_under_his_feet() -> None:
    for seed in range(3):
        wanted = scene("grass*, man, bench", ("man", "on", "bench"))
        layers = {
            x.label: x.mask
            for x in designed(wanted, drawing=draw_one_legged, seed=seed).layout.layers
        }
        man, bench = layers["man"].box, layers["bench"].box
        foot = man.x + man.width / 12
        assert bench.x <= foot < bench.right


def test_things_on_a_table_touch_its_top_and_are_drawn_after_it() -> None:
    result = designed(scene("floor*, vase, table", ("vase", "on", "table")))
    boxes = boxes_by_label(result.layout)
    vase, table = boxes["vase"][0], boxes["table"][0]
    assert table.y <= vase.bottom <= table.bottom
    assert table.x < vase.x + vase.width / 2 < table.right
    assert [layer.label for layer in result.layout.layers] == ["floor", "table", "vase"]


def test_a_cup_goes_on_the_table_though_nobody_said_so() -> None:
    result = designed(scene("floor*, cup, table"))
    boxes = boxes_by_label(result.layout)
    assert boxes["table"][0].x < boxes["cup"][0].x + 1 < boxes["table"][0].right
    assert boxes["cup"][0].bottom < boxes["table"][0].bottom


def test_a_box_of_the_user_is_taken_as_it_is() -> None:
    own = Box(20, 30, 40, 50)
    result = designed(PARK, boxes={Instance("e5"): own})
    assert result.layout.layer(result.placed[Instance("e5")]).mask.box == own


def test_layers_that_are_there_stay_and_are_not_placed_again() -> None:
    dog = Layer(label="dog", mask=Mask.filled(Box(30, 120, 40, 40)), id="mine")
    start = Layout(width=256, height=192, layers=(dog,))
    result = designed(PARK, layout=start)
    assert [x.label for x in result.layout.layers].count("dog") == 2
    assert result.layout.layer("mine") == dog
    assert result.placed[Instance("e4", 0)] == "mine"


def test_only_what_is_named_is_placed_and_again_replaces_it() -> None:
    whole = designed(PARK)
    one = Instance("e4", 1)
    old = whole.layout.layer(whole.placed[one]).mask
    again = designed(PARK, layout=whole.layout, placed=whole.placed, only=(one,), seed=9)
    assert [step.instance for step in again.steps] == [one]
    assert len(again.layout.layers) == len(whole.layout.layers)
    assert again.layout.layer(again.placed[one]).mask != old
    kept = [x for x in whole.layout.layers if x.id != whole.placed[one]]
    assert all(layer in again.layout.layers for layer in kept)


def test_what_cannot_be_drawn_is_told_and_the_rest_is_kept() -> None:
    def no_dogs(request: SuggestRequest, context: Any) -> Any:
        return (draw_nothing if request.label == "dog" else draw)(request, context)

    result = designed(PARK, drawing=no_dogs)
    assert sorted(x.label for x in result.layout.layers) == ["bench", "grass", "house", "sky"]
    assert any("dog" in note for note in result.notes)
    assert {r.subject for r in result.unmet} == {"e4"}


def test_a_placer_of_nonsense_does_no_harm() -> None:
    class Nonsense(Stubborn):
        def propose(self, query: PlaceQuery) -> list[ScoredBox]:
            nan = float("nan")
            box = replace(self.box, x1=nan)
            away = replace(self.box, x1=5.0, x2=6.0)
            return [ScoredBox(box, nan), ScoredBox(away, 7.0)]

    result = designed(PARK, placer=Nonsense(0, 0, 1, 1))
    assert len(result.placed) == 6
    assert result.unmet == ()


def test_contradicting_relations_are_told_not_crashed_on() -> None:
    told = scene("dog, cat", ("dog", "left of", "cat"), ("cat", "left of", "dog"))
    result = designed(told)
    assert len(result.layout.layers) == 2
    assert any("cat" in note and "dog" in note for note in result.notes)


def test_relations_to_elements_that_are_gone_are_left_out() -> None:
    lost = replace(scene("dog, cat"), relations=(Relation(RelationKind.ON, "e1", ("nowhere",)),))
    assert len(designed(lost).layout.layers) == 2


class Watching:
    def __init__(self, *, stop_after: int = 99) -> None:
        self.steps: list[PlannedStep] = []
        self.stop_after = stop_after

    def progress(self, stage: str, step: int = 0, total: int = 0, preview: Any = None) -> None:
        if preview is not None:
            self.steps.append(preview)
        elif len(self.steps) >= self.stop_after:
            raise Cancelled("Cancelled.")


def test_a_preview_follows_every_object() -> None:
    context = Watching()
    result = designed(PARK, context=context)
    assert tuple(context.steps) == result.steps
    assert [len(step.layout.layers) for step in context.steps] == [1, 2, 3, 4, 5, 6]


def test_cancelling_stops_inside_a_step() -> None:
    context = Watching(stop_after=2)
    with pytest.raises(Cancelled):
        designed(PARK, context=context)
    assert len(context.steps) == 2


def test_the_placer_is_asked_with_the_scene_so_far() -> None:
    placer = Stubborn(0.4, 0.5, 0.6, 0.7)
    designed(PARK, placer=placer)
    last = placer.queries[-1]
    assert last.caption == PARK.caption
    assert len(last.present) == 5
    assert last.semantic_map.any()
    assert last.semantic_map.shape[0] == last.semantic_map.shape[1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scene": Scene(caption="")}, "nothing to place"),
        ({"guidance": "circle"}, "guidance"),
        ({"placer": "oracle"}, "placer"),
        ({"masks": 0}, "masks"),
    ],
)
def test_requests_that_cannot_be_used_are_refused(change: dict[str, Any], words: str) -> None:
    request = DesignRequest(layout=Layout(width=256, height=192), scene=PARK)
    with pytest.raises(InputError, match=words):
        check_request(replace(request, **change))


def test_what_hangs_from_the_ceiling_hangs_and_what_leans_on_the_wall_stands_at_it() -> None:
    caption = (
        "A lamp hanging from the ceiling over a table, a bookshelf against the wall, a picture on "
        "the wall and a sofa in the room."
    )
    result = designed(read_scene(caption))
    boxes = {label: found[0] for label, found in boxes_by_label(result.layout).items()}
    height = result.layout.height
    foot = boxes["wall"].bottom
    assert boxes["lamp"].y <= 0.06 * height and boxes["lamp"].bottom < foot
    assert boxes["picture"].bottom < foot
    assert foot - 0.1 * height < boxes["bookshelf"].bottom < foot + 0.1 * height
    order = [layer.label for layer in result.layout.layers]
    assert order.index("bookshelf") < min(order.index("table"), order.index("sofa"))
    assert not result.unmet


def test_apples_in_a_bowl_can_be_made_out_and_lie_in_it() -> None:
    result = designed(
        scene("wall*, floor*, counter, bowl, 4#apple", ("apple", "inside", "bowl"),
              ("bowl", "on", "counter")),
        layout=Layout(width=512, height=384),
    )  # fmt: skip
    boxes = boxes_by_label(result.layout)
    bowl = boxes["bowl"][0]
    for apple in boxes["apple"]:
        assert min(apple.width, apple.height) >= 0.04 * 384
        assert bowl.x <= apple.x + apple.width / 2 <= bowl.right
        assert apple.area < 0.5 * bowl.area
    assert bowl.area < 0.5 * boxes["counter"][0].area
