"""Fixed arrangements: a laid table, a kitchen front, a bench with people, a bed in a room."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.data.world_placing import Placed, Placer

FOOD = "drinks/fruit/cakes/meals/bakery/crockery/pots/bottles/vases/candles/vegetables"


def _ground_rows(placer: Placer, zone: tuple[float, float]) -> float | None:
    area = placer.stage.areas.get("ground")
    if area is None or not area.any():
        return None
    rows = np.flatnonzero(area.any(axis=1))
    low, high = float(rows[0]), float(rows[-1])
    return low + (high - low) * placer.rng.uniform(*zone)


def _wall_foot(placer: Placer) -> float | None:
    wall = placer.stage.wall
    return (
        None
        if wall is None
        else wall.bottom + placer.rng.uniform(0.015, 0.045) * placer.stage.height
    )


def dining_table(placer: Placer) -> None:
    """A table with things on it, chairs at its ends, perhaps somebody sitting there."""
    rng, stage = placer.rng, placer.stage
    base = _ground_rows(placer, (0.25, 0.7))
    if base is None:
        return
    table = placer.stand("tables", x=stage.width * rng.uniform(0.35, 0.65), base=base)
    if table is None:
        return
    placer.focus, placer.focus_row = table.centre, table.base
    half = table.box.width / 2
    for side in (-1, 1):
        if rng.random() < 0.75:
            chair = placer.stand(
                "chairs",
                x=table.centre + side * half * rng.uniform(0.95, 1.25),
                base=base - 0.02 * stage.height,
                flip=side < 0,
                check=False,
                depth=table.depth - 1,
            )
            if chair is not None and not 0 <= chair.centre < stage.width:
                placer.placed.remove(chair)
    placer.stack(table, FOOD, rng.randint(2, 4))


def kitchen_front(placer: Placer) -> None:
    """Fridge, stove, counters and sink side by side against the wall, cabinets above."""
    rng, stage = placer.rng, placer.stage
    base = _wall_foot(placer)
    wall = stage.wall
    if base is None or wall is None:
        return
    order = rng.sample(["fridges", "stoves", "counters", "sinks", "counters"], rng.randint(2, 4))
    x = stage.width * rng.uniform(0.0, 0.25)
    tops: list[Placed] = []
    for groups in order:
        thing = placer.stand(groups, x=x, base=base, check=False, left=True)
        if thing is None:
            continue
        x = thing.box.right + rng.uniform(0, 0.015) * stage.width
        if groups in ("counters", "stoves"):
            tops.append(thing)
    for top in tops:
        if top.kind.name == "counter" and rng.random() < 0.9:
            placer.stack(top, FOOD, rng.randint(1, 3))
        if rng.random() < 0.5:
            low = wall.bottom - 1.5 * stage.scale(wall.bottom)
            placer.hang("wall cabinets", x=top.centre, bottom=low, depth=-300)


def sofa_corner(placer: Placer) -> None:
    """A sofa or armchairs, a low table before them with something on it."""
    rng, stage = placer.rng, placer.stage
    base = _wall_foot(placer)
    if base is None:
        return
    sofa = placer.stand(
        "sofas/sofas/armchairs",
        x=stage.width * rng.uniform(0.3, 0.7),
        base=base + rng.uniform(0, 0.06) * stage.height,
    )
    if sofa is None:
        return
    placer.focus = sofa.centre
    if rng.random() < 0.4:
        side = rng.choice((-1, 1))
        placer.stand(
            "armchairs/floor lamps/potted plants/floor lamps",
            base=base,
            x=sofa.centre + side * sofa.box.width * rng.uniform(0.68, 0.85),
        )
    if rng.random() < 0.6:
        low = placer.stand(
            "coffee tables",
            x=sofa.centre + rng.uniform(-0.1, 0.1) * sofa.box.width,
            base=min(base + 0.13 * stage.height, stage.height - 3),
        )
        if low is not None:
            placer.stack(
                low, "drinks/books/vases/fruit/bouquets/candles/crockery", rng.randint(1, 3)
            )


def bed(placer: Placer) -> None:
    rng, stage = placer.rng, placer.stage
    base = _wall_foot(placer)
    if base is None:
        return
    thing = placer.stand(
        "beds",
        x=stage.width * rng.uniform(0.35, 0.65),
        base=base + rng.uniform(0.02, 0.1) * stage.height,
    )
    if thing is None:
        return
    placer.focus, placer.focus_row = thing.centre, thing.base
    for side in (-1, 1):
        if rng.random() < 0.55:
            stand = placer.stand(
                "nightstands",
                base=base,
                x=thing.centre + side * thing.box.width * 0.5 + side * 0.09 * stage.width,
            )
            if stand is not None and rng.random() < 0.8:
                placer.stack(stand, "table lamps/clocks/books/vases/drinks", 1)


def desk(placer: Placer) -> None:
    """A desk with a computer and papers, a chair before it."""
    rng, stage = placer.rng, placer.stage
    base = _ground_rows(placer, (0.1, 0.45))
    if base is None:
        return
    table = placer.stand("desks", x=stage.width * rng.uniform(0.35, 0.65), base=base)
    if table is None:
        return
    placer.focus, placer.focus_row = table.centre, table.base
    placer.stack(
        table,
        "computers/computers/books/table lamps/office machines/drinks/small plants",
        rng.randint(2, 4),
    )
    if rng.random() < 0.75:
        placer.stand(
            "office chairs/chairs",
            x=table.centre + rng.uniform(-0.25, 0.25) * table.box.width,
            base=min(base + 0.08 * stage.height, stage.height - 2.0),
            check=False,
        )


def school_desks(placer: Placer) -> None:
    rng, stage = placer.rng, placer.stage
    base = _ground_rows(placer, (0.25, 0.6))
    if base is None:
        return
    for x in rng.sample((0.22, 0.5, 0.78), rng.randint(1, 3)):
        table = placer.stand(
            "desks/tables", x=stage.width * (x + rng.uniform(-0.03, 0.03)), base=base, metres=0.75
        )
        if table is None:
            continue
        placer.stack(table, "books/school things/books/computers", rng.randint(1, 2))
        if rng.random() < 0.5:
            placer.stand(
                "chairs",
                x=table.centre + rng.uniform(-0.2, 0.2) * table.box.width,
                base=min(base + 0.06 * stage.height, stage.height - 2.0),
                check=False,
            )


def television(placer: Placer) -> None:
    """A chest of drawers with a television on it."""
    rng, stage = placer.rng, placer.stage
    base = _wall_foot(placer)
    if base is None:
        return
    chest = placer.stand("drawers", x=stage.width * rng.choice((0.15, 0.85)), base=base, metres=0.7)
    if chest is not None:
        placer.stack(chest, "televisions", 1)


def shop_table(placer: Placer) -> None:
    rng, stage = placer.rng, placer.stage
    base = _ground_rows(placer, (0.2, 0.6))
    if base is None:
        return
    table = placer.stand("tables/counters", x=stage.width * rng.uniform(0.3, 0.7), base=base)
    if table is not None:
        placer.stack(table, "shoes/hats/bags/glasses/shoes", rng.randint(2, 4))


def bench(placer: Placer) -> None:
    """A bench, perhaps with somebody beside it or a bird on its back."""
    rng, stage = placer.rng, placer.stage
    base = _ground_rows(placer, (0.2, 0.6))
    if base is None:
        return
    thing = placer.stand(
        "benches", x=placer.focus + rng.uniform(-0.1, 0.1) * stage.width, base=base
    )
    if thing is None:
        return
    placer.focus, placer.focus_row = thing.centre, thing.base + 0.03 * stage.height
    if rng.random() < 0.3:
        placer.stack(thing, "ground birds", 1)


def beach_place(placer: Placer) -> None:
    """A parasol with a towel under it."""
    rng, stage = placer.rng, placer.stage
    base = _ground_rows(placer, (0.35, 0.8))
    if base is None:
        return
    shade = placer.stand("parasols", x=placer.focus, base=base)
    if shade is None:
        return
    placer.focus_row = base + 0.02 * stage.height
    placer.stand(
        "towels",
        x=shade.centre + rng.uniform(-0.3, 0.3) * shade.box.width,
        base=min(base + 0.05 * stage.height, stage.height - 2.0),
        check=False,
    )


def crates(placer: Placer) -> None:
    """Crates and baskets with goods before the stalls."""
    rng, stage = placer.rng, placer.stage
    base = _ground_rows(placer, (0.3, 0.75))
    if base is None:
        return
    x = stage.width * rng.uniform(0.15, 0.5)
    for _ in range(rng.randint(1, 3)):
        thing = placer.stand("crates/barrels/crates/baskets/tables", x=x, base=base)
        if thing is None:
            x += 0.15 * stage.width
            continue
        if thing.kind.name in ("crate", "table", "box"):
            placer.stack(thing, "fruit/vegetables/bakery", 2 if thing.kind.name != "table" else 4)
        x = thing.box.right + 0.09 * stage.width


SETS: dict[str, Callable[[Placer], None]] = {
    "dining table": dining_table,
    "kitchen front": kitchen_front,
    "sofa corner": sofa_corner,
    "bed": bed,
    "desk": desk,
    "school desks": school_desks,
    "television": television,
    "shop table": shop_table,
    "bench": bench,
    "beach place": beach_place,
    "crates": crates,
}
