"""`eval all`: every lite model's main figure in one table, beside baselines and former versions."""

from __future__ import annotations

import argparse
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.cli.common import Progress, add_json, check_folder_of, print_json, print_table
from engine.errors import Cancelled, DataError, ModelMissing, ScenewrightError
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
FAILED = "failed"
_REASON = 120
"""Characters of an error that a cell takes."""
KEYS = (
    "text", "mask-autoencoder", "smartmask", "planner", "picture-autoencoder", "render",
    "segmenter", "scorer", "inpaint", "insert-mask", "click2mask",
)  # fmt: skip


def models() -> tuple[Model, ...]:
    """Every model of the table."""
    from engine.evaluation import all_insertions, all_models, all_pictures

    return (*all_models.MODELS, *all_pictures.MODELS, *all_insertions.MODELS)


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

    def save(rows: Sequence[Row], known: Sequence[Entry]) -> None:
        made = table(rows, known, command=_command(args))
        _write(args.out.with_name(HISTORY), history_text(known))
        _write(args.out, with_table(page, made))

    try:
        rows, history = measure(models(), asked, history, only=args.only, save=save)
    finally:
        progress.clear()
    save(rows, history)
    if args.json:
        print_json({"rows": plain(rows, history)})
    else:
        print_table(HEAD, [cells(row, history) for row in rows])
    return 1 if any(row.note.startswith(FAILED) for row in rows) else 0


def measure(
    wanted: Sequence[Model],
    asked: Asked,
    history: Sequence[Entry],
    *,
    only: Sequence[str] | None = None,
    save: Callable[[Sequence[Row], Sequence[Entry]], None] = lambda rows, known: None,
) -> tuple[list[Row], list[Entry]]:
    """Measure the models that are in the pack, one after the other.

    Args:
        only: Keys of those to measure; the others keep what the history says of their weights.
        save: Gets all rows and the history after each model: a run takes long, and what breaks
            one model shall not take the figures of the others along.

    Returns:
        A row for each model, and the history with what is new.
    """
    pack, kept = pack_folder(asked.pack), list(history)
    mode = ("quick" if asked.quick else "full") + (" + data" if asked.data else "")
    rows = [_known_row(model, asked, pack, kept, mode=mode) for model in wanted]
    for place, model in enumerate(wanted):
        if rows[place].note == MISSING or (only is not None and model.key not in only):
            continue
        asked.context.progress(model.name)
        row = _measured_row(model, asked, pack, mode=mode)
        if row.entry is not None:
            kept = with_entry(kept, row.entry)
        rows[place] = row
        save(rows, kept)
    return rows, kept


def _known_row(
    model: Model, asked: Asked, pack: Path, history: Sequence[Entry], *, mode: str
) -> Row:
    """What is known of a model before it is measured."""
    known, files = versions(pack, model.weights), weight_files(pack, model.weights)
    if not files or not all(has_component(asked.pack, name) for name in model.components):
        return Row(model=model, entry=None, note=MISSING, versions=known)
    entry = _kept(history, model, weights_hash(files), mode)
    return Row(model=model, entry=entry, note="" if entry else "not measured", versions=known)


def _measured_row(model: Model, asked: Asked, pack: Path, *, mode: str) -> Row:
    known, files = versions(pack, model.weights), weight_files(pack, model.weights)
    try:
        found = model.measure(asked)
    except Cancelled:
        raise
    except (ModelMissing, DataError) as error:
        return Row(model=model, entry=None, note=_reason("not measured", error), versions=known)
    except Exception as error:
        # Whatever it is: the other models are measured all the same.
        traceback.print_exc()
        return Row(model=model, entry=None, note=_reason(FAILED, error), versions=known)
    newest = known[0] if known else None
    entry = _entry(
        model, found, mode=mode, weights=weights_hash(files),
        size_mb=sum(file.stat().st_size for file in files) / 1e6,
        commit=newest.commit if newest else "", date=newest.date if newest else "",
    )  # fmt: skip
    return Row(model=model, entry=entry, note="", versions=known)


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


def _reason(what: str, error: Exception) -> str:
    """The first sentence of an error, fit for a cell."""
    text = str(error) if isinstance(error, ScenewrightError) else repr(error)
    first = text.split(". ")[0].split("; ")[0]
    return f"{what}: {' '.join(first.split())[:_REASON]}".replace("|", "/")


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
