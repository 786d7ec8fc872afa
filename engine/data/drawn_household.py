# ruff: noqa: E501  (an SVG path is one string)
"""Our own drawings of kitchens, pots, plants and other things of a household."""

from __future__ import annotations

import random

from engine.data.drawing_pen import CLOTHS, LEAVES, METALS, STONES, WOODS, Pen


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


def towel(p: Pen, r: random.Random) -> None:
    c, d, light = r.choice(CLOTHS)
    w, h, skew = r.uniform(130, 180), r.uniform(26, 40), r.uniform(-30, 30)
    points = [(skew, 0), (w + skew, 0), (w, h), (0, h)]
    p.poly(points, c)
    for t in (0.18, 0.7):
        x = w * t
        p.poly([(x + skew, 0), (x + skew + 18, 0), (x + 18, h), (x, h)], light)


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
