# ruff: noqa: E501  (an SVG path is one string)
"""Our own drawings of furniture and of what hangs in rooms."""

from __future__ import annotations

import random

from engine.data.drawing_pen import CLOTHS, LEAVES, METALS, STONES, WOODS, Pen


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


def cushion(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(CLOTHS)
    p.path("M0 6Q50 18 100 4Q92 45 102 84Q50 76 2 86Q10 45 0 6z", c)
    p.line("M26 34Q50 42 74 32", light, 4)


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
