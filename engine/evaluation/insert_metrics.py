"""What is measured on an insertion: pure numpy.

Normalised L2 of the background (SmartMask names it without a formula; this one is ours, algorithms
section 6): sqrt( sum |I' - I|^2 / sum |I|^2 ), both sums over the pixels outside ONE reference mask
for all methods. Outside each method's own mask a box would be excused for all that it repaints.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.layout.mask import BoolArray


def norm_l2_background(
    before: NDArray[np.uint8], after: NDArray[np.uint8], reference: BoolArray
) -> float:
    """Normalised L2 difference outside the reference mask; 0 where nothing changed.

    Args:
        before, after: Pictures uint8 (height, width, 3).
        reference: bool (height, width), the place whose change is wanted, the same for all
            methods.

    Raises:
        ValueError: The shapes differ, or the reference leaves no background.
    """
    error, energy, _ = _sums(before, after, reference)
    if error == 0:
        return 0.0
    # A black background has no energy of its own: any change in it is as large as can be.
    return float(np.sqrt(error / energy)) if energy else float("inf")


def rms_background(
    before: NDArray[np.uint8], after: NDArray[np.uint8], reference: BoolArray
) -> float:
    """Root mean square difference of a channel outside the reference mask, 0..255."""
    error, _, count = _sums(before, after, reference)
    return float(np.sqrt(error / count))


def share_changed(
    before: NDArray[np.uint8], after: NDArray[np.uint8], reference: BoolArray
) -> float:
    """Share of the pixels outside the reference mask that are not bit for bit the same."""
    _sums(before, after, reference)
    return float((before != after).any(axis=2)[~reference].mean())


def overlap(first: BoolArray, second: BoolArray) -> float:
    """Intersection over union of two masks, 0..1; 0 where both are empty."""
    either = int((first | second).sum())
    return int((first & second).sum()) / either if either else 0.0


def _sums(
    before: NDArray[np.uint8], after: NDArray[np.uint8], reference: BoolArray
) -> tuple[float, float, int]:
    """Squared difference and squared brightness of the background, and its values' number."""
    if before.shape != after.shape or before.shape[:2] != reference.shape:
        raise ValueError(
            f"pictures of {before.shape} and {after.shape} and a mask of {reference.shape}"
        )
    outside = ~reference
    if not outside.any():
        raise ValueError("the reference mask leaves no background")
    a = before[outside].astype(np.float64)
    b = after[outside].astype(np.float64)
    return float(((b - a) ** 2).sum()), float((a**2).sum()), a.size
