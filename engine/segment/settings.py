"""What a pack's segmenter wants to be asked like: `segment.json` in its folder. No torch."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.errors import ModelDamaged

SETTINGS_FILE = "segment.json"


class SegmenterSettings(BaseModel):
    """A segmenter's own settings; without a file the values that its family is known for.

    Attributes:
        threshold: Lowest score of a segment that is kept.
        mask_threshold: Lowest product of score and mask probability of a pixel that counts as the
            segment's own; transformers weighs both together, so at 0.5 no score below is kept.
        overlap: Share of its own mask that a segment must win against the others.
        stuff: Label ids that make one segment each, however many parts they have.
        split: Whether parts of a thing that do not touch are things of their own: of models that
            give one segment to a class.
        note: What every result says, for example that the model knows illustrations.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    threshold: float | None = Field(None, ge=0, le=1)
    mask_threshold: float = Field(0.5, ge=0, le=1)
    overlap: float = Field(0.8, ge=0, le=1)
    stuff: tuple[int, ...] | None = None
    split: bool = False
    note: str = Field("", max_length=500)


def settings_in(folder: Path) -> SegmenterSettings:
    """The settings of a segmenter's folder. Raises ModelDamaged when they cannot be read."""
    file = folder / SETTINGS_FILE
    if not file.is_file():
        return SegmenterSettings.model_validate({})
    try:
        return SegmenterSettings.model_validate_json(file.read_bytes())
    except (ValidationError, OSError) as error:
        raise ModelDamaged(f"{file} cannot be read: install the pack again.") from error
