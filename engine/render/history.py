"""What repeats a picture: its request, layout included, as plain JSON values. No torch.

A record goes into every PNG (`engine.render.metadata`), into galleries and into `--json`. It holds
the layers' masks as text, but neither the photo's bytes nor the layers' own histories, none of
which the picture depends on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.errors import InputError
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import (
    MAX_CAPTION,
    MAX_LABEL,
    MAX_LAYERS,
    Layout,
    check_canvas_size,
)
from engine.layout.mask import EMPTY_MASK, Mask
from engine.layout.mask_text import mask_of_text, mask_text
from engine.render.checking import check_request
from engine.render.request import Picture, RenderRequest, RenderResult

VERSION = 1
_FAR = 1 << 20
_MAX_PIXELS = 1 << 31
"""Of all layers' boxes together: what unpacks to 256 MB of masks."""

Json = dict[str, Any]
Short = Annotated[str, Field(max_length=MAX_LABEL)]
Long = Annotated[str, Field(max_length=MAX_CAPTION)]
Coordinate = Annotated[int, Field(ge=-_FAR, le=_FAR)]


class _Values(BaseModel):
    # Newer versions may say more; what is said twice over in the wrong type is not guessed at.
    model_config = ConfigDict(extra="ignore", strict=True)


class _Layer(_Values):
    id: Annotated[str, Field(min_length=1, max_length=200)]
    label: Annotated[str, Field(min_length=1, max_length=MAX_LABEL)]
    ade_class: Annotated[int, Field(ge=-1, le=149)] = -1
    visible: bool = True
    group: Short | None = None
    prompt: Long = ""
    box: Annotated[list[Coordinate], Field(min_length=4, max_length=4)]
    mask: str = ""


class _Layout(_Values):
    width: int
    height: int
    caption: Long = ""
    layers: Annotated[list[_Layer], Field(max_length=MAX_LAYERS)] = []


class _Request(_Values):
    prompt: Long = ""
    negative: Long = ""
    style: Short = ""
    seed: int
    size: int | None = None
    steps: int | None = None
    guidance: float | None = None
    control_scale: float | None = None
    layer_prompts: bool = True
    pack: Short = "lite"


class _Record(_Values):
    version: int
    request: _Request
    layout: _Layout | None = None


def record_of(result: RenderResult, picture: Picture) -> Json:
    """Everything that draws just this picture again, and what is worth showing beside it."""
    request = result.request
    return {
        "version": VERSION,
        "program": "Scenewright",
        "sample": picture.sample,
        "prompt": result.prompt,
        "pack": result.pack,
        "model_hash": result.model_hash,
        "width": int(picture.pixels.shape[1]),
        "height": int(picture.pixels.shape[0]),
        "starred": False,
        "request": {
            "prompt": request.prompt,
            "negative": request.negative,
            "style": request.style,
            "seed": picture.seed,
            "size": request.size,
            "steps": request.steps,
            "guidance": request.guidance,
            "control_scale": request.control_scale,
            "layer_prompts": request.layer_prompts,
            "pack": pack_name(request.pack),
        },
        "layout": layout_values(request.layout),
    }


def request_of(record: Mapping[str, Any], layout: Layout | None = None) -> RenderRequest:
    """The request for the one picture of a record.

    Args:
        record: As `record_of` made it, or as it was read from a file: nothing in it is trusted.
        layout: Used instead of the record's own.

    Raises:
        InputError: The record is damaged, of a newer version, or has no layout and none is given.
    """
    try:
        values = _Record.model_validate(dict(record))
        if values.version != VERSION:
            raise ValueError(f"it has version {values.version}, this program knows {VERSION}")
        if layout is None:
            if values.layout is None:
                raise ValueError("it holds no layout")
            layout = _layout_of(values.layout)
    except (ValidationError, ValueError, TypeError) as error:
        reason = str(error)
        if isinstance(error, ValidationError):
            first = error.errors(include_url=False)[0]
            reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise InputError(f"The picture's request cannot be restored: {reason}.") from error
    return check_request(RenderRequest(layout=layout, count=1, **values.request.model_dump()))


def layout_values(layout: Layout) -> Json:
    """The layout without its photo, as JSON values; masks as text."""
    return {
        "width": layout.width,
        "height": layout.height,
        "caption": layout.caption,
        "layers": [_layer_values(layer) for layer in layout.layers],
    }


def pack_name(pack: str) -> str:
    """A pack as it can be found again elsewhere: of a folder, only its own name."""
    return pack.rstrip("/").replace("\\", "/").rpartition("/")[2] or pack


def _layer_values(layer: Layer) -> Json:
    values: Json = {"id": layer.id, "label": layer.label, "ade_class": layer.ade_class}
    if not layer.visible:
        values["visible"] = False
    if layer.group is not None:
        values["group"] = layer.group
    if layer.prompt:
        values["prompt"] = layer.prompt
    values["box"] = list(layer.mask.box)
    if not layer.mask.is_empty:
        values["mask"] = mask_text(layer.mask)
    return values


def _layout_of(values: _Layout) -> Layout:
    check_canvas_size(values.width, values.height)
    if sum(max(box[2], 0) * max(box[3], 0) for box in (x.box for x in values.layers)) > _MAX_PIXELS:
        raise ValueError("its layers are too large")
    layers = tuple(_layer_of(layer) for layer in values.layers)
    if len({layer.id for layer in layers}) != len(layers):
        raise ValueError("two of its layers have the same id")
    return Layout(width=values.width, height=values.height, caption=values.caption, layers=layers)


def _layer_of(values: _Layer) -> Layer:
    return Layer(
        id=values.id,
        label=values.label,
        ade_class=values.ade_class,
        visible=values.visible,
        group=values.group,
        prompt=values.prompt,
        mask=_mask_of(values),
    )


def _mask_of(values: _Layer) -> Mask:
    if not values.mask:
        return EMPTY_MASK
    try:
        return mask_of_text(values.mask, Box(*values.box))
    except ValueError as error:
        raise ValueError(f"the mask of {values.label!r} is damaged: {error}") from error
