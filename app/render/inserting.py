"""An object into the photo, in a place that the user gives or a mask that is there."""

from __future__ import annotations

from typing import Any

from app.render.images import image_of
from app.render.offering import Offer, Offering
from app.render.viewer import Pane
from engine.render.request import Insertion, InsertResult, Picture


class Inserting(Offering):
    def offers_of(self, result: InsertResult) -> tuple[Offer, ...]:
        return tuple(_offer(insertion) for insertion in result.insertions)

    def pane_of(self, preview: Any) -> Pane | None:
        return Pane("", image=image_of(preview.pixels)) if isinstance(preview, Picture) else None


def _offer(insertion: Insertion) -> Offer:
    picture = insertion.picture
    return Offer(
        pixels=picture.pixels,
        place=insertion.layer.mask.box,
        seed=picture.seed,
        layer=lambda: insertion.layer,
    )
