"""`show`: layers, order, sizes, and who hides whom."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.common import add_json, layer_name, print_json, print_table

if TYPE_CHECKING:
    from networkx import DiGraph

    from engine.layout.layer import Layer
    from engine.project import OpenedProject


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", metavar="PROJECT.ora", type=Path, help="the project to show")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from engine.layout.occlusion import occlusion_graph
    from engine.project import open_project

    opened = open_project(args.project)
    graph = occlusion_graph(opened.layout)
    if args.json:
        print_json(_values(args.project, opened, graph))
    else:
        _print(args.project, opened, graph)
    return 0


def _class_name(layer: Layer) -> str:
    from engine.layout.layer import NO_ADE_CLASS
    from engine.layout.palette import ADE_CLASSES

    return "" if layer.ade_class == NO_ADE_CLASS else ADE_CLASSES[layer.ade_class].name


def _flags(layer: Layer, *, hidden: bool) -> str:
    words = [
        "" if layer.visible else "switched off",
        "locked" if layer.locked else "",
        "fully hidden" if hidden else "",
        f"in group {layer.group}" if layer.group else "",
    ]
    return ", ".join(filter(None, words))


def _print(path: Path, opened: OpenedProject, graph: DiGraph) -> None:
    layout = opened.layout
    count = len(layout.layers)
    print(f"{path}: {layout.width} x {layout.height} px, {count} layer{'' if count == 1 else 's'}")
    if layout.caption:
        print(f"caption: {layout.caption}")
    if layout.background:
        print(f"background: {layout.background.name or layout.background.format} photo")
    if layout.layers:
        print("layers, farthest first:")
        rows = [
            (
                f"#{number}",
                layer.label,
                _class_name(layer),
                ",".join(map(str, layer.mask.box)),
                str(layer.mask.area),
                str(graph.nodes[layer.id]["visible_area"]),
                _flags(layer, hidden=graph.nodes[layer.id]["hidden"]),
            )
            for number, layer in enumerate(layout.layers, 1)
        ]
        print_table(("", "label", "class", "x,y,w,h", "pixels", "seen", ""), rows)
    for upper, lower, covered in graph.edges(data=True):
        print(
            f"{layer_name(layout, layout.layer(upper))} hides {covered['share']:.0%} of "
            f"{layer_name(layout, layout.layer(lower))} ({covered['pixels']} px)"
        )
    for note in opened.notes:
        print(f"note: {note}")


def _values(path: Path, opened: OpenedProject, graph: DiGraph) -> dict[str, Any]:
    layout = opened.layout
    return {
        "project": str(path),
        "width": layout.width,
        "height": layout.height,
        "caption": layout.caption,
        "background": None
        if layout.background is None
        else {"name": layout.background.name, "format": layout.background.format},
        "layers": [
            {
                "number": number,
                "id": layer.id,
                "label": layer.label,
                "class": _class_name(layer) or None,
                "ade_class": layer.ade_class,
                "box": list(layer.mask.box),
                "pixels": layer.mask.area,
                "seen": graph.nodes[layer.id]["visible_area"],
                "visible": layer.visible,
                "locked": layer.locked,
                "group": layer.group,
                "prompt": layer.prompt,
                "hidden": graph.nodes[layer.id]["hidden"],
                "provenance": None
                if layer.provenance is None
                else {
                    "kind": layer.provenance.kind,
                    "request": dict(layer.provenance.request),
                    "seed": layer.provenance.seed,
                    "pack": layer.provenance.pack,
                    "model_hash": layer.provenance.model_hash,
                },
            }
            for number, layer in enumerate(layout.layers, 1)
        ],
        "hides": [
            {
                "upper": upper,
                "lower": lower,
                "pixels": int(covered["pixels"]),
                "share": round(float(covered["share"]), 6),
            }
            for upper, lower, covered in graph.edges(data=True)
        ],
        "notes": list(opened.notes),
    }
