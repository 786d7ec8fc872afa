"""What goes into a SmartMask job and what comes out; imports neither Qt nor torch."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from engine.errors import InputError
from engine.layout.guidance import Guidance, checked
from engine.layout.layout import Layout, check_label
from engine.layout.mask import Mask
from engine.smartmask.finish import AS_DRAWN, Finish

MAX_SUGGESTIONS = 32
MAX_AMONG = 64
AS_THE_PACK = 0
"""Value of `SuggestRequest.among`: as many as the pack is quick enough for."""
MAX_STEPS = 1000
MAX_SCALE = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestRequest:
    """Ask for masks of one more object. The same request gives the same suggestions.

    Attributes:
        layout: The scene so far; its caption is the context text.
        label: What the object is (T_obj of the paper).
        guidance: Where it goes (G_obj of Eq. 5).
        count: Number of suggestions, 1..MAX_SUGGESTIONS.
        among: Samples drawn, count..MAX_AMONG, of which the `count` are kept that stand for all of
            them best (`postprocess.representatives`); AS_THE_PACK, or None for no more than
            `count`.
        seed: Sample k (from 1) is drawn with seed + k - 1, whatever the count.
        behind: Id of the layer the object goes behind; the model then sees only the layers
            beneath that one. None puts it in front of all.
        pack: Which pack answers.
        steps: Denoising steps, 1..MAX_STEPS; None takes the pack's measured default.
        style: "illustration" or "natural" silhouettes; "any" leaves it to the model.
        layout_scale, text_scale: The two guidance scales s_I and s_T, 0..MAX_SCALE; None takes
            the pack's.
        finish: What every mask goes through after it was drawn and scored.
    """

    layout: Layout
    label: str
    guidance: Guidance = field(default_factory=Guidance)
    count: int = 4
    among: int | None = None
    seed: int = 0
    behind: str | None = None
    pack: str = "lite"
    steps: int | None = None
    style: str = "any"
    layout_scale: float | None = None
    text_scale: float | None = None
    finish: Finish = AS_DRAWN

    @property
    def drawn(self) -> int:
        """Samples drawn; of AS_THE_PACK only those asked for."""
        return max(self.count, self.among or 0)

    def seen_layers(self) -> Layout:
        """S_k: the layout with only the visible layers beneath the new object's place."""
        end = len(self.layout.layers) if self.behind is None else self.layout.index(self.behind)
        return self.layout.with_layers(
            tuple(layer for layer in self.layout.layers[:end] if layer.visible)
        )


def check_request(request: SuggestRequest) -> SuggestRequest:
    """The request with label and guidance tidied. Raises InputError for what cannot be used."""
    _check_numbers(request)
    if request.style not in ("any", "natural", "illustration"):
        raise InputError(f"Unknown style {request.style!r}: use any, natural or illustration.")
    if request.behind is not None:
        request.layout.index(request.behind)
    return replace(
        request,
        label=check_label(request.label),
        guidance=checked(request.guidance, request.layout.canvas),
    )


def _check_numbers(request: SuggestRequest) -> None:
    if not 1 <= request.count <= MAX_SUGGESTIONS:
        raise InputError(
            f"{request.count} suggestions are not possible: ask for 1 to {MAX_SUGGESTIONS}."
        )
    if request.among and not request.count <= request.among <= MAX_AMONG:
        raise InputError(
            f"{request.count} suggestions cannot be chosen among {request.among}: use "
            f"{request.count} to {MAX_AMONG}."
        )
    if request.steps is not None and not 1 <= request.steps <= MAX_STEPS:
        raise InputError(f"{request.steps} steps are not possible: use 1 to {MAX_STEPS}.")
    for name, scale in (("layout", request.layout_scale), ("text", request.text_scale)):
        if scale is not None and not 0 <= scale <= MAX_SCALE:
            raise InputError(
                f"A {name} scale of {scale:g} is not possible: use 0 to {MAX_SCALE:g}."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One proposed mask.

    Attributes:
        sample: Sample number k, from 1; `--apply K` and the window mean this number.
        seed: The seed this sample was drawn with (request seed + k - 1).
        mask: Amodal mask at canvas resolution; empty when the sample came out unusable.
        score: Ranking score in 0..1, for the order of display and for which samples are kept.
        duplicate_of: Sample number of a better-ranked suggestion with nearly the same mask.
    """

    sample: int
    seed: int
    mask: Mask
    score: float
    duplicate_of: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestResult:
    """The samples of a request, the one to look at first before the others.

    Attributes:
        request: As it was drawn, the pack's steps and scales filled in.
        suggestions: Every sample that was kept, in display order; duplicates and empty ones come
            last.
        notes: Lines the user should read, for example that an unknown word was taken for a
            known one.
        ade_class: ADE20K class of the label, for the layer that is made of a suggestion.
        pack, model_hash: Who answered, for the layer's provenance.
        seconds: Wall time by stage ("load", "draw", "rank").
    """

    request: SuggestRequest
    suggestions: tuple[Suggestion, ...]
    notes: tuple[str, ...] = ()
    ade_class: int = -1
    pack: str = ""
    model_hash: str = ""
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def shown(self) -> tuple[Suggestion, ...]:
        """The suggestions worth showing: no duplicates, none empty."""
        return tuple(s for s in self.suggestions if s.duplicate_of is None and not s.mask.is_empty)
