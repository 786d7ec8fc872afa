"""All tools, in the order of the tool bar."""

from __future__ import annotations

from app.canvas.place_tools import BoxTool, ClickTool, PointTool
from app.canvas.stroke_tools import BrushTool, EraserTool, ScribbleTool
from app.canvas.tools import HandTool, SelectTool, Tool

TOOLS: dict[str, type[Tool]] = {
    kind.name: kind
    for kind in (
        SelectTool,
        HandTool,
        BoxTool,
        PointTool,
        ScribbleTool,
        BrushTool,
        EraserTool,
        ClickTool,
    )
}
