"""`design`: a whole scene from its caption."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.common import (
    UsageError,
    add_json,
    check_folder_of,
    print_json,
    print_table,
    run_job,
    size_value,
    write_png,
)

if TYPE_CHECKING:
    from engine.design.request import DesignResult
    from engine.layout.layout import Layout
    from engine.project import OpenedProject
    from planner.scene import Scene

DEFAULT_SIZE = (512, 384)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_argument_group("what the scene shows (one of them at least)")
    what.add_argument("--caption", metavar="TEXT", default="", help="a sentence or two")
    what.add_argument(
        "--elements",
        metavar="LIST",
        default="",
        help='things with counts and relations: "3 dogs; bench; tree left of bench; sky"',
    )
    start = parser.add_argument_group("where it starts (an empty canvas if not given)")
    begin = start.add_mutually_exclusive_group()
    begin.add_argument(
        "--from", dest="project", metavar="PROJECT.ora", type=Path, help="with what is in there"
    )
    begin.add_argument("--photo", metavar="PHOTO.png", type=Path, help="with what a photo shows")
    start.add_argument(
        "--size", metavar="WxH", type=size_value, help="canvas size in pixels (default: 512x384)"
    )
    how = parser.add_argument_group("how")
    how.add_argument("--seed", type=int, default=0, help="of every choice (default: 0)")
    how.add_argument("-n", type=int, default=8, metavar="N", help="masks a step (default: 8)")
    how.add_argument(
        "--guidance",
        choices=("blob", "box"),
        default="blob",
        help="how a mask is told its place (default: blob)",
    )
    how.add_argument(
        "--style", choices=("any", "natural", "illustration"), default="any",
        help="kind of silhouette (default: any)",
    )  # fmt: skip
    how.add_argument(
        "--placer",
        choices=("planner", "prior", "uniform"),
        default="planner",
        help="who proposes places; the others are for comparison (default: planner)",
    )
    how.add_argument(
        "--pack", default="lite", help="models to use: a name or a folder (default: lite)"
    )
    parser.add_argument(
        "-o", "--output", metavar="OUT.ora", type=Path, required=True, help="save the design here"
    )
    parser.add_argument("--sheet", metavar="STEPS.png", type=Path, help="draw every step")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from engine.design.kept import with_design
    from engine.design.request import DesignRequest
    from engine.project import save_project

    if args.size is not None and (args.project is not None or args.photo is not None):
        given = "--from" if args.project is not None else "--photo"
        raise UsageError(f"{given} brings its own canvas size: leave --size out.")
    check_folder_of(args.output)
    check_folder_of(args.sheet)
    opened = _opened(args)
    layout, photo_notes = _start(args, opened)
    scene = _scene(args, layout)
    request = DesignRequest(
        layout=layout,
        scene=scene,
        seed=args.seed,
        masks=args.n,
        guidance=args.guidance,
        pack=args.pack,
        style=args.style,
        placer=args.placer,
    )
    result: DesignResult = run_job(request)
    save_project(
        # The window shows the plan of an opened project, and goes on with it.
        with_design(result.layout, result.request.scene, result.placed, seed=args.seed),
        args.output,
        settings=opened.settings if opened else None,
        unknown=opened.unknown if opened else None,
    )
    if args.sheet:
        from engine.design.sheet import step_sheet

        write_png(args.sheet, step_sheet(result))
    notes = (*(opened.notes if opened else ()), *photo_notes, *result.notes)
    if args.json:
        print_json(_values(args, result, notes=notes))
    else:
        _print(args, result, notes=notes)
    return 0


def _opened(args: argparse.Namespace) -> OpenedProject | None:
    from engine.errors import InputError
    from engine.project import open_project

    if args.project is None:
        return None
    opened = open_project(args.project)
    if opened.foreign and args.output.resolve() == args.project.resolve():
        raise InputError(
            f"{args.project} was made by another program, and saving would lose its pictures: "
            "name another file with -o."
        )
    return opened


def _start(
    args: argparse.Namespace, opened: OpenedProject | None
) -> tuple[Layout, tuple[str, ...]]:
    """The layout that the design grows from, and remarks on how it came about."""
    if opened is not None:
        return opened.layout, ()
    if args.photo is None:
        return _empty(args), ()
    from engine.cli.segment import segmented
    from engine.photo import open_photo

    photo = open_photo(args.photo)
    result = segmented(photo, pack=args.pack, caption=args.caption)
    return result.layout, (*photo.notes, *result.notes)


def _empty(args: argparse.Namespace) -> Layout:
    from engine.layout.layout import Layout, check_canvas_size

    width, height = args.size or DEFAULT_SIZE
    check_canvas_size(width, height)
    return Layout(width=width, height=height)


def _scene(args: argparse.Namespace, layout: Layout) -> Scene:
    from engine.design.reading import read_scene
    from engine.layout.layout import check_caption

    caption = check_caption(args.caption)
    if not caption and not args.elements.strip():
        caption = layout.caption
    return read_scene(caption, args.elements)


def _print(args: argparse.Namespace, result: DesignResult, *, notes: tuple[str, ...]) -> None:
    from planner.elements import elements_text

    scene = result.request.scene
    print(f"elements: {elements_text(scene)}")
    rows = [
        (
            step.label,
            ",".join(map(str, result.layout.layer(step.layer).mask.box)) if step.layer else "-",
            f"{step.score:.3f}",
            str(step.tries),
            step.note,
        )
        for step in result.steps
    ]
    if rows:
        print_table(("object", "x,y,w,h", "score", "tries", ""), rows)
    for note in notes:
        print(f"note: {note}")
    for text in _unmet(result):
        print(f"not so in the design: {text}")
    if args.sheet:
        print(f"sheet: {args.sheet}")
    wanted = sum(element.count for element in scene.elements)
    spent = ", ".join(f"{name} {value:.1f}" for name, value in result.seconds.items())
    print(f"{args.output}: {len(result.placed)} of {wanted} objects (seconds: {spent})")


def _unmet(result: DesignResult) -> list[str]:
    from planner.graph import relation_words

    return [relation_words(result.request.scene, relation) for relation in result.unmet]


def _values(
    args: argparse.Namespace, result: DesignResult, *, notes: tuple[str, ...]
) -> dict[str, Any]:
    from planner.elements import elements_text

    scene = result.request.scene
    return {
        "project": str(args.output),
        "caption": scene.caption,
        "elements": [
            {"id": e.id, "label": e.label, "count": e.count, "background": e.background}
            for e in scene.elements
        ],
        "relations": [
            {"kind": r.kind.value, "subject": r.subject, "references": list(r.references)}
            for r in scene.relations
        ],
        "elements_text": elements_text(scene),
        "seed": args.seed,
        "placer": args.placer,
        "steps": [
            {
                "element": step.instance.element,
                "index": step.instance.index,
                "label": step.label,
                "layer": step.layer,
                "box": list(step.box),
                "proposals": [list(box) for box in step.proposals],
                "score": step.score,
                "parts": dict(step.parts),
                "tries": step.tries,
                "note": step.note,
            }
            for step in result.steps
        ],
        "placed": [
            {"element": i.element, "index": i.index, "layer": layer}
            for i, layer in sorted(result.placed.items(), key=lambda x: (x[0].element, x[0].index))
        ],
        "unmet": _unmet(result),
        "notes": list(notes),
        "seconds": dict(result.seconds),
        "sheet": str(args.sheet) if args.sheet else None,
    }
