"""U_theta of Eq. 2 in the lite pack: placement and shape code denoised together.

One vector holds where the object goes (centre, log size) and what it looks like (shape code). It
is a single query: in every other block it reads the layout tokens, the zoomed window's tokens and
the words by attention, in all blocks it is modulated by time, pooled texts, pooled layout and the
scalar features, and what a scribble outlines enters as a shape code. Rectified flow:
x_t = (1 - t) z + t n, the target is n - z.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import nn
from torch.nn import functional as F

from engine.smartmask.conditioning import SCALARS
from engine.smartmask.layout_encoder import Tokens

PLACEMENT = 4
"""Numbers in front of the shape code: centre x, centre y, log width, log height."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What the denoiser reads, encoded once per request. B rows.

    Attributes:
        tokens: (B, T, width) layout, its regions, zoomed window, object words, context words.
        mask: (B, T) True where there is a token.
        vector: (B, cond) the pooled parts, projected and summed; time is added at each step.
        outline: (B, code_size) shape code that the scribble was taken for, zero without one.
    """

    tokens: torch.Tensor
    mask: torch.Tensor
    vector: torch.Tensor
    outline: torch.Tensor


class _Read(nn.Module):
    """Attention of one query with its own key and value space per head folded into W_q and W_o."""

    def __init__(self, width: int, token_width: int, heads: int) -> None:
        super().__init__()
        self.heads, self.token_width = heads, token_width
        self.query = nn.Linear(width, heads * token_width)
        self.output = nn.Linear(heads * token_width, width)

    def forward(self, x: torch.Tensor, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(B, M, width) over tokens (B, T, token_width): no token is copied M times."""
        query = self.query(x).unflatten(2, (self.heads, self.token_width)).flatten(1, 2)
        scores = torch.bmm(query, tokens.transpose(1, 2)) / math.sqrt(self.token_width)
        scores = scores.float().masked_fill(~mask[:, None], -1e4)
        read = torch.bmm(scores.softmax(dim=-1).to(tokens.dtype), tokens)
        # With every token masked the softmax is flat and would read them all.
        read = read * mask.any(dim=1)[:, None, None]
        return self.output(read.unflatten(1, (-1, self.heads)).flatten(2))


class _Block(nn.Module):
    def __init__(
        self, *, width: int, hidden: int, cond: int, token_width: int, heads: int, reads: bool
    ) -> None:
        super().__init__()
        self.read = _Read(width, token_width, heads) if reads else None
        self.modulation = nn.Linear(cond, 4 * width)
        self.body = nn.Sequential(nn.Linear(width, hidden), nn.SiLU(), nn.Linear(hidden, width))
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(
        self, x: torch.Tensor, cond: torch.Tensor, tokens: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        shift, scale, gate, read_gate = self.modulation(cond).chunk(4, dim=-1)
        normed = F.layer_norm(x, x.shape[-1:])
        if self.read is not None:
            x = x + (1 + read_gate) * self.read(normed, tokens, mask)
            normed = F.layer_norm(x, x.shape[-1:])
        return x + (1 + gate) * self.body(normed * (1 + scale) + shift)


class ShapeDenoiser(ModelMixin, ConfigMixin):
    """Predicts n - z for [placement, shape code] (B, PLACEMENT + code_size).

    `placement_mean` and `placement_std` standardise the placement; they are data statistics.
    """

    @register_to_config
    def __init__(
        self,
        code_size: int = 128,
        width: int = 384,
        hidden: int = 768,
        depth: int = 6,
        cond: int = 256,
        token_width: int = 192,
        heads: int = 4,
        text_width: int = 192,
        scalars: int = SCALARS,
    ) -> None:
        super().__init__()
        size = PLACEMENT + code_size
        self.enter = nn.Linear(size, width)
        self.leave = nn.Linear(width, size)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)
        self.time = nn.Sequential(nn.Linear(64, cond), nn.SiLU(), nn.Linear(cond, cond))
        self.from_layout = nn.Linear(token_width, cond)
        self.from_regions = nn.Linear(token_width, cond)
        self.from_zoom = nn.Linear(token_width, cond)
        self.from_outline = nn.Sequential(
            nn.Linear(code_size, cond), nn.SiLU(), nn.Linear(cond, cond)
        )
        self.from_condition = nn.Linear(cond, width)
        self.enter_outline = nn.Linear(code_size, width, bias=False)
        nn.init.zeros_(self.enter_outline.weight)
        self.from_object = nn.Linear(text_width, cond)
        self.from_context = nn.Linear(text_width, cond)
        self.from_scalars = nn.Sequential(
            nn.Linear(scalars, cond), nn.SiLU(), nn.Linear(cond, cond)
        )
        self.words = nn.Linear(text_width, token_width)
        self.kind = nn.Parameter(torch.randn(5, token_width) * 0.02)
        self.token_norm = nn.LayerNorm(token_width)
        self.blocks = nn.ModuleList(
            _Block(
                width=width,
                hidden=hidden,
                cond=cond,
                token_width=token_width,
                heads=heads,
                reads=index % 2 == 0,
            )
            for index in range(depth)
        )
        self.register_buffer("frequencies", torch.exp(torch.linspace(0, 6, 32)), persistent=False)
        self.register_buffer("placement_mean", torch.tensor([0.0, 0.2, -1.3, -1.2]))
        self.register_buffer("placement_std", torch.tensor([0.5, 0.4, 0.8, 0.8]))

    def condition(
        self,
        *,
        layout: Tokens,
        regions: Tokens,
        zoom: Tokens,
        zoom_used: torch.Tensor,
        outline: torch.Tensor,
        object_text: Tokens,
        context_text: Tokens,
        scalars: torch.Tensor,
        text_kept: torch.Tensor,
        layout_kept: torch.Tensor,
    ) -> Condition:
        """Gather everything the denoiser reads.

        Args:
            layout, regions, zoom: What the layout encoder makes of the whole window, of its
                list of regions, and of the zoomed window.
            zoom_used: (B,) bool, False in free mode.
            outline: (B, code_size) what `LayoutEncoder.outline` takes the scribble for, zero in
                the other modes.
            object_text, context_text: Tokens (B, L, D), mask (B, L), pooled (B, D).
            scalars: (B, scalars) of `conditioning.scalar_features`, then, where the model reads
                them, `Brush.features`, zero in other modes.
            text_kept, layout_kept: (B,) bool; False drops the text (both texts) or the layout
                (both windows and the scalars that tell of the guidance) for guidance by scale.
        """
        keep_text, keep_layout = text_kept[:, None], layout_kept[:, None]
        keep_zoom = keep_layout & zoom_used[:, None]
        tokens, masks = [], []
        for kind, (part, mask) in enumerate(
            (
                (layout[0], layout[1] & keep_layout),
                (regions[0], regions[1] & keep_layout),
                (zoom[0], zoom[1] & keep_zoom),
                (self.words(object_text[0]), object_text[1] & keep_text),
                (self.words(context_text[0]), context_text[1] & keep_text),
            )
        ):
            tokens.append(part + self.kind[kind])
            masks.append(mask)
        scalars = torch.cat(
            (
                scalars[:, :5] * keep_layout,
                scalars[:, 5:9],
                scalars[:, 9:] * keep_layout,
            ),
            dim=1,
        )
        vector = (
            self.from_layout(layout[2]) * keep_layout
            + self.from_regions(regions[2]) * keep_layout
            + self.from_zoom(zoom[2]) * keep_zoom
            + self.from_outline(outline) * keep_layout
            + self.from_object(object_text[2]) * keep_text
            + self.from_context(context_text[2]) * keep_text
            + self.from_scalars(scalars)
        )
        return Condition(
            tokens=self.token_norm(torch.cat(tokens, 1)),
            mask=torch.cat(masks, 1),
            vector=vector,
            outline=outline * keep_layout,
        )

    def forward(
        self, sample: torch.Tensor, time: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """The flow n - z of M noisy vectors for each of B conditions.

        Args:
            sample: (B, M, PLACEMENT + code_size).
            time: (B, M) in 0..1, 1 is pure noise.
        """
        angles = time[..., None] * self.frequencies
        moment = self.time(torch.cat((angles.sin(), angles.cos()), dim=-1))
        cond = F.silu(condition.vector[:, None] + moment)
        # The condition enters here too, else the first reading would not know what it looks for;
        # the outline once more by itself, for it speaks the language of what is denoised.
        outline = self.enter_outline(condition.outline.to(sample.dtype))
        x = self.enter(sample) + self.from_condition(cond) + outline[:, None]
        tokens = condition.tokens.to(x.dtype)
        for block in self.blocks:
            x = block(x, cond, tokens, condition.mask)
        return self.leave(F.layer_norm(x, x.shape[-1:]))
