"""The report of `eval click2mask` as Markdown tables, for the pages that cite it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.evaluation.click2mask_metrics import METRICS

COSTS = {
    "unet_calls": "calls of the UNet, and of the ControlNets' UNet",
    "decodes": "pictures decoded",
    "gradients": "gradients of the scorer",
    "seconds": "seconds a case",
}
_SHOWN = ("hit", "hit5", "aclip", "direct", "l1", "l1_outside", "iou_made", "iou_true", "area")
_COMPARED = ("hit", "hit5", "aclip", "l1", "l1_outside", "iou_made", "iou_true")
_FINE = ("l1", "l1_outside")
"""Of a thousandth or so: they need a digit more."""


def report_markdown(report: Mapping[str, Any], *, command: str) -> str:
    """All tables of a report: figures by arm and by group, differences, cost and aims."""
    options = report["options"]
    parts = [
        f"`{command}`: at most {options['cases']} held-out cases, {options['results']} "
        f"result{'' if options['results'] == 1 else 's'} a case, preset {options['preset']}, seed "
        f"{options['seed']}; drawn {'close up' if options['close_up'] else 'as the paper does'}.",
        _means([*report["arms"], *report["groups"]], _SHOWN),
        "\n".join(f"- {key}: {METRICS[key]}" for key in _SHOWN),
        "Click2Mask less the others over the cases of both, with 95 % intervals:",
        _differences(report["differences"]),
        "What a case takes, as mean:",
        _means(report["arms"], tuple(COSTS)),
        "\n".join(f"- {key}: {text}" for key, text in COSTS.items()),
    ]
    if report["targets"]:
        parts.append(
            _table(
                ("aim", "gain", "at least", ""),
                (
                    (
                        f"{t['text']}, {t['kept']}",
                        f"{t['gain']:+.4f}",
                        f"{t['low']:+.4f}",
                        "reached" if t["reached"] else "not reached",
                    )
                    for t in report["targets"]
                ),
            )
        )
    return "\n\n".join(parts) + "\n"


def _means(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> str:
    return _table(
        ("arm", "n", *keys),
        ((row["arm"], str(row["n"]), *(_number(key, row[key]) for key in keys)) for row in rows),
    )


def _differences(rows: Sequence[Mapping[str, Any]]) -> str:
    return _table(
        ("less", "n", *_COMPARED),
        (
            (
                row["arm"],
                str(row["n"]),
                *(
                    "{} ({} to {})".format(*(_number(key, value, sign="+") for value in row[key]))
                    for key in _COMPARED
                ),
            )
            for row in rows
        ),
    )


def _number(key: str, value: float, *, sign: str = "") -> str:
    digits = 1 if key in COSTS else 4 if key in _FINE else 3
    return f"{value:{sign}.{digits}f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
