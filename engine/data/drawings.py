# ruff: noqa: E501  (a table reads best with one entry to a line)
"""Our own drawings: furniture, street things, trees and buildings that collections lack.

Every drawing is a small SVG made from numbers, so one function gives several silhouettes. Two
styles come out: "flat" (plain colours) and "ink" (the same kind of shapes with dark outlines).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from engine.data import drawn_furniture as furniture
from engine.data import drawn_household as household
from engine.data import drawn_nature as nature
from engine.data import drawn_town as town
from engine.data.drawing_pen import Pen
from engine.data.drawn_people import draw_people

Draw = Callable[[Pen, random.Random], None]

DRAWINGS: tuple[tuple[str, Draw, int], ...] = (
    ("table", furniture.table, 7), ("coffee table", furniture.coffee_table, 4), ("desk", furniture.desk, 4),
    ("chair", furniture.chair, 7), ("stool", furniture.stool, 4), ("sofa", furniture.sofa, 7), ("armchair", furniture.armchair, 5),
    ("bed", furniture.bed, 4), ("bed", furniture.bed_front, 4), ("bookshelf", furniture.shelf, 5), ("wardrobe", furniture.wardrobe, 4),
    ("chest of drawers", furniture.drawers, 4), ("floor lamp", furniture.floor_lamp, 5),
    ("table lamp", furniture.table_lamp, 4), ("ceiling lamp", furniture.ceiling_lamp, 5), ("window", furniture.window, 6),
    ("door", furniture.door, 4), ("curtain", furniture.curtain, 4), ("rug", furniture.rug, 5), ("picture", furniture.picture, 6),
    ("mirror", furniture.mirror, 4), ("wall clock", furniture.wall_clock, 3), ("fridge", household.fridge, 4),
    ("stove", household.stove, 4), ("sink", household.sink, 4), ("washing machine", household.washing_machine, 2),
    ("wall cabinet", household.wall_cabinet, 4), ("counter", household.counter, 4), ("fence", town.fence, 6),
    ("bench", town.bench, 5), ("street lamp", town.street_lamp, 5), ("traffic light", town.traffic_light, 4),
    ("road sign", town.road_sign, 4), ("fire hydrant", town.hydrant, 3),
    ("apartment building", town.tower_block, 6), ("skyscraper", town.skyscraper, 6), ("house", town.house, 7),
    ("barn", town.barn, 4), ("windmill", town.windmill, 4), ("lighthouse", town.lighthouse, 4),
    ("tree", nature.tree, 10), ("pine tree", nature.pine, 6), ("bush", nature.bush, 6), ("rock", nature.rock, 6),
    ("potted plant", household.pot_plant, 6), ("vase", household.vase, 6), ("hay bale", nature.hay_bale, 3),
    ("crate", household.crate, 4), ("market stall", town.stall, 5), ("pier", town.pier, 3), ("bridge", town.bridge, 4),
    ("swing", town.swing, 4), ("seesaw", town.seesaw, 3), ("blackboard", household.blackboard, 4),
    ("piano", household.piano, 2), ("buoy", nature.buoy, 3), ("sand castle", nature.sand_castle, 4),
    ("surfboard", nature.surfboard, 3), ("beach ball", nature.beach_ball, 3), ("plate", household.plate, 4),
    ("bottle", household.bottle, 4), ("towel", household.towel, 3), ("cushion", furniture.cushion, 2),
    ("nightstand", furniture.nightstand, 4), ("radiator", furniture.radiator, 2), ("fireplace", furniture.fireplace, 3),
)  # fmt: skip


def all_drawings() -> Iterator[dict[str, Any]]:
    """Every drawing in both styles, as the fields of the builder's `Drawing`."""
    for number, (name, draw, count) in enumerate(DRAWINGS):
        for index in range(count):
            for ink in (False, True):
                # The two styles draw different numbers, so that no silhouette comes twice.
                pen = Pen(ink)
                draw(pen, random.Random(f"{name}-{number}-{index}-{ink}"))
                style = "ink" if ink else "flat"
                yield {
                    "id": f"{style}/{name.replace(' ', '-')}-{number}-{index}",
                    "name": name,
                    "pose": "",
                    "style": style,
                    "faces": "front",
                    "source": "own",
                    "design": f"{number}-{index}",
                    "svg": pen.svg(),
                }
    yield from draw_people(Pen)
