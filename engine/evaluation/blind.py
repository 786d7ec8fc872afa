"""`eval blind`: thirty everyday cases by two packs, side by side, for an eye that knows not which.

The first call draws every case with both packs and writes sheets of pairs, left and right by lot,
and the lot into key.json. Someone looks at the sheets alone and writes for each number "left",
"right" or "same" into a JSON file. The second call, with --verdicts, opens the key, counts, and
writes the sheets once more with the former version always on the left.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from engine.cli.common import Progress, add_json, print_json, write_png
from engine.data.generator import generate
from engine.errors import InputError, ScenewrightError

CASES_FILE = Path(__file__).with_name("blind_cases.json")
SAMPLES = Path(__file__).resolve().parents[2] / "resources/samples"
PHOTO_SIZE = (512, 384)
FIRST_PHOTO = 6_000_000
TILE = (420, 315)
ROWS = 5
_TEXT = 16
LEFT, RIGHT, SAME = "left", "right", "same"


@dataclass(frozen=True, slots=True)
class BlindCase:
    """One case.

    Attributes:
        kind: "scene" (designed and rendered), "mask", "insert" or "click".
        text: Caption, label or prompt.
        where: Box x,y,w,h or point x,y in pixels of the project or photo; "" for a scene.
        project: Of a mask, the sample project.
        photo: Of an insertion or click, the number of the held-out generated picture.
    """

    kind: str
    text: str
    where: str = ""
    project: str = ""
    photo: int = 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--before", metavar="PACK", help="a pack's name or folder")
    parser.add_argument("--after", metavar="PACK", help="the other pack (default: lite)")
    parser.add_argument("--n", type=int, metavar="N", help="only the first N cases of each kind")
    parser.add_argument("--seed", type=int, default=0, help="of the pictures")
    parser.add_argument("--out", type=Path, required=True, help="folder of sheets and key")
    parser.add_argument(
        "--verdicts", type=Path, metavar="FILE", help='JSON such as {"1": "left", "2": "same"}'
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    if args.verdicts is not None:
        key, verdicts = _read(args.out / "key.json"), _read(args.verdicts)
        result = counted(key, verdicts)
        write_opened(args.out, key, verdicts)
        if args.json:
            print_json(result)
        else:
            print(told(result))
        return 0
    if not args.before:
        raise InputError(
            "--before names the pack to compare with; --verdicts counts what was said."
        )
    if args.n is not None and args.n < 1:
        raise InputError("--n must be at least 1.")
    packs = {"before": args.before, "after": args.after or "lite"}
    cases = first_of_each_kind(read_cases(), args.n)
    # Not by the seed: who has seen one key would know them all.
    swapped = (np.random.default_rng().random(len(cases)) < 0.5).tolist()
    args.out.mkdir(parents=True, exist_ok=True)
    progress = Progress()
    pairs: list[tuple[Image.Image, Image.Image]] = []
    try:
        for number, case in enumerate(cases):
            progress.progress(f"{case.kind}: {case.text}", number, len(cases))
            made = {name: drawn(case, pack, seed=args.seed) for name, pack in packs.items()}
            sides = ("after", "before") if swapped[number] else ("before", "after")
            pairs.append((made[sides[0]], made[sides[1]]))
    finally:
        progress.clear()
    write_sheets(args.out, cases, pairs)
    key = {
        "packs": packs,
        "seed": args.seed,
        "cases": {
            str(number): {
                "kind": case.kind,
                "text": case.text,
                LEFT: "after" if swap else "before",
                RIGHT: "before" if swap else "after",
            }
            for number, (case, swap) in enumerate(zip(cases, swapped, strict=True), 1)
        },
    }
    (args.out / "key.json").write_text(json.dumps(key, indent=1) + "\n", "utf-8")
    print(f"{len(cases)} pairs in {args.out}; look at them before you open key.json.")
    return 0


def read_cases(file: Path = CASES_FILE) -> list[BlindCase]:
    return [BlindCase(**values) for values in json.loads(file.read_text("utf-8"))]


def first_of_each_kind(cases: Sequence[BlindCase], count: int | None) -> list[BlindCase]:
    kinds: Counter[str] = Counter()
    out = []
    for case in cases:
        kinds[case.kind] += 1
        if count is None or kinds[case.kind] <= count:
            out.append(case)
    return out


def drawn(case: BlindCase, pack: str, *, seed: int) -> Image.Image:
    """What the program's own commands make of a case; a grey card where they cannot."""
    from engine.cli.main import main

    with tempfile.TemporaryDirectory() as place:
        out, photo = Path(place) / "out.png", Path(place) / "photo.png"
        if case.photo:
            _photo(case.photo).save(photo)
        said = io.StringIO()
        for words in commands(case, pack, seed=seed, out=out, photo=photo):
            try:
                with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                    # Errors come through: a cancel is none of a case.
                    main([*words, "--debug"])
            except ScenewrightError as error:
                print(f"{pack}, {case.kind} {case.text!r}: {error}", file=sys.stderr)
                return _card()
        with Image.open(out) as image:
            return image.convert("RGB")


def commands(case: BlindCase, pack: str, *, seed: int, out: Path, photo: Path) -> list[list[str]]:
    """The command lines that make `out` of a case."""
    common = ["--seed", str(seed), "--pack", pack]
    if case.kind == "scene":
        layout = str(out.with_suffix(".ora"))
        return [
            ["design", "--caption", case.text, *common, "-o", layout],
            ["render", layout, *common, "-o", str(out)],
        ]
    if case.kind == "mask":
        project = str(SAMPLES / f"{case.project}.ora")
        asked = ["--object", case.text, "--box", case.where, "-n", "4"]
        return [["suggest", project, *asked, *common, "--sheet", str(out)]]
    if case.kind == "insert":
        asked = ["--object", case.text, "--box", case.where]
        return [["insert", str(photo), *asked, *common, "-o", str(out)]]
    if case.kind == "click":
        asked = ["--at", case.where, "--prompt", case.text, "-n", "1"]
        return [["insert-click", str(photo), *asked, *common, "-o", str(out)]]
    raise InputError(f"There is no kind of case {case.kind!r}.")


def _photo(number: int) -> Image.Image:
    picture = generate(FIRST_PHOTO + number, split="val", size=PHOTO_SIZE).image
    assert picture is not None
    return Image.fromarray(picture)


def _card() -> Image.Image:
    """Says no more than that: an error's words would tell the pack."""
    card = Image.new("RGB", TILE, (120, 120, 120))
    ImageDraw.Draw(card).text((8, 8), "no picture", fill="white")
    return card


def write_sheets(
    folder: Path, cases: Sequence[BlindCase], pairs: Sequence[tuple[Image.Image, Image.Image]]
) -> None:
    """pairs-1.png, pairs-2.png ... with ROWS numbered pairs each."""
    for start in range(0, len(cases), ROWS):
        shown = range(start, min(start + ROWS, len(cases)))
        height = len(shown) * (TILE[1] + _TEXT + 4)
        sheet = Image.new("RGB", (2 * TILE[0] + 4, height), (20, 20, 20))
        for row, number in enumerate(shown):
            top = row * (TILE[1] + _TEXT + 4)
            text = f"{number + 1}  {cases[number].kind}: {cases[number].text}"
            ImageDraw.Draw(sheet).text((4, top + 2), text, fill=(235, 235, 235))
            for side, picture in enumerate(pairs[number]):
                # Of one size: a pack that draws smaller shall not be known by it.
                fitted = ImageOps.contain(picture, TILE, Image.Resampling.LANCZOS)
                sheet.paste(fitted, (side * (TILE[0] + 4), top + _TEXT))
        write_png(folder / f"pairs-{start // ROWS + 1}.png", sheet)


def write_opened(folder: Path, key: Mapping[str, Any], verdicts: Mapping[str, Any]) -> None:
    """opened-1.jpg ...: the sheets with "before" on the left, and what was preferred.

    Sheets that are not there any more are passed over.
    """
    step, half = TILE[1] + _TEXT + 4, TILE[0] + 4
    for start in range(0, len(key["cases"]), ROWS):
        sheet = folder / f"pairs-{start // ROWS + 1}.png"
        if not sheet.is_file():
            continue
        with Image.open(sheet) as image:
            blind = image.convert("RGB")
        opened = blind.copy()
        for row in range(blind.height // step):
            case, top = key["cases"][str(start + row + 1)], row * step
            said = verdicts.get(str(start + row + 1))
            body = (top + _TEXT, top + step)
            if case[LEFT] == "after":
                sides = [blind.crop((x, body[0], x + TILE[0], body[1])) for x in (0, half)]
                opened.paste(sides[1], (0, body[0]))
                opened.paste(sides[0], (half, body[0]))
            better = case[said] if said in (LEFT, RIGHT) else said or "not judged"
            ImageDraw.Draw(opened).text(
                (half, top + 2), f"left before, right after; better: {better}", fill="white"
            )
        opened.save(folder / f"opened-{start // ROWS + 1}.jpg", quality=80)


def counted(key: Mapping[str, Any], verdicts: Mapping[str, Any]) -> dict[str, Any]:
    """Wins by kind and together, and how likely as clear a result is by chance (sign test).

    Raises:
        InputError: A verdict is none of the three words, or of a case that is not there.
    """
    kinds: dict[str, Counter[str]] = {}
    for number, said in verdicts.items():
        case = key["cases"].get(number)
        if case is None or said not in (LEFT, RIGHT, SAME):
            raise InputError(
                f"Case {number}: {said!r} cannot be counted; say {LEFT}, {RIGHT} or {SAME} "
                f"of cases 1 to {len(key['cases'])}."
            )
        winner = SAME if said == SAME else case[said]
        kinds.setdefault(case["kind"], Counter())[winner] += 1
    total = sum(kinds.values(), Counter())
    after, decided = total["after"], total["after"] + total["before"]
    most = max(after, decided - after)
    tail = sum(comb(decided, k) for k in range(most, decided + 1)) / 2**decided
    return {
        "kinds": {name: dict(count) for name, count in kinds.items()},
        "after": after,
        "before": total["before"],
        "same": total[SAME],
        "not_judged": len(key["cases"]) - sum(total.values()),
        "chance": round(min(1.0, 2 * tail), 4),
    }


def told(result: Mapping[str, Any]) -> str:
    lines = [
        f"{name:<8} after {count.get('after', 0)}, before {count.get('before', 0)}, "
        f"same {count.get(SAME, 0)}"
        for name, count in result["kinds"].items()
    ]
    lines.append(
        f"{'all':<8} after {result['after']}, before {result['before']}, same {result['same']}, "
        f"not judged {result['not_judged']}; by chance as clear in {result['chance']:.1%} of trials"
    )
    return "\n".join(lines)


def _read(file: Path) -> dict[str, Any]:
    try:
        values = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read: {error}.") from error
    if not isinstance(values, dict):
        raise InputError(f"{file} is no JSON object.")
    return values
