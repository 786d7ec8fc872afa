"""What a click made, as a layer of the layout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes

from engine.click2mask.changed import changed
from engine.click2mask.morphology import dilated
from engine.click2mask.request import (
    ClickInsertion,
    ClickRequest,
    ClickResult,
    check_request,
)
from engine.errors import InputError
from engine.layout.geometry import Box
from engine.layout.labels import ade_class_of
from engine.layout.layer import Layer, Provenance
from engine.layout.layout import MAX_LABEL, check_label
from engine.layout.mask import BoolArray, Mask
from engine.layout.mask_text import mask_of_text, mask_text

_REACH = 0.06
"""How far, as a share of the longest side, an object may reach out of the mask."""
_LEAST = 0.15
"""Share of the mask that must have changed; else the mask is the layer's."""


def layer_of(result: ClickResult, insertion: ClickInsertion) -> Layer:
    """A new layer with the silhouette of what appeared, and where it came from.

    The layer's mask is the outline of what changed in the picture at the mask that it was drawn
    into, without holes and in one piece; where hardly anything did, that mask itself.
    """
    request = result.request
    label = check_label(request.prompt[:MAX_LABEL])
    return Layer(
        label=label,
        mask=silhouette(request.photo, insertion, in_front=request.in_front),
        ade_class=ade_class_of(label).ade_class,
        provenance=Provenance(
            kind="click2mask",
            request=request_values(request) | {"sample": insertion.picture.sample},
            seed=insertion.picture.seed,
            pack=result.pack,
            model_hash=result.model_hash,
        ),
    )


def silhouette(
    photo: NDArray[np.uint8], insertion: ClickInsertion, *, in_front: Mask | None = None
) -> Mask:
    """The outline of what the insertion changed in a photo, uint8 (height, width, 3).

    Behind what is `in_front` nothing is seen to change: there the insertion's mask is believed.
    """
    height, width = photo.shape[:2]
    drawn = insertion.mask.on_canvas(width, height)
    near = dilated(drawn, _REACH * max(height, width))
    found = changed(photo, insertion.picture.pixels) & near
    if in_front is not None:
        found |= drawn & in_front.on_canvas(width, height)
    piece = largest_piece(np.asarray(binary_fill_holes(found)), at=drawn)
    enough = np.count_nonzero(piece & drawn) >= _LEAST * max(1, np.count_nonzero(drawn))
    return Mask.from_array(piece) if enough else insertion.mask


def largest_piece(mask: BoolArray, *, at: BoolArray) -> BoolArray:
    """The connected piece that covers most of `at`, shape as given."""
    count, pieces = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    if count <= 1:
        return mask
    covered = np.bincount(pieces[at & mask], minlength=count)
    covered[0] = 0
    return pieces == int(covered.argmax()) if covered.any() else np.zeros_like(mask)


def request_values(request: ClickRequest) -> dict[str, Any]:
    """A request as plain JSON values, without its photo; masks as text."""
    values: dict[str, Any] = {
        "prompt": request.prompt,
        "clicks": [list(click) for click in request.clicks],
        "count": request.count,
        "seed": request.seed,
        "preset": request.preset,
        "pack": request.pack,
        "stop_at": request.stop_at,
    }
    for name, mask in (("shape", request.shape), ("in_front", request.in_front)):
        if mask is not None and not mask.is_empty:
            values[name] = {"box": list(mask.box), "text": mask_text(mask)}
    return values


def request_of(values: Mapping[str, Any], photo: NDArray[np.uint8]) -> ClickRequest:
    """The request that a layer's provenance tells of, on a photo: inverse of `request_values`.

    Raises:
        InputError: The values are not those of a click, or cannot be used on this photo.
    """
    try:
        return check_request(
            ClickRequest(
                photo=photo,
                prompt=str(values["prompt"]),
                clicks=tuple((int(x), int(y)) for x, y in values["clicks"]),
                count=int(values["count"]),
                seed=int(values["seed"]),
                preset=str(values["preset"]),
                pack=str(values["pack"]),
                stop_at=None if values["stop_at"] is None else int(values["stop_at"]),
                shape=_mask_of(values.get("shape")),
                in_front=_mask_of(values.get("in_front")),
            )
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"What the layer tells of its click cannot be used ({error}): click again."
        ) from error


def _mask_of(told: Mapping[str, Any] | None) -> Mask | None:
    return None if told is None else mask_of_text(told["text"], Box(*told["box"]))
