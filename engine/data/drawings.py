"""Our own drawings: furniture, street things, trees and buildings that collections lack.

Every drawing is a small SVG made from numbers, so one function gives several silhouettes. Two
styles come out: "flat" (plain colours) and "ink" (the same kind of shapes with dark outlines).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from engine.data.drawn_people import draw_people

Colours = tuple[str, str, str]
"""Main, darker, lighter."""

WOODS: tuple[Colours, ...] = (
    ("#a9714b", "#7d4f31", "#c99a72"), ("#8a5a3b", "#5f3b25", "#b08560"),
    ("#c79a5b", "#94703d", "#e3c08d"), ("#e9e2d5", "#bfb5a3", "#ffffff"),
)  # fmt: skip
CLOTHS: tuple[Colours, ...] = (
    ("#4f7cac", "#345678", "#86abd1"), ("#c8553d", "#8f3526", "#e58f7a"),
    ("#588157", "#3a5a40", "#8fb98a"), ("#e0a458", "#a8742f", "#f3c98b"),
    ("#6d597a", "#4a3a55", "#9c88aa"), ("#7a8b99", "#53616d", "#aebbc6"),
)  # fmt: skip
LEAVES: tuple[Colours, ...] = (
    ("#4c9a4a", "#2f6b34", "#79bf6c"), ("#6aa84f", "#44752f", "#98cc7c"),
    ("#2f7d5b", "#1d5540", "#5ba985"), ("#d98b36", "#a5601b", "#efb36a"),
)  # fmt: skip
STONES: tuple[Colours, ...] = (
    ("#b7aea2", "#8a8277", "#d8d1c7"), ("#d9a18a", "#a96f59", "#efc7b5"),
    ("#c9c2a5", "#98916f", "#e6e0c8"), ("#8fa3b0", "#61747f", "#bccad3"),
)  # fmt: skip
METALS: tuple[Colours, ...] = (
    ("#8b959e", "#5b646c", "#b9c2ca"), ("#e8ecef", "#b3bcc4", "#ffffff"),
    ("#4a5560", "#2c343b", "#76838f"),
)  # fmt: skip


class Pen:
    """Collects shapes; `ink` puts a dark outline around each."""

    def __init__(self, ink: bool) -> None:
        self.shapes: list[str] = []
        self.edge = ' stroke="#2b2b2b" stroke-width="1.6" stroke-linejoin="round"' if ink else ""

    def rect(self, x: float, y: float, w: float, h: float, fill: str, r: float = 0) -> None:
        self.shapes.append(
            f'<rect x="{x:.2f}" y="{y:.2f}" width="{w:.2f}" height="{h:.2f}" rx="{r:.2f}" '
            f'fill="{fill}"{self.edge}/>'
        )

    def poly(self, points: list[tuple[float, float]], fill: str) -> None:
        text = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
        self.shapes.append(f'<polygon points="{text}" fill="{fill}"{self.edge}/>')

    def oval(self, x: float, y: float, rx: float, ry: float, fill: str) -> None:
        self.shapes.append(
            f'<ellipse cx="{x:.2f}" cy="{y:.2f}" rx="{rx:.2f}" ry="{ry:.2f}" '
            f'fill="{fill}"{self.edge}/>'
        )

    def path(self, d: str, fill: str) -> None:
        self.shapes.append(f'<path d="{d}" fill="{fill}"{self.edge}/>')

    def line(self, d: str, colour: str, width: float) -> None:
        if self.edge:
            self.shapes.append(
                f'<path d="{d}" fill="none" stroke="#2b2b2b" stroke-width="{width + 2.6}" '
                'stroke-linecap="round" stroke-linejoin="round"/>'
            )
        self.shapes.append(
            f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{width}" '
            'stroke-linecap="round" stroke-linejoin="round"/>'
        )

    def svg(self) -> str:
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-40 -40 280 280" '
            f'width="280" height="280">{"".join(self.shapes)}</svg>'
        )


Draw = Callable[[Pen, random.Random], None]


def table(p: Pen, r: random.Random) -> None:
    c, d, _ = r.choice(WOODS)
    w, h, t = r.uniform(120, 190), r.uniform(70, 100), r.uniform(7, 13)
    leg, inset = r.uniform(6, 13), r.uniform(2, 16)
    kind = r.randrange(3)
    if kind == 2:
        p.rect(w / 2 - leg / 2, t, leg, h - t, d)
        p.path(f"M{w / 2 - 34} {h}Q{w / 2} {h - 16} {w / 2 + 34} {h}z", d)
        p.oval(w / 2, t / 2, w / 2, t * 0.9, c)
        return
    splay = r.uniform(-6, 12) if kind else 0
    for x, s in ((inset, -splay), (w - inset - leg, splay)):
        p.poly([(x, t), (x + leg, t), (x + leg + s, h), (x + s, h)], d)
    if kind == 0:
        p.rect(inset, t, w - 2 * inset, t * 1.4, d)
    p.rect(0, 0, w, t, c, 2)


def coffee_table(p: Pen, r: random.Random) -> None:
    c, d, _ = r.choice(WOODS)
    w, h, t = r.uniform(130, 180), r.uniform(42, 60), r.uniform(7, 12)
    for x in (10, w - 20):
        p.rect(x, t, 9, h - t, d)
    if r.random() < 0.5:
        p.rect(10, h - 16, w - 20, 6, d)
    p.rect(0, 0, w, t, c, r.choice((1, 5)))


def desk(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(WOODS)
    w, h = r.uniform(150, 190), r.uniform(85, 100)
    side = w * r.uniform(0.28, 0.38)
    p.rect(4, 8, 8, h - 8, d)
    p.rect(w - side - 3, 8, side, h - 8, c)
    for i in range(3):
        y = 14 + i * (h - 18) / 3
        p.rect(w - side + 3, y, side - 12, (h - 18) / 3 - 5, light, 2)
        p.rect(w - side / 2 - 9, y + 7, 12, 3, d)
    p.rect(0, 0, w, 9, d, 2)


def chair(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(WOODS + CLOTHS)
    h, w, seat = r.uniform(120, 150), r.uniform(52, 66), r.uniform(58, 68)
    y = h - seat
    if r.random() < 0.5:  # from the side, facing left
        lean = r.uniform(0, 10)
        p.poly([(w - 7, y), (w, y), (w + lean, 0), (w + lean - 8, 0)], d)
        for x in (2, w - 9):
            p.rect(x, y, 7, seat, d)
        p.rect(2, y + seat * 0.55, w - 6, 4, d)
        p.rect(-2, y - 4, w + 4, 9, c, 3)
        return
    p.rect(2, 0, 7, h, d, 2)
    p.rect(w - 9, 0, 7, h, d, 2)
    for i in range(r.randrange(1, 4)):
        p.rect(7, 8 + i * 20, w - 14, 10, light, 2)
    p.poly([(4, y - 4), (w - 4, y - 4), (w + 3, y + 10), (-3, y + 10)], c)
    for x in (-2, w - 6):
        p.rect(x, y + 10, 8, seat - 8, d)


def stool(p: Pen, r: random.Random) -> None:
    c, d, _ = r.choice(WOODS + CLOTHS)
    h, w = r.uniform(60, 110), r.uniform(44, 60)
    for a, b in ((8, 0), (w - 8, w)):
        p.line(f"M{a} 8L{b} {h}", d, 6)
    p.line(f"M4 {h * 0.65}H{w - 4}", d, 4)
    p.rect(-2, 0, w + 4, 10, c, 5)


def sofa(p: Pen, r: random.Random) -> None:
    seats = r.choice((2, 2, 3))
    _couch(p, r, seats)


def armchair(p: Pen, r: random.Random) -> None:
    _couch(p, r, 1)


def _couch(p: Pen, r: random.Random, seats: int) -> None:
    c, d, light = r.choice(CLOTHS)
    unit, arm = r.uniform(52, 64), r.uniform(14, 24)
    w, h, back = seats * unit + 2 * arm, r.uniform(84, 104), r.uniform(0, 12)
    round_ = r.choice((4, 12, 20))
    for x in (arm * 0.5, w - arm * 0.5 - 6):
        p.rect(x, h - 6, 7, 14, "#5f3b25")
    p.rect(arm * 0.6, back, w - arm * 1.2, h - back - 10, d, round_)
    for i in range(seats):
        p.rect(arm + i * unit + 1, back + 8, unit - 2, h * 0.45, c, 6)
        p.rect(arm + i * unit, h * 0.55, unit, h * 0.22, light, 6)
    p.rect(arm * 0.5, h * 0.75, w - arm, h * 0.22, c, 4)
    top = h * r.uniform(0.32, 0.45)
    for x in (0, w - arm):
        p.rect(x, top, arm, h - top, d, round_ * 0.6)


def bed(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(CLOTHS)
    wood, dark, _ = r.choice(WOODS)
    w, h = r.uniform(180, 200), r.uniform(56, 74)
    head, foot = r.uniform(20, 45), r.uniform(0, 18)
    p.rect(0, -head, 9, h + head + 12, dark, 3)
    p.rect(w - 9, h * 0.35 - foot, 9, h * 0.65 + foot + 12, dark, 3)
    p.rect(5, h * 0.62, w - 10, h * 0.38, wood)
    p.rect(8, h * 0.36, w - 17, h * 0.34, "#f4f1ea", 5)
    p.rect(10, h * 0.14, w * 0.22, h * 0.26, "#ffffff", 8)
    p.path(f"M{w * 0.3} {h * 0.3}H{w - 9}V{h * 0.78}H{w * 0.3}q-10 {-h * 0.2} 0 {-h * 0.48}z", c)
    p.rect(w * 0.3, h * 0.3, 13, h * 0.48, light)


def bed_front(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(CLOTHS)
    wood, dark, _ = r.choice(WOODS)
    w, h = r.uniform(120, 170), r.uniform(60, 78)
    p.rect(0, -h * 0.45, w, h * 1.1, wood, r.choice((3, 18)))
    for x in (w * 0.1, w * 0.55):
        p.rect(x, -2, w * 0.35, 22, "#ffffff", 8)
    p.poly([(4, 18), (w - 4, 18), (w + 8, h), (-8, h)], c)
    p.poly([(2, 18), (w - 2, 18), (w, 30), (0, 30)], light)
    p.rect(-9, h, w + 18, 14, d, 3)
    for x in (-6, w - 4):
        p.rect(x, h + 14, 10, 10, dark)


def shelf(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(WOODS)
    w, rows = r.uniform(90, 150), r.randrange(3, 6)
    step = r.uniform(34, 42)
    h = rows * step + 8
    p.rect(0, 0, w, h, c)
    for i in range(rows):
        y = 7 + i * step
        p.rect(6, y, w - 12, step - 6, d)
        x = 8.0
        while x < w - 20:
            bw, bh = r.uniform(4, 11), r.uniform(0.55, 0.9) * (step - 6)
            if r.random() < 0.8:
                p.rect(x, y + step - 6 - bh, bw, bh, r.choice(CLOTHS)[r.randrange(3)])
            x += bw + 1


def wardrobe(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(WOODS)
    w, h = r.uniform(90, 130), r.uniform(170, 195)
    p.rect(6, h - 6, 8, 12, d)
    p.rect(w - 14, h - 6, 8, 12, d)
    p.rect(0, 0, w, h, c, 3)
    p.rect(-4, -6, w + 8, 9, d, 2)
    for x in (5, w / 2 + 1):
        p.rect(x, 10, w / 2 - 6, h * 0.7, light, 2)
        p.rect(x, h * 0.78, w / 2 - 6, h * 0.17, light, 2)
    for x in (w / 2 - 6, w / 2 + 3):
        p.rect(x, h * 0.4, 3, 16, d)


def drawers(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(WOODS)
    w, rows = r.uniform(90, 140), r.randrange(2, 5)
    h = rows * 28 + 8
    for x in (6, w - 14):
        p.rect(x, h - 4, 8, 14, d)
    p.rect(0, 0, w, h, c, 2)
    p.rect(-4, -5, w + 8, 8, d, 2)
    for i in range(rows):
        p.rect(6, 7 + i * 28, w - 12, 22, light, 2)
        for x in (w * 0.28, w * 0.66):
            p.oval(x, 18 + i * 28, 3, 3, d)


def floor_lamp(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(CLOTHS)
    h, w, top = r.uniform(165, 195), r.uniform(40, 58), r.uniform(16, 36)
    if r.random() < 0.3:
        p.line(f"M{w / 2} {h}V40Q{w / 2} 0 {w + 12} 6", "#555555", 4)
        p.path(f"M{w - 8} 6q22 -18 44 0l6 22h-56z", c)
    else:
        p.line(f"M{w / 2} 30V{h}", "#555555", 4)
        p.poly([(w / 2 - top / 2, 0), (w / 2 + top / 2, 0), (w, 44), (0, 44)], light)
    p.path(f"M{w / 2 - 22} {h + 5}q22 -14 44 0z", "#444444")


def table_lamp(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(CLOTHS)
    w, top = r.uniform(56, 74), r.uniform(24, 50)
    if r.random() < 0.5:
        p.path(f"M{w / 2 - 8} 42q-14 24 0 46h16q14 -22 0 -46z", c)
    else:
        p.rect(w / 2 - 4, 40, 8, 48, d)
    p.rect(w / 2 - 18, 86, 36, 8, d, 3)
    p.poly([(w / 2 - top / 2, 0), (w / 2 + top / 2, 0), (w, 46), (0, 46)], light)


def ceiling_lamp(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(CLOTHS + METALS)
    drop, w = r.uniform(30, 90), r.uniform(60, 90)
    p.rect(w / 2 - 10, -4, 20, 6, d, 2)
    p.line(f"M{w / 2} 0V{drop}", "#444444", 3)
    kind = r.randrange(3)
    if kind == 0:
        p.path(f"M0 {drop + 40}Q{w / 2} {drop - 42} {w} {drop + 40}z", c)
    elif kind == 1:
        p.oval(w / 2, drop + 28, w * 0.4, w * 0.4, light)
    else:
        p.poly([(w * 0.35, drop), (w * 0.65, drop), (w, drop + 36), (0, drop + 36)], c)


def window(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(WOODS)
    w, h = r.uniform(80, 150), r.uniform(90, 150)
    glass = r.choice(("#a9d6ee", "#bfe3f2", "#8cc3e0"))
    arch = r.random() < 0.25
    if arch:
        p.path(f"M0 {h}V{w / 2}A{w / 2} {w / 2} 0 0 1 {w} {w / 2}V{h}z", c)
        i = 7
        p.path(
            f"M{i} {h - i}V{w / 2}A{w / 2 - i} {w / 2 - i} 0 0 1 {w - i} {w / 2}V{h - i}z", glass
        )
    else:
        p.rect(0, 0, w, h, c, 2)
        p.rect(7, 7, w - 14, h - 14, glass)
    p.rect(w / 2 - 3, 7, 6, h - 14, c)
    if r.random() < 0.7:
        p.rect(7, h * 0.45, w - 14, 6, c)
    p.rect(-6, h - 2, w + 12, 9, d, 2)


def door(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(WOODS + CLOTHS)
    w, h = r.uniform(78, 96), r.uniform(180, 200)
    p.rect(0, 0, w, h, d, 2)
    p.rect(7, 7, w - 14, h - 7, c)
    if r.random() < 0.6:
        for x in (15, w / 2 + 4):
            p.rect(x, 20, w / 2 - 19, h * 0.36, light, 2)
            p.rect(x, h * 0.52, w / 2 - 19, h * 0.38, light, 2)
    else:
        p.rect(18, 20, w - 36, h * 0.4, "#a9d6ee", 2)
    p.oval(w - 14, h * 0.52, 4, 4, "#e0b84c")


def curtain(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(CLOTHS)
    w, h = r.uniform(44, 70), r.uniform(150, 190)
    pull = r.uniform(0.4, 0.9)
    p.path(f"M0 0H{w}Q{w * 0.95} {h * 0.5} {w * pull} {h * 0.62}Q{w} {h * 0.8} {w} {h}H0z", c)
    for x in (0.2, 0.45, 0.68):
        p.line(f"M{w * x} 6V{h - 8}", d, 2)
    p.rect(-5, -7, w + 10, 8, "#7d4f31", 3)


def rug(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(CLOTHS)
    w, h, inset = r.uniform(170, 200), r.uniform(26, 44), r.uniform(16, 34)
    if r.random() < 0.5:
        p.oval(w / 2, h / 2, w / 2, h / 2, c)
        p.oval(w / 2, h / 2, w * 0.38, h * 0.36, light)
        p.oval(w / 2, h / 2, w * 0.24, h * 0.22, d)
        return
    p.poly([(inset, 0), (w - inset, 0), (w, h), (0, h)], c)
    p.poly([(inset + 14, 6), (w - inset - 14, 6), (w - 22, h - 7), (22, h - 7)], light)


def picture(p: Pen, r: random.Random) -> None:
    c, d, _ = r.choice(WOODS)
    w, h = r.uniform(70, 140), r.uniform(70, 110)
    p.rect(0, 0, w, h, d, 1)
    p.rect(7, 7, w - 14, h - 14, r.choice(("#cfe8f3", "#f6ead2", "#f3d9cf")))
    kind = r.randrange(3)
    if kind == 0:
        p.poly([(8, h - 8), (w * 0.4, h * 0.35), (w * 0.62, h - 8)], r.choice(LEAVES)[0])
        p.oval(w * 0.74, h * 0.32, 7, 7, "#f2b134")
    elif kind == 1:
        p.oval(w / 2, h / 2, w * 0.2, h * 0.28, r.choice(CLOTHS)[0])
    else:
        for i in range(3):
            p.rect(12 + i * (w - 24) / 3, 14, (w - 30) / 3, h - 28, r.choice(CLOTHS)[i])


def mirror(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(WOODS + METALS)
    w, h = r.uniform(60, 100), r.uniform(80, 140)
    if r.random() < 0.5:
        p.oval(w / 2, h / 2, w / 2, h / 2, d)
        p.oval(w / 2, h / 2, w / 2 - 7, h / 2 - 7, "#cfe6ef")
    else:
        p.rect(0, 0, w, h, d, 8)
        p.rect(7, 7, w - 14, h - 14, "#cfe6ef", 5)
    p.line(f"M{w * 0.36} {h * 0.55}L{w * 0.6} {h * 0.3}", "#f3fbff", 3)


def wall_clock(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(CLOTHS)
    if r.random() < 0.4:
        p.rect(0, 0, 100, 100, d, r.choice((4, 24)))
    else:
        p.oval(50, 50, 50, 50, d)
    p.oval(50, 50, 41, 41, "#fbf8f1")
    for x, y in ((50, 15), (85, 50), (50, 85), (15, 50)):
        p.oval(x, y, 3, 3, d)
    p.line(
        f"M50 50L{r.uniform(35, 65)} 24M50 50L{r.uniform(62, 74)} {r.uniform(40, 66)}", "#333333", 4
    )


def fridge(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(METALS[:2] + CLOTHS[:3])
    w, h = r.uniform(80, 100), r.uniform(165, 195)
    split = r.choice((0.32, 0.6))
    for x in (8, w - 18):
        p.rect(x, h - 3, 10, 8, "#444444")
    p.rect(0, 0, w, h, c, 7)
    p.rect(0, h * split, w, 4, d)
    p.rect(w - 16, h * split - 34, 5, 24, d, 2)
    p.rect(w - 16, h * split + 14, 5, 30, d, 2)


def stove(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(METALS)
    w, h = r.uniform(90, 104), r.uniform(100, 116)
    p.rect(6, h - 4, 10, 10, "#333333")
    p.rect(w - 16, h - 4, 10, 10, "#333333")
    if r.random() < 0.5:
        p.rect(0, -24, w, 30, d, 3)
    p.rect(0, 0, w, h, c, 4)
    p.rect(0, 0, w, 22, d, 3)
    for i in range(4):
        p.oval(14 + i * (w - 28) / 3, 11, 4.5, 4.5, light)
    p.rect(10, 36, w - 20, h * 0.44, "#3a3a44", 5)
    p.rect(14, 28, w - 28, 4, light, 2)


def sink(p: Pen, r: random.Random) -> None:
    c, d, light = METALS[1]
    w = r.uniform(90, 120)
    if r.random() < 0.5:
        p.poly([(w / 2 - 14, 44), (w / 2 + 14, 44), (w / 2 + 18, 120), (w / 2 - 18, 120)], d)
    else:
        wood, dark, pale = r.choice(WOODS)
        p.rect(4, 36, w - 8, 86, wood, 2)
        p.rect(10, 48, w / 2 - 14, 68, pale, 2)
        p.rect(w / 2 + 4, 48, w / 2 - 14, 68, pale, 2)
    p.path(f"M0 20H{w}Q{w - 4} 52 {w * 0.7} 52H{w * 0.3}Q4 52 0 20z", c)
    p.line(f"M{w / 2} 20V2q0 -10 12 -8", "#8b959e", 6)


def washing_machine(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(METALS[:2])
    p.rect(0, 0, 100, r.uniform(104, 118), c, 5)
    p.rect(0, 0, 100, 20, d, 4)
    p.oval(82, 10, 5, 5, light)
    p.oval(50, 62, 33, 33, d)
    p.oval(50, 62, 24, 24, "#8cc3e0")


def wall_cabinet(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(WOODS + CLOTHS)
    n, h = r.randrange(1, 4), r.uniform(60, 84)
    p.rect(0, 0, n * 56 + 6, h, d, 2)
    for i in range(n):
        p.rect(5 + i * 56, 5, 52, h - 10, c, 2)
        p.rect(11 + i * 56, 11, 40, h - 22, light, 2)
        p.oval(50 + i * 56, h - 18, 2.5, 2.5, d)


def counter(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(WOODS + CLOTHS)
    n, h = r.randrange(2, 4), r.uniform(92, 104)
    p.rect(4, h - 8, n * 62 - 4, 10, "#444444")
    p.rect(0, 8, n * 62 + 4, h - 14, c, 2)
    for i in range(n):
        p.rect(6 + i * 62, 16, 54, 18, light, 2)
        p.rect(6 + i * 62, 40, 54, h - 54, light, 2)
    p.rect(-5, 0, n * 62 + 14, 10, r.choice(STONES)[1], 2)


def fence(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(WOODS)
    n, gap, h = r.randrange(5, 9), r.uniform(20, 28), r.uniform(56, 84)
    kind = r.randrange(3)
    for y in (0.3, 0.7):
        p.rect(0, h * y, n * gap, 7, d)
    for i in range(n if kind < 2 else (n + 1) // 2):
        x = i * gap * (1 if kind < 2 else 2) + gap * 0.25
        top = [(x, 8), (x + 6, 0), (x + 12, 8)] if kind == 0 else [(x, 0), (x + 12, 0)]
        p.poly([*top, (x + 12, h), (x, h)], c)


def bench(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(WOODS)
    w = r.uniform(140, 190)
    for x in (14, w - 24):
        p.rect(x, 4, 8, 76, "#4a5560", 2)
    slats = r.randrange(2, 4)
    for i in range(slats):
        p.rect(0, i * 14, w, 10, c, 2)
    p.poly([(0, 44), (w, 44), (w + 5, 56), (-5, 56)], light)
    for x in (6, w - 14):
        p.rect(x, 56, 8, r.uniform(26, 30), "#4a5560")


def street_lamp(p: Pen, r: random.Random) -> None:
    c = r.choice(("#4a5560", "#2f4f4f", "#555555"))
    kind = r.randrange(3)
    p.line("M40 40V196", c, 5)
    p.path("M28 200q12 -16 24 0z", c)
    if kind == 0:
        p.line("M40 60V16Q40 2 64 4", c, 5)
        p.path("M56 4h30l-5 10h-20z", "#ffe9a8")
    elif kind == 1:
        p.poly([(28, 12), (52, 12), (47, 42), (33, 42)], "#ffe9a8")
        p.poly([(26, 12), (40, 0), (54, 12)], c)
    else:
        p.line("M18 30Q20 44 40 42Q60 44 62 30", c, 4)
        p.oval(18, 20, 12, 12, "#ffe9a8")
        p.oval(62, 20, 12, 12, "#ffe9a8")


def traffic_light(p: Pen, r: random.Random) -> None:
    c = r.choice(("#2f353b", "#e0b23e", "#3f5a4a"))
    h = r.uniform(150, 190)
    p.rect(26, 60, 7, h - 60, "#5b646c")
    p.rect(16, h - 4, 27, 8, "#5b646c", 2)
    p.rect(10, 0, 39, 92, c, r.choice((4, 14)))
    for i, colour in enumerate(("#e0403a", "#f3b53a", "#43b05c")):
        p.oval(29.5, 17 + i * 29, 10.5, 10.5, colour)


def road_sign(p: Pen, r: random.Random) -> None:
    p.rect(46, 70, 6, 120, "#8b959e")
    kind = r.randrange(4)
    if kind == 0:
        p.poly(
            [(29, 0), (69, 0), (97, 28), (97, 66), (69, 94), (29, 94), (1, 66), (1, 28)], "#d8402f"
        )
        p.rect(18, 40, 62, 14, "#ffffff")
    elif kind == 1:
        p.oval(49, 46, 46, 46, "#d8402f")
        p.oval(49, 46, 34, 34, "#ffffff")
    elif kind == 2:
        p.poly([(49, 0), (98, 84), (0, 84)], "#d8402f")
        p.poly([(49, 20), (80, 74), (18, 74)], "#ffffff")
    else:
        p.rect(4, 4, 90, 80, "#2d6fb5", 8)
        p.poly([(49, 16), (76, 48), (58, 48), (58, 72), (40, 72), (40, 48), (22, 48)], "#ffffff")


def hydrant(p: Pen, r: random.Random) -> None:
    c = r.choice(("#d8402f", "#e0b23e", "#3d7ea6"))
    h = r.uniform(80, 100)
    p.rect(0, h - 10, 60, 12, c, 3)
    p.rect(10, 26, 40, h - 34, c, 3)
    p.rect(-4, 40, 68, 16, c, 4)
    p.path("M8 28Q30 -14 52 28z", c)
    p.oval(30, 48, 8, 8, "#f2f2f2")


def tower_block(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(STONES + CLOTHS[:1])
    cols, rows = r.randrange(3, 6), r.randrange(4, 8)
    w, h = cols * 26 + 12, rows * 26 + 34
    top = r.randrange(3)
    if top == 0:
        p.rect(w * 0.2, -16, w * 0.25, 18, d)
    elif top == 1:
        p.poly([(-4, 2), (w + 4, 2), (w - 8, -18), (8, -18)], d)
    p.rect(0, 0, w, h, c)
    p.rect(-3, -2, w + 6, 8, d)
    glass = r.choice(("#bfe3f2", "#7ba7bd", "#ffe9a8"))
    for i in range(cols):
        for j in range(rows):
            p.rect(12 + i * 26, 14 + j * 26, 14, 16, glass)
    p.rect(w / 2 - 10, h - 22, 20, 22, d)


def skyscraper(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(STONES + METALS)
    w, h, step = r.uniform(42, 66), r.uniform(180, 200), r.uniform(0, 0.16)
    if r.random() < 0.6:
        p.line(f"M{w / 2} {-r.uniform(10, 30)}V10", d, 3)
    p.rect(w * step, 0, w * (1 - 2 * step), h * 0.4, c)
    p.rect(0, h * r.uniform(0.18, 0.36), w, h * 0.82, c)
    p.rect(0, h * 0.36, w, h * 0.64, c)
    for j in range(12):
        y = 8 + j * (h - 16) / 12
        inset = w * step + 6 if j < 4 else 6
        p.rect(inset, y, w - 2 * inset, 7, light if j % 2 else "#8cb8cf")


def house(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(STONES + WOODS[3:])
    roof = r.choice(CLOTHS + WOODS)[1]
    w, h, top = r.uniform(100, 170), r.uniform(66, 110), r.uniform(40, 70)
    over = r.uniform(6, 16)
    if r.random() < 0.6:
        p.rect(w * 0.72, -top * 0.9, 15, top * 0.8, d)
    p.rect(0, 0, w, h, c)
    if r.random() < 0.5:
        p.poly([(-over, 2), (w / 2, -top), (w + over, 2)], roof)
    else:
        p.poly([(-over, 2), (w * 0.18, -top), (w * 0.82, -top), (w + over, 2)], roof)
    door_w = 24
    dx = w * r.choice((0.2, 0.5, 0.75)) - door_w / 2
    p.rect(dx, h - 46, door_w, 46, r.choice(CLOTHS)[0])
    for x in (0.12, 0.42, 0.72):
        if abs(w * x + 11 - dx - 12) > 26:
            p.rect(w * x, h * 0.3, 24, 24, "#bfe3f2")
            p.rect(w * x + 10.5, h * 0.3, 3, 24, "#ffffff")


def barn(p: Pen, r: random.Random) -> None:
    c, d = r.choice((("#b5443a", "#7c2a23"), ("#8a5a3b", "#5f3b25"), ("#d8d2c4", "#7a7468")))
    w, h = r.uniform(120, 160), r.uniform(60, 84)
    p.poly([(0, 0), (w * 0.16, -42), (w / 2, -68), (w * 0.84, -42), (w, 0), (w, h), (0, h)], c)
    p.poly([(-6, 4), (w * 0.13, -46), (w / 2, -76), (w * 0.87, -46), (w + 6, 4), (w - 2, 4),
            (w * 0.82, -38), (w / 2, -64), (w * 0.18, -38), (2, 4)], d)  # fmt: skip
    p.rect(w / 2 - 28, h - 56, 56, 56, "#f2ece0")
    p.rect(w / 2 - 23, h - 51, 46, 51, d)
    p.line(
        f"M{w / 2 - 22} {h - 49}L{w / 2 + 22} {h - 3}M{w / 2 + 22} {h - 49}L{w / 2 - 22} {h - 3}",
        "#f2ece0",
        4,
    )
    p.rect(w / 2 - 12, -34, 24, 22, "#f2ece0")


def windmill(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(STONES + WOODS)
    h, turn = r.uniform(120, 140), r.randrange(0, 80)
    p.poly([(40, 0), (80, 0), (96, h), (24, h)], c)
    p.path("M36 2Q60 -34 84 2z", d)
    p.rect(50, h - 34, 20, 34, d)
    p.rect(54, h * 0.35, 12, 14, "#bfe3f2")
    for i in range(4):
        p.shapes.append(f'<g transform="rotate({turn + i * 90} 60 -6)">')
        p.line("M60 -6V-84", d, 4)
        p.rect(62, -82, 17, 58, "#f2ece0")
        p.shapes.append("</g>")
    p.oval(60, -6, 6, 6, d)


def lighthouse(p: Pen, r: random.Random) -> None:
    c, d = r.choice((("#d8402f", "#8f2a20"), ("#2d6fb5", "#1c4775"), ("#4a5560", "#2c343b")))
    h, a, b = r.uniform(140, 170), r.uniform(18, 24), r.uniform(28, 38)
    for i in range(5):
        t, u = i / 5, (i + 1) / 5
        x0, x1 = a + (b - a) * t, a + (b - a) * u
        p.poly([(50 - x0, h * t), (50 + x0, h * t), (50 + x1, h * u), (50 - x1, h * u)],
               ("#f7f4ee", c)[i % 2])  # fmt: skip
    p.rect(50 - a - 6, -6, 2 * a + 12, 8, d)
    p.rect(50 - a * 0.6, -26, a * 1.2, 20, "#ffe9a8")
    p.path(f"M{50 - a * 0.75} -26Q50 -52 {50 + a * 0.75} -26z", d)


def tree(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(LEAVES)
    h, trunk, crown = r.uniform(150, 190), r.uniform(10, 18), r.uniform(46, 66)
    kind = r.randrange(4)
    y = h - r.uniform(90, 120)
    p.path(f"M{80 - trunk / 2} {y}L{80 - trunk} {h}H{80 + trunk}L{80 + trunk / 2} {y}z", "#7d5238")
    if kind == 3:
        p.line(
            f"M80 {y + 34}L{80 - crown * 0.6} {y - 6}M80 {y + 44}L{80 + crown * 0.6} {y + 4}",
            "#7d5238",
            7,
        )
    if kind == 0:
        p.oval(80, y - 10, crown, crown * r.uniform(0.9, 1.25), c)
        p.oval(80 - crown * 0.3, y - crown * 0.5, crown * 0.28, crown * 0.22, light)
        return
    if kind == 1:
        p.oval(80, y - 16, crown * 0.55, crown * 1.35, c)
        return
    p.edge, edge = "", p.edge
    spots = [
        (r.uniform(-0.75, 0.75), r.uniform(-0.8, 0.35), r.uniform(0.4, 0.62)) for _ in range(6)
    ]
    spots += [(0, -0.15, 0.7)]
    for grow, colour in ((2.0, "#2b2b2b"), (0.0, c)) if edge else ((0.0, c),):
        for dx, dy, s in spots:
            p.oval(80 + dx * crown, y - 8 + dy * crown, s * crown + grow, s * crown + grow, colour)
    for dx, dy, s in spots[:3]:
        p.oval(80 + dx * crown - 5, y - 12 + dy * crown, s * crown * 0.5, s * crown * 0.45, light)
    p.edge = edge


def pine(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(LEAVES[:3])
    tiers, w = r.randrange(2, 5), r.uniform(36, 56)
    h = r.uniform(130, 160)
    p.rect(60 - 8, h - 4, 16, r.uniform(20, 34), "#7d5238")
    for i in range(tiers - 1, -1, -1):
        top, low = h * i / tiers * 0.8, h * (i + 1) / tiers
        half = w * (0.5 + 0.5 * (i + 1) / tiers)
        p.poly([(60, top), (60 + half, low), (60 - half, low)], (c, d)[i % 2])


def bush(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(LEAVES[:3])
    w, h = r.uniform(100, 170), r.uniform(56, 84)
    n = r.randrange(3, 6)
    d_path = f"M0 {h}"
    step = w / n
    for i in range(n):
        d_path += f"Q{i * step + step * 0.1:.1f} {h * r.uniform(0, 0.3) - 20:.1f} {(i + 1) * step:.1f} {h * r.uniform(0.3, 0.55) if i < n - 1 else h:.1f}"
    p.path(d_path + "z", c)
    for _ in range(r.choice((0, 5))):
        p.oval(
            r.uniform(0.2, 0.8) * w,
            r.uniform(0.5, 0.85) * h,
            5,
            5,
            r.choice(("#e0577c", "#f2d24b", "#ffffff")),
        )


def rock(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(STONES[:1] + METALS[:1] + STONES[3:])
    n, w, h = r.randrange(4, 7), r.uniform(80, 140), r.uniform(44, 90)
    top = sorted(r.uniform(0.12, 0.88) for _ in range(n - 2))
    points = [(0.0, h), (w * 0.04, h * r.uniform(0.4, 0.7))]
    points += [(w * t, h * r.uniform(0, 0.25)) for t in top]
    points += [(w * 0.97, h * r.uniform(0.4, 0.7)), (w, h)]
    p.poly(points, c)
    p.poly([points[1], points[2], (w * 0.4, h * 0.5), (w * 0.2, h)], light)


def pot_plant(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(CLOTHS + STONES)
    leaf, dark, pale = r.choice(LEAVES[:3])
    kind = r.randrange(3)
    n = r.randrange(5, 9)
    for i in range(n):
        t = (i / (n - 1) - 0.5) * (2.4 if kind == 0 else 1.7)
        length = r.uniform(50, 86)
        x, y = 50 + t * 42, 76 - length
        if kind == 2:
            p.line(f"M50 78Q{50 + t * 8:.1f} {y + 30:.1f} {x:.1f} {y:.1f}", dark, 3)
            p.oval(x, y, 13, 13, (leaf, pale)[i % 2])
        else:
            p.path(
                f"M50 80Q{x - 16:.1f} {y + 20:.1f} {x:.1f} {y:.1f}Q{x + 16:.1f} {y + 20:.1f} 50 80z",
                (leaf, dark)[i % 2],
            )
    low = r.uniform(16, 24)
    p.poly([(24, 78), (76, 78), (50 + low, 124), (50 - low, 124)], c)
    p.rect(20, 72, 60, 11, d, 2)


def vase(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(CLOTHS + METALS)
    if r.random() < 0.75:
        for i in range(r.randrange(3, 6)):
            x, y = 20 + i * 14 + r.uniform(-4, 4), r.uniform(-46, -14)
            p.line(f"M45 30L{x:.1f} {y:.1f}", "#3f7d45", 3)
            colour = r.choice(("#e0577c", "#f2b134", "#ffffff", "#8e6bbf", "#d8402f"))
            p.oval(x, y, 11, 11, colour)
            p.oval(x, y, 4, 4, "#f2d24b")
    kind = r.randrange(3)
    if kind == 0:
        p.path("M34 20H56Q50 34 66 58Q70 88 56 92H34Q20 88 24 58Q40 34 34 20z", c)
    elif kind == 1:
        p.poly([(26, 20), (64, 20), (56, 92), (34, 92)], c)
    else:
        p.path("M36 18H54V40Q76 66 54 92H36Q14 66 36 40z", c)
    p.rect(32, 16, 26, 7, d, 2)


def hay_bale(p: Pen, r: random.Random) -> None:
    if r.random() < 0.5:
        p.oval(50, 50, 50, 48, "#d9b44a")
        for s in (36, 24, 12):
            p.oval(50, 50, s, s * 0.96, ("#c49a35", "#e3c568")[s // 12 % 2])
    else:
        p.rect(0, 0, 130, 70, "#d9b44a", 6)
        for x in (36, 90):
            p.rect(x, 0, 6, 70, "#a8742f")


def crate(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(WOODS[:3])
    w, h = r.uniform(80, 120), r.uniform(60, 90)
    full = r.random() < 0.6
    colour = r.choice(("#d8402f", "#f2932e", "#7ab648", "#e8c547"))
    if full:
        for i in range(int(w // 20)):
            p.oval(12 + i * (w - 24) / max(w // 20 - 1, 1), 2, 13, 13, colour)
    p.rect(0, 0, w, h, d)
    for i in range(3):
        p.rect(0, 2 + i * h / 3, w, h / 3 - 5, c)
    for x in (0, w - 9):
        p.rect(x, 0, 9, h, light)


def stall(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(CLOTHS)
    w = r.uniform(150, 190)
    for x in (8, w - 15):
        p.rect(x, 20, 7, 150, "#7d4f31")
    n = 6
    for i in range(n):
        x = -10 + i * (w + 20) / n
        u = (w + 20) / n
        p.path(f"M{x} 30L{x + 8} 0H{x + u}V30Q{x + u / 2} 46 {x} 30z", (c, "#f7f4ee")[i % 2])
    p.rect(0, 104, w, 66, r.choice(WOODS)[0])
    p.rect(-5, 98, w + 10, 10, r.choice(WOODS)[1])
    for i in range(int(w // 24)):
        p.oval(16 + i * 24, 92, 10, 9, r.choice(("#d8402f", "#f2932e", "#7ab648", "#e8c547")))


def pier(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(WOODS)
    w = r.uniform(180, 220)
    for i in range(5):
        p.rect(8 + i * (w - 26) / 4, 8, 10, r.uniform(48, 58), d)
    p.rect(0, 0, w, 14, c)
    for i in range(3):
        p.rect(10 + i * (w - 26) / 2, -26, 6, 28, d)
    p.rect(6, -24, w - 12, 5, d)


def bridge(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(STONES)
    w, n = 230, r.randrange(1, 4)
    rise = r.uniform(10, 34)
    span = (w - 30) / n
    path = f"M-10 {rise + 10}Q{w / 2} {-rise} {w + 10} {rise + 10}V92H{w - 12}"
    for i in range(n - 1, -1, -1):
        x = 15 + i * span
        path += (
            f"H{x + span - 6:.1f}A{span / 2 - 6:.1f} {min(span / 2, 56):.1f} 0 0 0 {x + 6:.1f} 92"
        )
    p.path(path + "H-10z", c)
    p.line(f"M-10 {rise + 4}Q{w / 2} {-rise - 6} {w + 10} {rise + 4}", d, 7)


def swing(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(CLOTHS)
    w = r.uniform(130, 180)
    for x in (6, w - 6):
        p.line(f"M{x} 4L{x - 20} 140M{x} 4L{x + 20} 140", d, 6)
    p.line(f"M0 4H{w}", c, 8)
    for i in range(r.randrange(1, 3)):
        x = w * (0.32 + 0.3 * i)
        p.line(f"M{x} 6V106M{x + 26} 6V106", "#777777", 3)
        p.rect(x - 3, 104, 32, 7, light, 2)


def seesaw(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(CLOTHS)
    tilt = r.uniform(12, 26)
    p.poly([(84, 70), (116, 70), (106, 36), (94, 36)], d)
    p.line(f"M4 {40 + tilt}L196 {40 - tilt}", c, 9)
    p.line(f"M24 {36 + tilt}v-22M176 {38 - tilt}v-22", d, 5)


def blackboard(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(WOODS)
    w, h = r.uniform(150, 200), r.uniform(80, 110)
    p.rect(0, 0, w, h, c, 3)
    p.rect(7, 7, w - 14, h - 14, r.choice(("#2f5d4a", "#30383f")))
    p.line(f"M24 {h * 0.35}H{w * 0.5}M24 {h * 0.55}H{w * 0.66}", "#e8efe9", 3)
    p.rect(w * 0.3, h, w * 0.4, 6, d, 2)


def piano(p: Pen, r: random.Random) -> None:
    c, d = r.choice((("#2f2a2a", "#151313"), ("#7d4f31", "#5a3520")))
    p.rect(0, 0, 160, 70, c, 4)
    p.rect(-4, 62, 168, 24, c, 3)
    p.rect(4, 66, 152, 10, "#f7f4ee")
    for i in range(15):
        p.rect(10 + i * 9.6, 66, 4, 6, "#151313")
    p.rect(0, 86, 160, 44, d)
    for x in (2, 146):
        p.rect(x, 84, 12, 54, c)


def buoy(p: Pen, r: random.Random) -> None:
    c = r.choice(("#d8402f", "#f2932e", "#3d9a50"))
    p.poly([(36, 16), (64, 16), (84, 90), (16, 90)], c)
    p.poly([(31, 40), (69, 40), (76, 62), (24, 62)], "#f7f4ee")
    p.oval(50, 12, 10, 10, "#ffe9a8")
    p.oval(50, 92, 50, 13, c)


def sand_castle(p: Pen, r: random.Random) -> None:
    c, d, light = "#e0c080", "#b9935a", "#f0d9a4"
    n = r.randrange(2, 4)
    p.path(f"M-14 100Q{n * 27} 70 {n * 54 + 14} 100z", d)
    for i in range(n):
        x, h = i * 54, r.uniform(34, 66)
        p.poly([(x + 8, 92 - h), (x + 46, 92 - h), (x + 52, 94), (x + 2, 94)], c)
        for k in range(3):
            p.rect(x + 8 + k * 15, 84 - h, 8, 10, light)
    p.line(f"M27 {30}V6", "#7d4f31", 3)
    p.poly([(28, 4), (50, 12), (28, 20)], r.choice(("#d8402f", "#2d6fb5")))


def surfboard(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(CLOTHS)
    w, h = r.uniform(38, 50), r.uniform(180, 200)
    p.path(
        f"M0 0C{w} {h * 0.2} {w * 0.75} {h * 0.9} {w * 0.2} {h}H{-w * 0.2}C{-w * 0.75} {h * 0.9} {-w} {h * 0.2} 0 0z",
        c,
    )
    p.line(f"M0 16V{h - 8}", light, 5)


def beach_ball(p: Pen, r: random.Random) -> None:
    p.oval(50, 50, 50, 50, "#f7f4ee")
    a, b, c = r.sample([m for m, _, _ in CLOTHS], 3)
    p.path("M50 50L50 0A50 50 0 0 1 93 25z", a)
    p.path("M50 50L93 75A50 50 0 0 1 50 100z", b)
    p.path("M50 50L7 75A50 50 0 0 1 7 25z", c)
    p.oval(50, 50, 8, 8, "#f7f4ee")


def plate(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(CLOTHS)
    food = r.randrange(3)
    if food == 0:
        p.path("M24 16Q60 -24 96 16z", r.choice(("#e3c568", "#c8553d", "#8fb98a")))
    elif food == 1:
        for x in (36, 58, 80):
            p.oval(x, 8, 13, 12, r.choice(("#d8402f", "#f2932e", "#7ab648")))
    p.path("M0 12H120Q108 30 84 30H36Q12 30 0 12z", r.choice(("#f7f4ee", light)))
    p.rect(0, 10, 120, 4, d, 2)


def bottle(p: Pen, r: random.Random) -> None:
    c, d = r.choice((("#3f7d45", "#2b5730"), ("#7a4a2b", "#523019"), ("#9fd0e6", "#5f9ab5")))
    w, h, neck = r.uniform(34, 46), r.uniform(110, 140), r.uniform(12, 16)
    a = (w - neck) / 2
    p.path(
        f"M{a} 0H{a + neck}V34Q{w} 44 {w} 60V{h - 6}Q{w} {h} {w - 6} {h}H6Q0 {h} 0 {h - 6}V60Q0 44 {a} 34z",
        c,
    )
    p.rect(a - 2, -4, neck + 4, 9, d, 2)
    p.rect(0, h * 0.55, w, h * 0.25, "#f4ecd8")


def towel(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(CLOTHS)
    w, h, skew = r.uniform(130, 180), r.uniform(26, 40), r.uniform(-30, 30)
    points = [(skew, 0), (w + skew, 0), (w, h), (0, h)]
    p.poly(points, c)
    for t in (0.18, 0.7):
        x = w * t
        p.poly([(x + skew, 0), (x + skew + 18, 0), (x + 18, h), (x, h)], light)


def pool_ladder(p: Pen, r: random.Random) -> None:
    c = "#8b959e"
    p.line("M10 120V20Q10 0 26 4M60 120V20Q60 0 76 4", c, 6)
    for y in (40, 70, 100):
        p.line(f"M10 {y}H60", c, 5)


def cushion(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(CLOTHS)
    p.path("M0 6Q50 18 100 4Q92 45 102 84Q50 76 2 86Q10 45 0 6z", c)
    p.line("M26 34Q50 42 74 32", light, 4)


def nightstand(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(WOODS)
    w = r.uniform(60, 80)
    for x in (4, w - 11):
        p.rect(x, 60, 7, r.uniform(18, 34), d)
    p.rect(0, 0, w, 64, c, 2)
    p.rect(-4, -4, w + 8, 8, d, 2)
    for y in (9, 36):
        p.rect(6, y, w - 12, 21, light, 2)
        p.oval(w / 2, y + 10, 3, 3, d)


def radiator(p: Pen, r: random.Random) -> None:
    n = r.randrange(5, 9)
    for x in (8, n * 16 - 14):
        p.rect(x, 68, 6, 12, "#8b959e")
    for i in range(n):
        p.rect(i * 16, 0, 14, 72, "#eceff1", 5)
    p.rect(0, 10, n * 16 - 2, 6, "#cfd6da")


def fireplace(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(STONES)
    w, h = r.uniform(130, 160), r.uniform(110, 130)
    p.rect(0, 10, w, h - 10, c)
    p.rect(-8, 0, w + 16, 14, d, 2)
    p.path(f"M{w * 0.22} {h}V{h * 0.55}Q{w / 2} {h * 0.2} {w * 0.78} {h * 0.55}V{h}z", "#3a2f2a")
    p.path(
        f"M{w * 0.34} {h}Q{w * 0.36} {h * 0.7} {w * 0.48} {h * 0.56}Q{w * 0.52} {h * 0.72} {w * 0.6} {h * 0.64}Q{w * 0.7} {h * 0.85} {w * 0.64} {h}z",
        "#f2932e",
    )


DRAWINGS: tuple[tuple[str, Draw, int], ...] = (
    ("table", table, 7), ("coffee table", coffee_table, 4), ("desk", desk, 4),
    ("chair", chair, 7), ("stool", stool, 4), ("sofa", sofa, 7), ("armchair", armchair, 5),
    ("bed", bed, 4), ("bed", bed_front, 4), ("bookshelf", shelf, 5), ("wardrobe", wardrobe, 4),
    ("chest of drawers", drawers, 4), ("floor lamp", floor_lamp, 5),
    ("table lamp", table_lamp, 4), ("ceiling lamp", ceiling_lamp, 5), ("window", window, 6),
    ("door", door, 4), ("curtain", curtain, 4), ("rug", rug, 5), ("picture", picture, 6),
    ("mirror", mirror, 4), ("wall clock", wall_clock, 3), ("fridge", fridge, 4),
    ("stove", stove, 4), ("sink", sink, 4), ("washing machine", washing_machine, 2),
    ("wall cabinet", wall_cabinet, 4), ("counter", counter, 4), ("fence", fence, 6),
    ("bench", bench, 5), ("street lamp", street_lamp, 5), ("traffic light", traffic_light, 4),
    ("road sign", road_sign, 4), ("fire hydrant", hydrant, 3),
    ("apartment building", tower_block, 6), ("skyscraper", skyscraper, 6), ("house", house, 7),
    ("barn", barn, 4), ("windmill", windmill, 4), ("lighthouse", lighthouse, 4),
    ("tree", tree, 10), ("pine tree", pine, 6), ("bush", bush, 6), ("rock", rock, 6),
    ("potted plant", pot_plant, 6), ("vase", vase, 6), ("hay bale", hay_bale, 3),
    ("crate", crate, 4), ("market stall", stall, 5), ("pier", pier, 3), ("bridge", bridge, 4),
    ("swing", swing, 4), ("seesaw", seesaw, 3), ("blackboard", blackboard, 4),
    ("piano", piano, 2), ("buoy", buoy, 3), ("sand castle", sand_castle, 4),
    ("surfboard", surfboard, 3), ("beach ball", beach_ball, 3), ("plate", plate, 4),
    ("bottle", bottle, 4), ("towel", towel, 3), ("cushion", cushion, 2),
    ("nightstand", nightstand, 4), ("radiator", radiator, 2), ("fireplace", fireplace, 3),
)  # fmt: skip
FACE_LEFT = frozenset({"bed"})


def all_drawings() -> Iterator[dict[str, str]]:
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
