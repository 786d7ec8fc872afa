"""The pen and the colours of our own drawings."""

from __future__ import annotations

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
