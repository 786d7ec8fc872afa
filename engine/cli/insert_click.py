"""`insert-click`: objects into a picture's pixels, each at a click, or one out of them."""

from __future__ import annotations

import argparse
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.common import (
    UsageError,
    add_json,
    check_folder_of,
    print_json,
    print_table,
    run_job,
    write_png,
)

if TYPE_CHECKING:
    from engine.click2mask.request import ClickRequest, ClickResult
    from engine.click2mask.several import Wish
    from engine.layout.layout import Layout


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Made:
    """What is to be written: each object's result in their order, and the layers at last.

    Attributes:
        depths: Of the objects' layers, in the order of the results.
        notes: Beside those of the results.
    """

    results: Sequence[ClickResult]
    layout: Layout
    depths: Sequence[int] = ()
    notes: Sequence[str] = ()


class _InOrder(argparse.Action):
    """Keeps --at and --prompt in the order they were given."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        said = getattr(namespace, "said", None) or []
        namespace.said = [*said, (self.dest, values)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Put an object into a picture at a click. Several objects are put in one after the "
        "other: repeat --at and --prompt. What is said to be on, behind, next to ... an object "
        'that was put in before ("a hat on the dog") needs no --at.'
    )
    parser.add_argument("image", metavar="IMAGE.png", type=Path, help="the photo or picture")
    parser.add_argument(
        "--at",
        metavar="X,Y",
        type=click_value,
        action=_InOrder,
        help="where, in pixels; several --at before a --prompt make one object",
    )
    parser.add_argument(
        "--prompt",
        metavar="TEXT",
        action=_InOrder,
        help="what shall appear there; with --remove, what shall be seen instead",
    )
    parser.add_argument(
        "--remove",
        action="store_true",
        help="take the objects under the clicks out and draw the background there",
    )
    how = parser.add_argument_group("how")
    how.add_argument("-n", type=int, default=3, metavar="N", help="number of results (default: 3)")
    how.add_argument("--seed", type=int, default=0, help="result k is drawn with seed + k - 1")
    how.add_argument(
        "--preset",
        choices=("faithful", "fast"),
        help="as the paper has it, or with less than half of the work (default: the pack's)",
    )
    how.add_argument(
        "--stop-at", type=int, metavar="STEP", help="take the mask of this step of the evolution"
    )
    how.add_argument(
        "--pack", default="lite", help="models to use: a name or a folder (default: lite)"
    )
    what = parser.add_argument_group("what to write")
    what.add_argument(
        "-o",
        "--output",
        metavar="OUT.png",
        type=Path,
        required=True,
        help="the best result; the others get -2, -3 ... before the suffix",
    )
    what.add_argument(
        "--mask",
        metavar="MASK.png",
        type=Path,
        help="the mask it was drawn into, 0 and 255; of several objects MASK-1.png, MASK-2.png ...",
    )
    what.add_argument(
        "--frames",
        metavar="DIR",
        type=Path,
        help="every step's picture and mask, and a sheet; of several objects in DIR/1, DIR/2 ...",
    )
    what.add_argument(
        "--project",
        metavar="OUT.ora",
        type=Path,
        help="a project with the result under the layers of the new objects",
    )
    add_json(parser)


def click_value(text: str) -> tuple[int, int]:
    """ "X,Y" as a pixel."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or not all(part.lstrip("+-").isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not X,Y in whole pixels, for example 250,180"
        )
    return int(parts[0]), int(parts[1])


def run(args: argparse.Namespace) -> int:
    from engine.photo import open_photo

    wishes = wishes_of(args)
    _check_usage(args)
    photo = open_photo(args.image)
    common = _common(args, photo.pixels)
    _check_outputs(args)
    made = _remove(common, wishes[0]) if args.remove else _insert(common, wishes)
    written = _write(args, made)
    said = (note for result in made.results for note in result.notes)
    notes = dict.fromkeys((*photo.notes, *made.notes, *said))
    if args.json:
        print_json(_values(args, made, notes=tuple(notes), written=written))
    else:
        _print(made, notes=tuple(notes), written=written)
    return 0


def wishes_of(args: argparse.Namespace) -> list[Wish]:
    """The objects that --at and --prompt ask for, in their order.

    With one --prompt every --at is its own. With several, whichever of the two options comes
    first begins each object.

    Raises:
        UsageError: An object has no name, or a place no object.
    """
    from engine.click2mask.several import Wish

    said: Sequence[tuple[str, Any]] = getattr(args, "said", None) or []
    prompts = [value for option, value in said if option == "prompt"]
    clicks = tuple(value for option, value in said if option == "at")
    if args.remove:
        if len(prompts) > 1 or not clicks:
            raise UsageError("--remove takes --at X,Y on each object, and one --prompt at most.")
        return [Wish(prompt="".join(prompts), clicks=clicks)]
    if not prompts:
        raise UsageError("Say with --prompt what shall appear.")
    if len(prompts) == 1:
        if not clicks:
            raise UsageError(f"Say with --at X,Y where {prompts[0]!r} shall appear.")
        return [Wish(prompt=prompts[0], clicks=clicks)]
    at_first = said[0][0] == "at"
    wishes: list[Wish] = []
    waiting: tuple[tuple[int, int], ...] = ()
    for option, value in said:
        if option == "prompt":
            wishes.append(Wish(prompt=value, clicks=waiting))
            waiting = ()
        elif at_first:
            waiting = (*waiting, value)
        else:
            wishes[-1] = Wish(prompt=wishes[-1].prompt, clicks=(*wishes[-1].clicks, value))
    if waiting:
        raise UsageError("The last --at has no --prompt: say what shall appear there.")
    return wishes


def _check_usage(args: argparse.Namespace) -> None:
    if args.remove and (args.frames is not None or args.stop_at is not None):
        raise UsageError("Nothing evolves with --remove: leave --frames and --stop-at away.")


def _common(args: argparse.Namespace, pixels: Any) -> ClickRequest:
    """What holds for every object."""
    from engine.click2mask.config import default_preset
    from engine.click2mask.family import check_pack
    from engine.click2mask.request import ClickRequest
    from engine.models.packs import pack_folder

    check_pack(args.pack)
    return ClickRequest(
        photo=pixels,
        clicks=(),
        prompt="",
        count=args.n,
        seed=args.seed,
        preset=args.preset or default_preset(pack_folder(args.pack)),
        pack=args.pack,
        stop_at=args.stop_at,
    )


def _check_outputs(args: argparse.Namespace) -> None:
    """Raise for what can be known to fail before anything is drawn."""
    for path in (args.output, args.mask, args.project):
        check_folder_of(path)
    if args.output.suffix.lower() != ".png":
        raise UsageError(f"Results are written as PNG: name a file like {args.output.stem}.png.")
    if args.output.resolve() == args.image.resolve():
        raise UsageError("The result would replace the picture itself: name another file with -o.")
    if args.frames is not None and args.frames.exists() and not args.frames.is_dir():
        raise UsageError(f"{args.frames} is a file: name a folder with --frames.")


def _insert(common: ClickRequest, wishes: Sequence[Wish]) -> Made:
    from engine.click2mask.several import insert_several

    done = insert_several(wishes, common, run_job)
    layout = done[-1].layout
    return Made(
        results=[one.result for one in done],
        layout=layout,
        depths=[layout.index(one.layer.id) for one in done],
    )


def _remove(common: ClickRequest, wish: Wish) -> Made:
    from dataclasses import replace

    from engine.click2mask.remove import removal
    from engine.click2mask.request import check_request
    from engine.segment.request import SegmentRequest

    request = replace(common, clicks=wish.clicks, prompt=wish.prompt)
    check_request(replace(request, prompt=wish.prompt or "background"))
    found = run_job(SegmentRequest(photo=request.photo, pack=request.pack))
    request, layout = removal(found.layout, request)
    return Made(results=[run_job(request)], layout=layout, notes=found.notes)


def _write(args: argparse.Namespace, made: Made) -> list[Path]:
    """Write everything that was asked for; returns the files."""
    written = []

    def write(path: Path, picture: Any) -> None:
        write_png(path, picture)
        written.append(path)

    several = len(made.results) > 1
    for number, insertion in enumerate(made.results[-1].insertions, 1):
        suffix = "" if number == 1 else f"-{number}"
        write(args.output.with_stem(args.output.stem + suffix), insertion.picture.pixels)
    for number, result in enumerate(made.results, 1):
        if args.mask:
            suffix = f"-{number}" if several else ""
            height, width = result.request.photo.shape[:2]
            mask = result.insertions[0].mask.on_canvas(width, height)
            write(args.mask.with_stem(args.mask.stem + suffix), mask.astype("uint8") * 255)
        if args.frames:
            folder = args.frames / str(number) if several else args.frames
            _write_frames(folder, result, write)
    if args.project:
        _write_project(args.project, made)
        written.append(args.project)
    return written


def _write_frames(folder: Path, result: ClickResult, write: Any) -> None:
    from engine.click2mask.sheet import evolution_sheet

    height, width = result.request.photo.shape[:2]
    folder.mkdir(parents=True, exist_ok=True)
    best = result.insertions[0]
    for look in best.evolution:
        name = f"step-{look.step:02d}"
        write(folder / f"{name}.png", look.pixels)
        mask = look.mask.on_canvas(width, height).astype("uint8") * 255
        write(folder / f"{name}-mask.png", mask)
    sheet = evolution_sheet(
        best.evolution,
        size=(width, height),
        title=result.request.prompt,
        results=[insertion.picture.pixels for insertion in result.insertions],
    )
    write(folder / "sheet.png", sheet)


def _write_project(path: Path, made: Made) -> None:
    """The best result as a project: its picture below, the objects as layers."""
    from dataclasses import replace

    from PIL import Image

    from engine.layout.layout import MAX_CAPTION, Background, check_canvas_size, check_caption
    from engine.project import save_project

    layout = made.layout
    check_canvas_size(layout.width, layout.height)
    data = io.BytesIO()
    Image.fromarray(made.results[-1].insertions[0].picture.pixels).save(data, "PNG")
    background = Background(data=data.getvalue(), format="png", name=f"{path.stem}.png")
    words = ", ".join(result.request.prompt for result in made.results)
    # Several long prompts may be more than a caption holds; what is drawn is kept all the same.
    caption = layout.caption or check_caption(words[:MAX_CAPTION])
    save_project(replace(layout, background=background, caption=caption), path)


def _print(made: Made, *, notes: tuple[str, ...], written: list[Path]) -> None:
    for result in made.results:
        if len(made.results) > 1:
            places = " ".join(f"{x},{y}" for x, y in result.request.clicks)
            print(f"{result.request.prompt} at {places}")
        rows = [
            (
                str(number),
                str(insertion.picture.seed),
                f"{insertion.picture.score:.3f}",
                str(insertion.mask.area),
                ",".join(map(str, insertion.mask.box)),
            )
            for number, insertion in enumerate(result.insertions, 1)
        ]
        print_table(("result", "seed", "score", "mask pixels", "x,y,w,h"), rows)
    for note in notes:
        print(f"note: {note}")
    for path in written:
        print(path)


def _values(
    args: argparse.Namespace, made: Made, *, notes: tuple[str, ...], written: list[Path]
) -> dict[str, Any]:
    last = made.results[-1]
    objects = [_result_values(result) for result in made.results]
    if len(objects) == 1:
        what: dict[str, Any] = objects[0]
    else:
        for values, depth in zip(objects, made.depths, strict=True):
            values["depth"] = depth
        what = {"objects": objects}
    return {
        "image": str(args.image),
        **what,
        "notes": list(notes),
        "pack": last.pack,
        "model_hash": last.model_hash,
        "files": [str(path) for path in written],
    }


def _result_values(result: ClickResult) -> dict[str, Any]:
    from engine.click2mask.layer import request_values

    return {
        "request": request_values(result.request),
        "results": [
            {
                "seed": insertion.picture.seed,
                "score": insertion.picture.score,
                "mask_pixels": insertion.mask.area,
                "mask_box": list(insertion.mask.box),
                "steps": len(insertion.evolution),
            }
            for insertion in result.insertions
        ],
        "seconds": {stage: round(value, 3) for stage, value in result.seconds.items()},
        "calls": result.calls,
    }
