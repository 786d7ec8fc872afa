"""`eval all`: every lite model's main figure in one table, beside baselines and former versions."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from engine.cli.common import Progress, add_json, check_folder_of, print_json, print_table
from engine.errors import DataError, ModelMissing, ScenewrightError
from engine.evaluation.all_asked import Asked, Measured, Model
from engine.evaluation.all_page import (
    HEAD,
    MISSING,
    NEW_PAGE,
    Row,
    cells,
    plain,
    table,
    with_table,
)
from engine.evaluation.all_versions import (
    Entry,
    history_text,
    read_history,
    versions,
    weight_files,
    weights_hash,
    with_entry,
)
from engine.models.packs import has_component, pack_folder

PAGE = Path(__file__).resolve().parents[2] / "resources" / "docs" / "lite.md"
HISTORY = "lite_history.json"
KEYS = (
    "text", "mask-autoencoder", "smartmask", "planner", "picture-autoencoder", "render", "inpaint",
    "segmenter", "scorer",
)  # fmt: skip


def models() -> tuple[Model, ...]:
    """Every model of the table."""
    from engine.evaluation import all_models, all_pictures

    return (*all_models.MODELS, *all_pictures.MODELS)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, help="data set folder; without it, generated scenes only"
    )
    parser.add_argument("--quick", action="store_true", help="few cases, under five CPU minutes")
    parser.add_argument(
        "--only", nargs="+", choices=KEYS, metavar="MODEL",
        help=f"measure these alone, the others as they were: {', '.join(KEYS)}",
    )  # fmt: skip
    parser.add_argument("--pack", default="lite")
    parser.add_argument(
        "--out",
        type=Path,
        default=PAGE,
        metavar="FILE",
        help=f"page that the table goes into (default: resources/docs/{PAGE.name}); what was "
        f"measured before is kept in {HISTORY} beside it",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    if args.data is not None and not args.data.is_dir():
        raise DataError(f"There is no data folder {args.data}.")
    check_folder_of(args.out)
    page = args.out.read_text("utf-8") if args.out.is_file() else NEW_PAGE
    with_table(page, "")
    history = read_history(args.out.with_name(HISTORY))
    progress = Progress()
    asked = Asked(quick=args.quick, data=args.data, pack=args.pack, context=progress)
    rows, history = measure(models(), asked, history, only=args.only)
    progress.clear()
    made = table(rows, history, command=_command(args))
    _write(args.out.with_name(HISTORY), history_text(history))
    _write(args.out, with_table(page, made))
    if args.json:
        print_json({"rows": plain(rows, history)})
    else:
        print_table(HEAD, [cells(row, history) for row in rows])
    return 0


def measure(
    wanted: Sequence[Model],
    asked: Asked,
    history: Sequence[Entry],
    *,
    only: Sequence[str] | None = None,
) -> tuple[list[Row], list[Entry]]:
    """Measure the models that are in the pack.

    Args:
        only: Keys of those to measure; the others keep what the history says of their weights.

    Returns:
        A row for each model, and the history with what is new.
    """
    pack, kept = pack_folder(asked.pack), list(history)
    mode = ("quick" if asked.quick else "full") + (" + data" if asked.data else "")
    rows = []
    for model in wanted:
        asked.context.progress(model.name)
        known = versions(pack, model.weights)
        files = weight_files(pack, model.weights)
        missing = [name for name in model.components if not has_component(asked.pack, name)]
        if missing or not files:
            rows.append(Row(model=model, entry=None, note=MISSING, versions=known))
            continue
        weights = weights_hash(files)
        if only is not None and model.key not in only:
            entry = _kept(kept, model, weights, mode)
            rows.append(
                Row(model=model, entry=entry, note="" if entry else "not measured", versions=known)
            )
            continue
        try:
            found = model.measure(asked)
        except (ModelMissing, DataError) as error:
            rows.append(Row(model=model, entry=None, note=_reason(error), versions=known))
            continue
        newest = known[0] if known else None
        entry = _entry(
            model, found, mode=mode, weights=weights,
            size_mb=sum(file.stat().st_size for file in files) / 1e6,
            commit=newest.commit if newest else "", date=newest.date if newest else "",
        )  # fmt: skip
        kept = with_entry(kept, entry)
        rows.append(Row(model=model, entry=entry, note="", versions=known))
    return rows, kept


def _entry(
    model: Model,
    found: Measured,
    *,
    mode: str,
    weights: str,
    size_mb: float,
    commit: str,
    date: str,
) -> Entry:
    return Entry(
        model=model.key,
        weights=weights,
        commit=commit,
        date=date,
        mode=mode,
        figure=model.figure,
        value=round(found.value, 4),
        baseline=round(found.baseline, 4),
        n=found.n,
        size_mb=round(size_mb, 2),
        seconds=round(found.cpu_seconds, 4),
        measured=time.strftime("%Y-%m-%d"),
    )


def _kept(history: Sequence[Entry], model: Model, weights: str, mode: str) -> Entry | None:
    wanted = (model.key, weights, mode, model.figure)
    alike = [e for e in history if (e.model, e.weights, e.mode, e.figure) == wanted]
    return alike[-1] if alike else None


def _reason(error: ScenewrightError) -> str:
    """The first sentence of an error, fit for a cell."""
    return "not measured: " + str(error).split(". ")[0].split("; ")[0].replace("|", "/")


def _command(args: argparse.Namespace) -> str:
    words = ["python main.py eval all"]
    words += ["--quick"] if args.quick else []
    words += ["--data DIR"] if args.data else []
    return " ".join(words)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path} cannot be written ({error}).") from error
