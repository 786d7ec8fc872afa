# ruff: noqa: E501  (an SVG path is one string)
"""Our own drawings of trees, rocks and things of field and beach."""

from __future__ import annotations

import random

from engine.data.drawing_pen import CLOTHS, LEAVES, METALS, STONES, Pen


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


def hay_bale(p: Pen, r: random.Random) -> None:
    if r.random() < 0.5:
        p.oval(50, 50, 50, 48, "#d9b44a")
        for s in (36, 24, 12):
            p.oval(50, 50, s, s * 0.96, ("#c49a35", "#e3c568")[s // 12 % 2])
    else:
        p.rect(0, 0, 130, 70, "#d9b44a", 6)
        for x in (36, 90):
            p.rect(x, 0, 6, 70, "#a8742f")


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
