"""Several objects one after the other, each in the picture that the former made. Ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from engine.click2mask.layer import layer_of
from engine.click2mask.places import index_painted, place_told
from engine.click2mask.request import ClickRequest, ClickResult, check_request, in_front_of
from engine.click2mask.telling import index_told, told
from engine.errors import InputError
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.smartmask.placing import placed
from planner.scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One object: what, and where; without clicks the words say where ("a hat on the dog")."""

    prompt: str
    clicks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inserted:
    """One object of several: its results, the best one's layer, all layers up to now."""

    result: ClickResult
    layer: Layer
    layout: Layout


def insert_several(
    wishes: Sequence[Wish], common: ClickRequest, answer: Callable[[ClickRequest], ClickResult]
) -> list[Inserted]:
    """Insert objects in their order, the best result of each being the next one's photo.

    Args:
        common: The photo, and all that holds for every object; its clicks and prompt do not count.
        answer: Runs a request, as `engine.click2mask.run.run` does.

    Raises:
        InputError: A wish cannot be used, which is said before anything is drawn; or a prompt
            that the scorer does not know.
    """
    scenes = checked(wishes, common)
    height, width = common.photo.shape[:2]
    layout, photo = Layout(width=width, height=height), common.photo
    # By the order of insertion, as the scenes name them; the layout has them by depth.
    ids: list[str] = []
    done: list[Inserted] = []
    for wish, scene in zip(wishes, scenes, strict=True):
        clicks, index = wish.clicks, None
        if scene is not None and clicks:
            index = index_told(scene, layout, ids, clicks=clicks)
        elif scene is not None:
            place = place_told(scene, layout, ids, seed=common.seed)
            clicks, index = (place.click,), place.index
        request = replace(
            common,
            photo=photo,
            clicks=clicks,
            prompt=wish.prompt,
            in_front=None if index is None else in_front_of(layout, index),
        )
        result = answer(request)
        best = result.insertions[0]
        layer = layer_of(result, best)
        if index is None:
            index = index_painted(layout, layer.mask)
        behind = layout.layers[index].id if index < len(layout.layers) else None
        layout, photo = placed(layout, layer, behind=behind), best.picture.pixels
        ids.append(layer.id)
        done.append(Inserted(result=result, layer=layer, layout=layout))
    return done


def checked(wishes: Sequence[Wish], common: ClickRequest) -> list[Scene | None]:
    """What each prompt says of its object's place; raises InputError for a wish without a place."""
    scenes: list[Scene | None] = []
    for number, wish in enumerate(wishes):
        earlier = [before.prompt for before in wishes[:number]]
        scene = told(wish.prompt, earlier)
        if scene is None and not wish.clicks and wish.prompt.strip():
            raise InputError(_homeless(wish.prompt, earlier))
        check_request(replace(common, prompt=wish.prompt, clicks=wish.clicks or ((0, 0),)))
        scenes.append(scene)
    return scenes


def _homeless(prompt: str, earlier: Sequence[str]) -> str:
    words = f"Nothing says where {prompt[:60]!r} goes: give it a click"
    if not earlier:
        return f"{words}."
    return (
        f"{words}, or name its place by an object inserted before it, "
        f'like "... next to {earlier[-1][:60]}".'
    )
