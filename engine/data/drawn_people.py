# ruff: noqa: E501  (a table reads best with one entry to a line)
"""Our own people: a jointed figure in poses that the collections lack, above all sitting."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from typing import Any

SKINS = ("#f7d3b5", "#eab68f", "#c98a5e", "#9a6240", "#6d4329")
HAIRS = ("#2d1f1a", "#5a3a26", "#8d5a2e", "#d8a64a", "#b5462f", "#8b8b8b")
SHIRTS = ("#c8553d", "#4f7cac", "#588157", "#e0a458", "#6d597a", "#e27396", "#2a9d8f", "#f2f0e9")
TROUSERS = ("#34495e", "#5a4a3a", "#3d5a80", "#444444", "#7a6a5a", "#8a3f4a")

Joint = tuple[float, float]
POSES: dict[str, dict[str, Any]] = {
    # Angles in degrees from straight down, positive to the left (the way the figure looks);
    # lean: of the trunk; far, near: (upper arm, forearm), (thigh, shin).
    "standing": {"lean": 0, "arms": ((14, 4), (-14, -4)), "legs": ((7, 3), (-7, -3)), "front": True},
    "waving": {"lean": 0, "arms": ((16, 6), (-140, -165)), "legs": ((7, 3), (-7, -3)), "front": True},
    "arms up": {"lean": 0, "arms": ((150, 165), (-150, -165)), "legs": ((14, 8), (-14, -8)), "front": True},
    "walking": {"lean": 4, "arms": ((-26, -10), (28, 44)), "legs": ((26, 20), (-20, -38))},
    "running": {"lean": 16, "arms": ((-50, 30), (40, 110)), "legs": ((62, -6), (-30, -86))},
    "sitting": {"lean": -4, "arms": ((30, 66), (24, 70)), "legs": ((84, 2), (80, -4))},
    "sitting on the ground": {"lean": -14, "arms": ((-34, -30), (36, 70)), "legs": ((78, 76), (118, 20))},
    "kneeling": {"lean": 4, "arms": ((22, 60), (16, 50)), "legs": ((6, -88), (80, 0))},
    "reading": {"lean": 6, "arms": ((40, 100), (34, 104)), "legs": ((84, 0), (78, -6)), "book": True},
    "pointing": {"lean": 0, "arms": ((86, 92), (-12, -4)), "legs": ((9, 5), (-9, -6))},
    "jumping": {"lean": 6, "arms": ((130, 150), (-120, -100)), "legs": ((44, -40), (-20, -80))},
    "lying": {"lean": 0, "arms": ((18, 8), (150, 170)), "legs": ((6, 2), (22, -14)), "turn": 90},
    "bending": {"lean": 58, "arms": ((24, 4), (34, 14)), "legs": ((4, -2), (-8, -12))},
    "pushing": {"lean": 22, "arms": ((66, 80), (60, 76)), "legs": ((22, 6), (-18, -34))},
}  # fmt: skip


def _step(start: Joint, angle: float, length: float) -> Joint:
    turn = math.radians(angle)
    return start[0] - length * math.sin(turn), start[1] + length * math.cos(turn)


def _limb(points: tuple[Joint, ...]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def draw_person(pen: Any, rng: random.Random, *, who: str, pose: str) -> None:
    """Draw a man, woman, boy or girl (`who`) in one of POSES, looking left, into `pen`."""
    angles = POSES[pose]
    child, female = who in ("boy", "girl"), who in ("woman", "girl")
    bulk = rng.uniform(0.88, 1.15)
    head = (15.5 if child else 12.5) * rng.uniform(0.95, 1.05)
    trunk, arm, leg = (38, 18, 22) if child else (52, 27, 36)
    thick = (9 if child else 11) * bulk
    skin, hair, shirt, trousers = (rng.choice(c) for c in (SKINS, HAIRS, SHIRTS, TROUSERS))
    skirt = female and rng.random() < 0.5 and angles.get("front", False)
    hip: Joint = (100, 110)
    neck = _step(hip, 180 - angles["lean"], trunk)
    shoulder = _step(hip, 180 - angles["lean"], trunk - 7)
    wide = 9 if angles.get("front") else 2
    if angles.get("turn"):
        pen.shapes.append(f'<g transform="rotate({angles["turn"]} 100 110)">')

    def draw_arm(side: int) -> None:
        upper, lower = angles["arms"][side]
        start = (shoulder[0] - wide * (1 - 2 * side) * bulk, shoulder[1] + 2)
        elbow = _step(start, upper, arm)
        hand = _step(elbow, lower, arm)
        pen.line(_limb((start, elbow, hand)), skin, thick * 0.66)
        pen.line(_limb((start, elbow)), shirt, thick * 0.8)
        if angles.get("book") and side:
            pen.rect(hand[0] - 16, hand[1] - 16, 22, 20, rng.choice(SHIRTS), 2)

    def draw_leg(side: int) -> None:
        thigh, shin = angles["legs"][side]
        start = (hip[0] - wide * 0.5 * (1 - 2 * side), hip[1])
        knee = _step(start, thigh, leg)
        foot = _step(knee, shin, leg)
        toe = (foot[0] - (8 if not angles.get("front") else 5 * (1 - 2 * side)), foot[1] + 1)
        pen.line(_limb((knee, foot)), skin if skirt or child else trousers, thick * 0.75)
        if not skirt:
            pen.line(_limb((start, knee)), trousers, thick * 0.95)
        pen.line(_limb((foot, toe)), "#3a3a3a", thick * 0.7)

    draw_arm(0)
    draw_leg(0)
    draw_leg(1)
    if female and rng.random() < 0.6:  # long hair behind the shoulders
        x, y = _step(neck, 180 - angles["lean"], head * 0.9)
        pen.oval(x + head * 0.25, y + head * 0.5, head * 1.02, head * 1.35, hair)
    half = (11 if angles.get("front") else 8) * bulk
    normal = math.radians(angles["lean"])
    nx, ny = math.cos(normal), -math.sin(normal)
    top, low = half * 1.05, half * (0.9 if not skirt else 0.8)
    corners = [
        (shoulder[0] - nx * top, shoulder[1] - ny * top),
        (shoulder[0] + nx * top, shoulder[1] + ny * top),
        (hip[0] + nx * low, hip[1] + 5 + ny * low),
        (hip[0] - nx * low, hip[1] + 5 - ny * low),
    ]
    pen.line(_limb((neck, _step(neck, 180 - angles["lean"], head * 0.5))), skin, thick * 0.7)
    pen.poly(corners, shirt)
    pen.line(_limb((corners[0], corners[1])), shirt, 6)
    if skirt:
        pen.poly([(hip[0] - low, hip[1] - 6), (hip[0] + low, hip[1] - 6),
                  (hip[0] + low * 2, hip[1] + leg * 0.9), (hip[0] - low * 2, hip[1] + leg * 0.9)],
                 shirt if rng.random() < 0.6 else trousers)  # fmt: skip
    centre = _step(neck, 180 - angles["lean"] * 0.6, head * 1.05)
    x, y = centre
    pen.oval(x, y, head, head * 1.08, skin)
    if not angles.get("front"):
        pen.path(f"M{x - head * 0.55:.1f} {y - head:.1f}Q{x + head * 1.3:.1f} {y - head * 1.5:.1f} "
                 f"{x + head:.1f} {y + head * 0.5:.1f}Q{x + head * 0.2:.1f} {y - head * 0.1:.1f} "
                 f"{x - head * 0.55:.1f} {y - head:.1f}z", hair)  # fmt: skip
        pen.oval(x - head * 0.55, y - head * 0.05, 1.8, 1.8, "#2b2b2b")
    else:
        pen.path(f"M{x - head:.1f} {y - head * 0.1:.1f}Q{x - head:.1f} {y - head * 1.4:.1f} "
                 f"{x:.1f} {y - head * 1.25:.1f}Q{x + head:.1f} {y - head * 1.4:.1f} "
                 f"{x + head:.1f} {y - head * 0.1:.1f}Q{x + head * 0.3:.1f} {y - head * 0.9:.1f} "
                 f"{x - head:.1f} {y - head * 0.1:.1f}z", hair)  # fmt: skip
        for dx in (-0.35, 0.35):
            pen.oval(x + dx * head, y + head * 0.1, 1.8, 1.8, "#2b2b2b")
    draw_arm(1)
    if angles.get("turn"):
        pen.shapes.append("</g>")


def draw_people(make_pen: Callable[[bool], Any]) -> Iterator[dict[str, Any]]:
    """Men, women, boys and girls in every pose and both styles, as fields of a drawing."""
    for who in ("man", "woman", "boy", "girl"):
        for pose, angles in POSES.items():
            for index in range(2):
                ink = index == 1
                pen = make_pen(ink)
                draw_person(pen, random.Random(f"{who}-{pose}-{index}"), who=who, pose=pose)
                style = "ink" if ink else "flat"
                yield {
                    "id": f"{style}/{who}-{pose.replace(' ', '-')}-{index}",
                    "name": who,
                    "pose": pose,
                    "style": style,
                    "faces": "front" if angles.get("front") else "left",
                    "source": "own",
                    "design": f"{pose}-{index}",
                    "svg": pen.svg(),
                }
