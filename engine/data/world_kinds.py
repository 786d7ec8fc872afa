# ruff: noqa: E501  (a table reads best with one entry to a line)
"""Scene kinds: which stage, who comes, where, how many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Slot:
    """One entry of a cast.

    Attributes:
        groups: Names of groups divided by `/`, one is drawn for every thing (or once, `same`);
            a group named twice comes twice as often.
        count: Least and most.
        area: Name of a stage's area, or "sky", "air", "wall", "ceiling".
        zone: Share of the area's depth, 0 = far, 1 = near.
        chance: Of the slot coming at all.
        same: All of one class (a herd, a row of houses).
        near: Stay close to the things before, as a group.
        row: Spread evenly from left to right, at one depth.
        share: Wanted height as a share of the canvas, least and most.
    """

    groups: str
    count: tuple[int, int] = (1, 1)
    area: str = "ground"
    zone: tuple[float, float] = (0.0, 1.0)
    chance: float = 1.0
    same: bool = False
    near: bool = False
    row: bool = False
    share: tuple[float, float] = (0.07, 0.7)


@dataclass(frozen=True, slots=True)
class Set:
    """A fixed arrangement that the placer knows by name: a laid table, a kitchen front ..."""

    name: str
    chance: float = 1.0


@dataclass(frozen=True, slots=True)
class SceneKind:
    name: str
    stage: str
    phrases: tuple[str, ...]
    """How a caption says where: "in a park"."""
    cast: tuple[Slot | Set, ...]
    weight: float = 1.0
    options: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of the stage."""


def _outdoor_sky(*extra: Slot) -> tuple[Slot, ...]:
    return (
        Slot("sun", area="sky", chance=0.35),
        Slot("clouds", (1, 3), area="sky", chance=0.5),
        *extra,
    )


_FRONT = (0.25, 0.95)
_BACK = (0.0, 0.3)
_FOCUS = (0.2, 0.62)

SCENE_KINDS: tuple[SceneKind, ...] = (
    SceneKind("park", "open land", ("in a park", "in the park", "on a lawn in the park"), (
        *_outdoor_sky(Slot("balloons", area="sky", chance=0.25), Slot("sky animals", area="sky", chance=0.1)),
        Slot("trees/trees/bushes", (2, 5), zone=_BACK, share=(0.2, 0.7)),
        Slot("fountains/statues", zone=(0.1, 0.5), chance=0.2, share=(0.2, 0.5)),
        Slot("street lamps", (1, 2), zone=_BACK, chance=0.25, share=(0.3, 0.7)),
        Set("bench", 0.5),
        Slot("people", (1, 3), zone=_FRONT, share=_FOCUS),
        Slot("pets/pets/two-wheelers/balls/small animals/ground birds/wheelchairs", (1, 3), zone=_FRONT, near=True, chance=0.9),
        Slot("flowers/bushes", (1, 3), zone=(0.3, 1), same=True, chance=0.35),
    ), 1.5, {"far": "-/forest/hill/skyline", "way": "path/path/river"}),
    SceneKind("garden", "open land", ("in a garden", "in the garden", "in the back yard"), (
        *_outdoor_sky(Slot("flyers", (1, 3), area="air", chance=0.4)),
        Slot("houses", zone=_BACK, chance=0.5, share=(0.35, 0.75)),
        Slot("fences", (2, 4), zone=(0.02, 0.2), row=True, same=True, chance=0.6, share=(0.1, 0.4)),
        Slot("trees/bushes", (1, 3), zone=_BACK, share=(0.2, 0.7)),
        Slot("flowers", (2, 5), zone=_FRONT, same=True, share=(0.12, 0.4)),
        Slot("people", (0, 2), zone=_FRONT, share=_FOCUS),
        Slot("pets/small animals/bugs/poultry/carts/buckets/ladders/garden lanterns/baskets", (1, 3), zone=_FRONT, near=True),
        Slot("wild plants/potted plants", (1, 2), zone=_FRONT, chance=0.4, same=True),
    ), 1.2, {"way": "path"}),
    SceneKind("playground", "open land", ("on a playground", "at the playground"), (
        *_outdoor_sky(Slot("balloons", area="sky", chance=0.25)),
        Slot("trees", (1, 3), zone=_BACK, share=(0.25, 0.7)),
        Slot("fences", (2, 4), zone=(0.02, 0.15), row=True, same=True, chance=0.4, share=(0.1, 0.35)),
        Slot("playground things", (1, 3), zone=(0.1, 0.6), share=(0.2, 0.55)),
        Slot("children/children/children/grown-ups", (1, 4), zone=_FRONT, share=_FOCUS),
        Slot("balls/toys/two-wheelers/sand toys/pets/rackets", (1, 2), zone=_FRONT, near=True),
        Set("bench", 0.25),
    ), 1.0, {"ground": "grass/sand/earth", "far": "-/forest/skyline"}),
    SceneKind("street", "street", ("in a street", "on the street", "in a small town"), (
        *_outdoor_sky(),
        Slot("town houses/houses", (2, 4), area="back", zone=(0.4, 1), row=True, share=(0.3, 0.85)),
        Slot("trees/street lamps/street things/bins/signs/traffic lights", (1, 3), area="walk", share=(0.12, 0.6)),
        Slot("cars/cars/vans/buses/trucks/motorbikes/two-wheelers", (1, 3), area="road", share=(0.12, 0.55)),
        Slot("people", (0, 2), area="walk", share=(0.15, 0.5)),
        Slot("people/people/pets/luggage/wheelchairs/signs", (0, 2), area="front", share=(0.3, 0.6)),
    ), 1.6),
    SceneKind("city", "street", ("in a city", "in the city", "downtown"), (
        *_outdoor_sky(Slot("aircraft", area="sky", chance=0.15)),
        Slot("skyscrapers/skyscrapers/town houses", (3, 5), area="back", zone=(0.1, 1), row=True, share=(0.4, 0.95)),
        Slot("traffic lights/signs/street lamps/street things", (1, 2), area="walk", share=(0.15, 0.6)),
        Slot("cars/buses/cars/vans/trucks/buses", (1, 3), area="road", share=(0.15, 0.5)),
        Slot("people", (1, 3), area="walk", share=(0.15, 0.45)),
    ), 1.2, {"far": "skyline"}),
    SceneKind("beach", "shore", ("on a beach", "at the beach", "by the sea"), (
        *_outdoor_sky(Slot("sky animals/balloons/aircraft", area="sky", chance=0.3)),
        Slot("boats", (1, 2), area="water", zone=(0.05, 0.7), chance=0.6, share=(0.1, 0.4)),
        Slot("swimmers/buoys", area="water", zone=(0.2, 0.9), chance=0.2, share=(0.06, 0.2)),
        Slot("palms/rocks", (1, 2), zone=(0, 0.5), chance=0.55, share=(0.15, 0.75)),
        Set("beach place", 0.5),
        Slot("people", (1, 3), zone=(0.1, 0.9), share=_FOCUS),
        Slot("sand toys/balls/surfboards/pets/waterside animals/ground birds", (1, 3), zone=_FRONT, near=True),
    ), 1.4),
    SceneKind("sea", "water", ("at sea", "on the open sea", "on the water"), (
        *_outdoor_sky(Slot("sky animals", (1, 2), area="sky", chance=0.3)),
        Slot("ships/lighthouses", area="water", zone=(0.02, 0.3), chance=0.45, share=(0.15, 0.5)),
        Slot("boats", (1, 4), area="water", zone=(0.05, 0.8), share=(0.1, 0.55)),
        Slot("swimmers/buoys/water people", (0, 2), area="water", zone=(0.3, 0.9), share=(0.1, 0.45)),
    ), 0.9),
    SceneKind("harbour", "water", ("in a harbour", "in the harbour", "at the docks"), (
        *_outdoor_sky(Slot("sky animals", area="sky", chance=0.2)),
        Slot("piers", area="water", zone=(0.1, 0.4), chance=0.4, share=(0.15, 0.35)),
        Slot("ships/ships/boats", (1, 2), area="water", zone=(0.02, 0.4), share=(0.2, 0.55)),
        Slot("boats/buoys", (1, 3), area="water", zone=(0.1, 0.9), share=(0.12, 0.5)),
        Slot("people/anchors/barrels/crates/ground birds/signs", (1, 3), area="ground", share=(0.1, 0.5)),
    ), 0.9, {"far": "skyline/hill/mountain"}),
    SceneKind("lake", "shore", ("by a lake", "at the lake", "at a mountain lake"), (
        *_outdoor_sky(Slot("sky animals", area="sky", chance=0.2)),
        Slot("boats/water birds/water birds/bridges", (1, 3), area="water", zone=(0.15, 0.9), share=(0.06, 0.35)),
        Slot("trees/trees/rocks/tents", (1, 4), zone=(0, 0.4), share=(0.2, 0.75)),
        Slot("people/forest animals/pets", (1, 2), zone=_FRONT, share=(0.15, 0.6)),
        Slot("campfires/logs/wild plants/waterside animals/baskets", (0, 2), zone=_FRONT, near=True),
    ), 0.9, {"far": "mountain/mountain/forest/hill/mountain+forest", "ground": "grass"}),
    SceneKind("mountains", "open land", ("in the mountains", "below a mountain", "on a mountain pasture"), (
        *_outdoor_sky(Slot("sky animals/balloons", area="sky", chance=0.3)),
        Slot("trees/rocks", (2, 5), zone=(0, 0.5), share=(0.15, 0.6)),
        Slot("houses/huts/tents/castles", zone=(0, 0.3), chance=0.4, share=(0.2, 0.5)),
        Slot("people/livestock/forest animals", (1, 3), zone=_FRONT, share=_FOCUS, same=True),
    ), 0.9, {"far": "mountain/mountain/mountain+hill", "ground": "grass/grass/earth"}),
    SceneKind("forest", "open land", ("in a forest", "in the woods", "at the edge of a wood"), (
        Slot("trees", (3, 6), zone=(0, 0.55), share=(0.35, 0.95)),
        Slot("bare trees", zone=(0, 0.5), chance=0.2, share=(0.3, 0.8)),
        Slot("forest animals/forest animals/forest animals/forest animals/people/people/dinosaurs", (1, 3), zone=_FRONT, share=(0.12, 0.6)),
        Slot("wild plants/logs/rocks/small animals/bushes/bugs", (1, 4), zone=_FRONT, share=(0.08, 0.35)),
        Slot("flyers", (1, 2), area="air", chance=0.25),
    ), 1.1, {"far": "forest", "way": "path/river"}),
    SceneKind("farm", "open land", ("on a farm", "on the farm", "in a farm yard"), (
        *_outdoor_sky(),
        Slot("barns/barns/houses/windmills", (1, 2), zone=_BACK, share=(0.3, 0.7)),
        Slot("trees/hay", (1, 3), zone=(0, 0.5), share=(0.1, 0.55)),
        Slot("fences", (2, 4), zone=(0.1, 0.3), row=True, same=True, chance=0.5, share=(0.1, 0.35)),
        Slot("livestock", (1, 3), zone=(0.15, 0.9), same=True, share=(0.15, 0.5)),
        Slot("poultry", (1, 4), zone=_FRONT, same=True, chance=0.5, share=(0.1, 0.3)),
        Slot("people/tractors/scarecrows/carts/pets", (1, 2), zone=_FRONT, share=(0.2, 0.6)),
        Slot("buckets/crates/pumpkins/ladders", (0, 2), zone=_FRONT),
    ), 1.2, {"ground": "grass/grass/earth", "far": "-/hill/forest", "way": "path"}),
    SceneKind("field", "open land", ("in a field", "in the countryside", "out in the country"), (
        *_outdoor_sky(Slot("balloons", (1, 2), area="sky", chance=0.4), Slot("sky animals", area="sky", chance=0.2)),
        Slot("trees/windmills/houses/castles", (1, 2), zone=_BACK, chance=0.8, share=(0.2, 0.6)),
        Slot("livestock/hay/tractors/scarecrows", (1, 4), zone=(0.1, 0.9), same=True, share=(0.12, 0.5)),
        Slot("people", (0, 2), zone=_FRONT, share=_FOCUS),
        Slot("flowers/wild plants", (2, 4), zone=_FRONT, same=True, chance=0.5, share=(0.12, 0.35)),
        Slot("trains", area="ground", zone=(0.05, 0.3), chance=0.15, share=(0.15, 0.4)),
    ), 0.9, {"ground": "field/grass", "far": "hill/-/mountain", "way": "path/road/river"}),
    SceneKind("desert", "open land", ("in a desert", "in the desert"), (
        Slot("sun", area="sky", chance=0.7), Slot("clouds", area="sky", chance=0.15),
        Slot("cactuses/rocks/palms", (2, 4), zone=(0, 0.8), share=(0.12, 0.6)),
        Slot("desert animals/desert animals/desert animals/people/people/tents/cars/dinosaurs", (1, 3), zone=_FRONT, share=(0.15, 0.6)),
        Slot("sky animals", area="sky", chance=0.2),
    ), 0.8, {"ground": "sand/sand/earth", "far": "dune/-/mountain/dune"}),
    SceneKind("savanna", "open land", ("in the savanna", "in a zoo", "on a dry plain"), (
        Slot("sun", area="sky", chance=0.5), Slot("clouds", area="sky", chance=0.3),
        Slot("trees/bushes/rocks", (1, 3), zone=(0, 0.4), share=(0.15, 0.6)),
        Slot("savanna animals", (1, 3), zone=(0.05, 0.7), same=True, share=(0.2, 0.65)),
        Slot("savanna animals", (1, 2), zone=(0.1, 0.9), same=True, chance=0.6, share=(0.2, 0.6)),
        Slot("ground birds/waterside animals/desert animals", (0, 2), zone=_FRONT, share=(0.1, 0.3)),
    ), 1.0, {"ground": "field/earth/grass", "far": "-/hill/mountain"}),
    SceneKind("snow", "open land", ("in the snow", "on a snowy day", "in winter"), (
        Slot("clouds", (1, 2), area="sky", chance=0.5), Slot("sun", area="sky", chance=0.2),
        Slot("trees/trees/bare trees/houses/huts", (2, 4), zone=_BACK, share=(0.2, 0.7)),
        Slot("snow things", (1, 2), zone=(0.2, 0.9), chance=0.6, share=(0.2, 0.5)),
        Slot("winter people", (1, 3), zone=_FRONT, share=_FOCUS),
        Slot("sleds/pets/polar animals/gifts/christmas trees", (1, 2), zone=_FRONT, near=True, chance=0.7),
        Slot("polar animals", (1, 4), zone=_FRONT, same=True, chance=0.3, share=(0.15, 0.45)),
    ), 1.0, {"ground": "snow", "far": "mountain/forest/-/hill"}),
    SceneKind("night", "open land", ("at night", "on a clear night", "under the night sky"), (
        Slot("moon", area="sky", chance=0.75), Slot("stars", (1, 5), area="sky", same=True, chance=0.7),
        Slot("spacecraft/flyers", area="sky", chance=0.12),
        Slot("trees/houses/castles/landmarks", (1, 3), zone=_BACK, share=(0.2, 0.7)),
        Slot("street lamps/tents/garden lanterns", (1, 2), zone=(0.1, 0.5), chance=0.4, share=(0.12, 0.6)),
        Slot("people/forest animals/pets/pumpkins", (1, 3), zone=_FRONT, share=(0.15, 0.6)),
        Slot("campfires", zone=_FRONT, chance=0.35, near=True),
    ), 0.9, {"night": True, "ground": "grass/earth/snow", "far": "-/hill/mountain/forest/skyline"}),
    SceneKind("sky", "high sky", ("in the sky", "high in the sky", "up in the air"), (
        Slot("clouds", (2, 5), area="sky"), Slot("sun", area="sky", chance=0.6),
        Slot("aircraft/balloons/sky animals", (1, 4), area="sky"),
    ), 0.6),
    SceneKind("space", "high sky", ("in the night sky", "among the stars"), (
        Slot("stars", (3, 7), area="sky", same=True), Slot("moon", area="sky", chance=0.7),
        Slot("spacecraft", (1, 2), area="sky"),
    ), 0.35, {"night": True}),
    SceneKind("camp", "open land", ("at a camp site", "camping in the woods"), (
        *_outdoor_sky(),
        Slot("trees", (2, 4), zone=_BACK, share=(0.3, 0.85)),
        Slot("tents", (1, 2), zone=(0.15, 0.5), share=(0.2, 0.45)),
        Slot("campfires", zone=(0.3, 0.8), chance=0.7, share=(0.1, 0.25)),
        Slot("people/people/pets", (1, 3), zone=_FRONT, near=True, share=_FOCUS),
        Slot("logs/luggage/instruments/baskets/garden lanterns/ladders", (0, 2), zone=_FRONT, near=True),
    ), 0.8, {"far": "forest/mountain/forest+-", "way": "path"}),
    SceneKind("fair", "open land", ("at a fair", "at the fair", "in an amusement park"), (
        *_outdoor_sky(Slot("balloons", (1, 3), area="sky", chance=0.7)),
        Slot("rides/circus/rides/arenas", (1, 3), zone=(0, 0.25), share=(0.3, 0.8)),
        Slot("stalls", (1, 2), zone=(0.1, 0.5), chance=0.5, share=(0.2, 0.45)),
        Slot("people", (1, 4), zone=_FRONT, share=_FOCUS),
        Slot("toys/pets/street lamps", (0, 2), zone=_FRONT, near=True),
    ), 0.7, {"ground": "square/grass", "far": "-/skyline/forest"}),
    SceneKind("market", "open land", ("at a market", "at the market", "on the market square"), (
        Slot("clouds", area="sky", chance=0.3),
        Slot("town houses/houses", (1, 3), zone=(0, 0.12), row=True, share=(0.35, 0.8)),
        Slot("stalls", (1, 3), zone=(0.15, 0.5), row=True, share=(0.25, 0.5)),
        Set("crates", 0.9),
        Slot("people", (1, 3), zone=_FRONT, share=_FOCUS),
        Slot("baskets/luggage/carts/pets/barrels", (1, 2), zone=_FRONT, near=True),
    ), 0.8, {"ground": "square", "far": "-"}),
    SceneKind("square", "open land", ("on a square", "in front of the buildings", "in town"), (
        *_outdoor_sky(),
        Slot("town houses/castles/landmarks/factories/skyscrapers", (1, 3), zone=(0, 0.12), row=True, share=(0.35, 0.8)),
        Slot("fountains/statues/street lamps/trees", (1, 2), zone=(0.1, 0.5), share=(0.25, 0.65)),
        Set("bench", 0.4),
        Slot("people", (1, 3), zone=_FRONT, share=_FOCUS),
        Slot("ground birds/pets/two-wheelers/bins", (1, 3), zone=_FRONT, near=True),
    ), 0.8, {"ground": "square", "far": "-/skyline"}),
    SceneKind("under water", "under water", ("under water", "in the sea", "at the bottom of the sea"), (
        Slot("sea animals/sea animals", (2, 5), area="air", share=(0.08, 0.4)),
        Slot("sea animals", (1, 4), area="air", same=True, chance=0.6, share=(0.08, 0.3)),
        Slot("sea floor animals/rocks/anchors/sand toys", (1, 3), share=(0.08, 0.3)),
        Slot("crates", chance=0.15, share=(0.1, 0.25)),
    ), 0.6),
    SceneKind("kitchen", "room", ("in a kitchen", "in the kitchen"), (
        Set("kitchen front"), Slot("ceiling lamps", area="ceiling", chance=0.4),
        Slot("windows/wall clocks/pans", (0, 2), area="wall"),
        Set("dining table", 0.65),
        Slot("people", (0, 1), zone=(0.3, 0.9), share=(0.35, 0.75)),
        Slot("pets/bins/stools/brooms/baskets/crates", (0, 2), zone=(0.2, 0.9)),
    ), 1.3),
    SceneKind("dining room", "room", ("in a dining room", "in the dining room"), (
        Slot("windows/pictures/wall clocks", (1, 3), area="wall"), Slot("ceiling lamps/ceiling lamps/paper lanterns", area="ceiling", chance=0.6),
        Slot("drawers/bookshelves/potted plants", (0, 2), area="wallside", share=(0.15, 0.7)),
        Set("dining table"),
        Slot("people/pets", (0, 2), zone=(0.3, 0.9), share=(0.2, 0.75)),
    ), 0.9),
    SceneKind("living room", "room", ("in a living room", "in the living room"), (
        Slot("pictures/windows/mirrors/wall clocks/curtains", (1, 3), area="wall"), Slot("ceiling lamps", area="ceiling", chance=0.25),
        Slot("rugs", zone=(0.35, 0.6), chance=0.45, share=(0.05, 0.25)),
        Slot("floor lamps/bookshelves/potted plants/fireplaces/drawers/pianos", (1, 2), area="wallside", share=(0.15, 0.75)),
        Set("sofa corner"),
        Set("television", 0.3),
        Slot("people", (0, 2), zone=(0.25, 0.9), share=(0.3, 0.75)),
        Slot("pets/toys/cushions/balls", (0, 2), zone=(0.35, 0.95), near=True),
    ), 1.4),
    SceneKind("bedroom", "room", ("in a bedroom", "in the bedroom"), (
        Slot("windows/pictures/mirrors/curtains", (1, 2), area="wall"), Slot("ceiling lamps", area="ceiling", chance=0.25),
        Set("bed"),
        Slot("wardrobes/drawers/ironing boards/potted plants/floor lamps", (0, 2), area="wallside", share=(0.2, 0.8)),
        Slot("rugs", zone=(0.45, 0.8), chance=0.3, share=(0.05, 0.25)),
        Slot("people", (0, 1), zone=(0.35, 0.95), share=(0.3, 0.75)),
        Slot("pets/toys/luggage/cushions", (0, 2), zone=(0.4, 0.95)),
    ), 1.1),
    SceneKind("bathroom", "room", ("in a bathroom", "in the bathroom"), (
        Slot("windows/mirrors", (1, 2), area="wall"),
        Slot("bathtubs/toilets/sinks", (2, 3), area="wallside", share=(0.2, 0.6)),
        Slot("washers/potted plants/radiators", (0, 1), area="wallside", share=(0.2, 0.5)),
        Slot("rugs/towels", zone=(0.3, 0.7), chance=0.4, share=(0.05, 0.2)),
        Slot("people/pets/buckets/bins/stools", (0, 2), zone=(0.3, 0.95)),
    ), 0.8),
    SceneKind("office", "room", ("in an office", "in the office", "at work"), (
        Slot("windows/pictures/wall clocks/blackboards", (1, 2), area="wall"), Slot("ceiling lamps", area="ceiling", chance=0.3),
        Slot("bookshelves/file cabinets/potted plants/doors", (1, 2), area="wallside", share=(0.2, 0.75)),
        Set("desk"),
        Slot("grown-ups", (0, 2), zone=(0.25, 0.9), share=(0.35, 0.75)),
        Slot("bins/luggage/fire extinguishers/potted plants", (0, 2), zone=(0.2, 0.8)),
    ), 1.0),
    SceneKind("classroom", "room", ("in a classroom", "at school"), (
        Slot("blackboards", area="wall"), Slot("windows/wall clocks/pictures", (0, 2), area="wall"),
        Slot("bookshelves/doors/potted plants", (0, 1), area="wallside", share=(0.2, 0.8)),
        Set("school desks"),
        Slot("children/children/grown-ups", (1, 3), zone=(0.2, 0.95), share=(0.3, 0.7)),
        Slot("luggage/bins", (0, 1), zone=(0.4, 0.95)),
    ), 0.8),
    SceneKind("playroom", "room", ("in a playroom", "in the children's room"), (
        Slot("windows/pictures/curtains", (1, 2), area="wall"),
        Slot("drawers/bookshelves/beds/wardrobes", (1, 2), area="wallside", share=(0.2, 0.75)),
        Slot("rugs", zone=(0.35, 0.7), chance=0.5, share=(0.05, 0.25)),
        Slot("children", (1, 2), zone=(0.25, 0.9), share=(0.3, 0.65)),
        Slot("toys/balls/pets/plush", (2, 4), zone=(0.3, 0.98), near=True, share=(0.08, 0.35)),
    ), 0.8),
    SceneKind("music room", "room", ("in a music room", "on a small stage"), (
        Slot("pictures/curtains/windows", (1, 2), area="wall"),
        Slot("pianos", area="wallside", chance=0.4, share=(0.25, 0.6)),
        Slot("instruments", (2, 4), zone=(0.1, 0.9), share=(0.15, 0.6)),
        Slot("people", (1, 3), zone=(0.15, 0.9), share=(0.35, 0.7)),
        Slot("chairs/stools", (0, 2), zone=(0.1, 0.9)),
    ), 0.6),
    SceneKind("clothes shop", "room", ("in a clothes shop", "in a shop", "in a fashion store"), (
        Slot("hung clothes", (2, 4), area="wall"), Slot("mirrors", area="wall", chance=0.4),
        Set("shop table", 0.8),
        Slot("wardrobes/doors/bookshelves", (0, 1), area="wallside", share=(0.3, 0.8)),
        Slot("people", (1, 2), zone=(0.2, 0.9), share=(0.35, 0.75)),
        Slot("luggage", (0, 2), zone=(0.3, 0.9)),
    ), 0.6),
    SceneKind("station", "street", ("at a station", "at a bus stop", "at the gas station"), (
        *_outdoor_sky(),
        Slot("town houses/factories/trees", (1, 3), area="back", zone=(0.4, 1), row=True, share=(0.3, 0.8)),
        Slot("signs/street things/street lamps/bins", (1, 2), area="walk", share=(0.15, 0.6)),
        Slot("trains/buses/motorbikes", (1, 2), area="road", share=(0.25, 0.6)),
        Slot("people", (1, 3), area="walk", share=(0.2, 0.5)),
        Slot("luggage/people", (0, 2), area="front", share=(0.15, 0.6)),
    ), 0.5),
    SceneKind("still life", "table top", ("on a table", "on the table", "on a kitchen table"), (
        Slot("drinks/bottles/pots/crockery/vases/candles", (1, 3), zone=(0, 0.5), share=(0.2, 0.6)),
        Slot("fruit/vegetables/meals/cakes/bakery", (2, 5), zone=(0.2, 1), share=(0.12, 0.5)),
        Slot("fruit/vegetables/bakery/cakes", (2, 4), zone=(0.3, 1), same=True, chance=0.5, share=(0.12, 0.4)),
        Slot("knives/clocks/small plants", (0, 1), zone=(0.1, 0.9)),
    ), 1.2),
    SceneKind("breakfast", "table top", ("at breakfast", "on the breakfast table"), (
        Slot("drinks/drinks/pots", (1, 3), zone=(0, 0.8), share=(0.2, 0.5)),
        Slot("bakery/bakery/crockery/cakes/fruit", (2, 5), zone=(0.2, 1), share=(0.12, 0.45)),
        Slot("vases/bouquets/candles", zone=(0, 0.3), chance=0.5, share=(0.3, 0.7)),
    ), 0.6),
    SceneKind("desk top", "table top", ("on a desk", "on the desk", "on a work table"), (
        Slot("computers/office machines/table lamps", (1, 2), zone=(0, 0.3), share=(0.3, 0.75)),
        Slot("books/school things/office machines/keys/glasses/clocks", (2, 5), zone=(0.2, 1), share=(0.12, 0.5)),
        Slot("drinks/small plants/trophies", (0, 2), zone=(0, 0.9), share=(0.2, 0.6)),
    ), 0.7),
    SceneKind("workbench", "table top", ("on a workbench", "in a workshop"), (
        Slot("tools", (3, 6), zone=(0.1, 1), share=(0.2, 0.55)),
        Slot("drinks/office machines/small instruments/washing things/keys", (0, 2), zone=(0, 0.6), share=(0.15, 0.5)),
    ), 0.4),
    SceneKind("wardrobe", "table top", ("on a shelf", "on a shop counter"), (
        Slot("shoes/hats/bags/glasses", (3, 6), zone=(0.1, 1), share=(0.2, 0.6)),
        Slot("plush/small instruments/trophies/clocks", (0, 2), zone=(0, 0.7), share=(0.2, 0.6)),
    ), 0.5),
)  # fmt: skip
"""What scenes there are; a kind is drawn by its weight."""
