"""Our own drawings of streets, buildings and playgrounds."""

from __future__ import annotations

import random

from engine.data.drawing_pen import CLOTHS, METALS, STONES, WOODS, Pen


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
