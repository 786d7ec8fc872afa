from __future__ import annotations

import numpy as np
import pytest

from engine.design.reading import read_scene
from engine.design.relations import SATISFIED, against_wall, agreement, between
from engine.design.stage import (
    Role,
    backdrop_boxes,
    edges_of,
    plan_stage,
    role_of,
)
from engine.design.things import thing_of
from engine.errors import InputError
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from engine.smartmask.finish import Finish, finished
from planner.scene import RelationKind as Kind

CANVAS = Box(0, 0, 400, 300)


def row(x: float, y: float, width: float, height: float) -> np.ndarray:
    return np.array([[x, y, x + width, y + height]], float)


@pytest.mark.parametrize(
    ("kind", "subject", "reference"),
    [
        (Kind.LEFT_OF, row(10, 100, 40, 40), row(200, 100, 40, 40)),
        (Kind.RIGHT_OF, row(200, 100, 40, 40), row(10, 100, 40, 40)),
        (Kind.ABOVE, row(100, 20, 40, 30), row(100, 120, 40, 40)),
        (Kind.BELOW, row(100, 220, 40, 30), row(100, 120, 40, 40)),
        (Kind.UNDER, row(110, 190, 30, 30), row(80, 40, 100, 160)),
        (Kind.ON, row(110, 80, 30, 30), row(80, 100, 100, 60)),
        (Kind.IN_FRONT_OF, row(110, 200, 40, 40), row(100, 150, 60, 60)),
        (Kind.BEHIND, row(110, 120, 40, 40), row(100, 150, 60, 60)),
        (Kind.NEXT_TO, row(100, 100, 40, 40), row(150, 95, 40, 45)),
        (Kind.INSIDE, row(110, 110, 20, 20), row(90, 100, 80, 50)),
        (Kind.HELD_BY, row(140, 150, 20, 20), row(100, 100, 50, 120)),
    ],
)
def test_relations_hold_where_they_should_and_not_the_other_way_round(
    kind: Kind, subject: np.ndarray, reference: np.ndarray
) -> None:
    assert agreement(kind, subject, reference, unit=300)[0] >= SATISFIED
    if kind is not Kind.NEXT_TO:
        assert agreement(kind, reference, subject, unit=300)[0] < SATISFIED


def test_held_is_within_reach_of_the_hands() -> None:
    man = row(100, 100, 50, 120)
    for far in (row(200, 150, 20, 20), row(110, 70, 20, 20), row(110, 215, 20, 20)):
        assert agreement(Kind.HELD_BY, far, man, unit=300)[0] < SATISFIED


def test_next_to_is_neither_on_top_of_nor_far_away() -> None:
    bench = row(100, 100, 80, 40)
    assert agreement(Kind.NEXT_TO, row(105, 100, 60, 40), bench, unit=300)[0] < SATISFIED
    assert agreement(Kind.NEXT_TO, row(370, 100, 30, 40), bench, unit=300)[0] < SATISFIED


def test_between_needs_one_on_each_side() -> None:
    left, right = row(20, 100, 40, 40), row(300, 100, 40, 40)
    assert between(row(160, 100, 30, 40), left, right, unit=300)[0] >= SATISFIED
    assert between(row(350, 100, 30, 40), left, right, unit=300)[0] < SATISFIED


@pytest.mark.parametrize(
    ("label", "place", "low", "high"),
    [
        ("dog", "ground", 0.4, 1.0),
        ("girl, sitting", "ground", 0.7, 1.1),
        ("two red cars", "ground", 1.2, 2.0),
        ("cup", "table", 0.1, 0.3),
        ("sailboat", "water", 4, 9),
        ("ceiling lamp", "ceiling", 0.3, 1.0),
        ("toy car", "ground", 0.1, 0.3),
        ("gnurk", "ground", 0.5, 2.0),
    ],
)
def test_sizes_and_places_of_things(label: str, place: str, low: float, high: float) -> None:
    thing = thing_of(label)
    assert thing.place == place
    assert low <= thing.height <= high


def test_a_plant_on_a_table_is_smaller_than_one_on_the_floor() -> None:
    assert thing_of("potted plant", carried=True).height < thing_of("potted plant").height


def test_unknown_words_are_taken_for_what_comes_nearest() -> None:
    assert thing_of("gnurk", nearest=lambda label: "elephant").height == thing_of("elephant").height


@pytest.mark.parametrize(
    ("label", "role"),
    [
        ("night sky", Role.SKY),
        ("green grass", Role.LAND),
        ("sea", Role.WATER),
        ("brick wall", Role.WALL),
        ("mountain", Role.FAR),
        ("road", Role.WAY),
    ],
)
def test_parts_of_backgrounds(label: str, role: Role) -> None:
    assert role_of(label) is role


@pytest.mark.parametrize(
    "labels",
    [("sky", "grass"), ("wall", "floor"), ("sky", "sea", "sand"), ("sky", "mountain", "snow"),
     ("sky", "sidewalk", "road"), ("sky", "hill", "field", "river")],
)  # fmt: skip
def test_backgrounds_cover_the_canvas_together(labels: tuple[str, ...]) -> None:
    roles = [role_of(label) for label in labels]
    stage = plan_stage(canvas=CANVAS, roles=roles, things=[thing_of("dog")])
    covered = np.zeros((300, 400), bool)
    for box in backdrop_boxes(labels, stage, standing=True).values():
        covered[max(box.y, 0) : box.bottom, max(box.x, 0) : box.right] = True
    assert covered.all()


def test_things_grow_towards_the_viewer_and_keep_their_proportions() -> None:
    stage = plan_stage(canvas=CANVAS, roles=[Role.LAND], things=[thing_of("man"), thing_of("dog")])
    rows = np.array([stage.ground + 40, stage.ground + 120])
    man, dog = stage.tall(thing_of("man"), rows), stage.tall(thing_of("dog"), rows)
    assert man[0] < man[1]
    assert (man > dog).all()


def test_a_horizon_keeps_room_on_both_sides_whatever_is_proposed() -> None:
    for proposed in (-50.0, 20.0, 290.0):
        stage = plan_stage(canvas=CANVAS, roles=[Role.LAND, Role.SKY], things=[], proposed=proposed)
        assert 0.3 * 300 <= stage.ground <= 0.55 * 300


def test_a_background_with_gaps_is_carried_on_to_the_edges() -> None:
    drawn = np.zeros((300, 400), bool)
    drawn[160:280, 60:340] = True
    box = Box(0, 150, 400, 150)
    finish = Finish(edges=edges_of("grass", box))
    mask = finished(Mask.from_array(drawn), finish, Layout(width=400, height=300))
    assert mask.box == Box(0, 160, 400, 140)
    assert mask.area == 400 * 140


def test_neighbouring_backgrounds_grow_until_they_meet() -> None:
    sky = np.zeros((300, 400), bool)
    sky[:120, :350] = True
    grass = np.zeros((300, 400), bool)
    grass[150:] = True
    grown = met(grass, "grass", Box(0, 150, 400, 150), sky)
    assert (grown | sky)[:, :350].all() and not (grown & sky).any()
    assert not grown[:150, 350:].any(), "where nothing lies above, the outline stays"
    down = met(sky, "sky", Box(0, 0, 400, 120), grass)
    assert (down | grass).all() and not (down & grass).any()


def met(drawn: np.ndarray, label: str, box: Box, other: np.ndarray) -> np.ndarray:
    neighbour = Layer(label="other", mask=Mask.from_array(other))
    finish = Finish(edges=edges_of(label, box, meets=(neighbour.id,)))
    layout = Layout(width=400, height=300, layers=(neighbour,))
    return finished(Mask.from_array(drawn), finish, layout).on_canvas(400, 300)


def test_against_the_wall_is_at_the_back_of_the_room() -> None:
    wall = row(0, 0, 400, 180)
    assert against_wall(row(50, 60, 60, 115), wall, unit=300)[0] >= SATISFIED
    assert against_wall(row(50, 160, 60, 115), wall, unit=300)[0] < SATISFIED


def test_words_that_name_nothing_are_refused_in_one_line() -> None:
    for caption in ("", "   ", "?!"):
        with pytest.raises(InputError) as caught:
            read_scene(caption)
        assert "\n" not in str(caught.value)


def test_a_list_that_only_rules_out_needs_a_caption() -> None:
    with pytest.raises(InputError, match="only says what is left out"):
        read_scene("", "no cats")
    assert [e.label for e in read_scene("A cat and a dog.", "no cats").elements][0] == "dog"


def test_a_list_alone_is_enough() -> None:
    found = read_scene("", "3 dogs; bench; dog left of bench")
    assert {(e.label, e.count) for e in found.elements} >= {("bench", 1)}
    assert found.relations


def test_a_crowd_is_seen_from_farther_away_but_never_too_small_to_be_made_out() -> None:
    cow, rows = thing_of("cow"), np.array([290.0])
    stages = [
        plan_stage(canvas=CANVAS, roles=[Role.LAND], things=[cow], counts=[n])
        for n in (1, 4, 12, 30)
    ]
    heights = [float(stage.tall(cow, rows)[0]) for stage in stages]
    assert heights == sorted(heights, reverse=True) and heights[0] > 1.5 * heights[2]
    assert heights[-1] >= 0.06 * 300
