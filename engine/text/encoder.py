"""The text encoder of all lite models: a small BERT whose mean state is a sentence vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional
from transformers import BertModel, PreTrainedTokenizerFast

from engine.errors import ModelDamaged, ModelMissing

if TYPE_CHECKING:
    from engine.text.nearest import KnownThing

MAX_LENGTH = 48
_BATCH = 256


@dataclass(frozen=True, slots=True)
class TextBatch:
    """Encoded texts.

    Attributes:
        tokens: Token states, float32 (B, L, D), zero where the mask is False; L is the longest
            text's length, the start and end marks included.
        mask: True where there is a token, bool (B, L).
        pooled: Unit sentence vectors, float32 (B, D); their dot product is the similarity.
    """

    tokens: torch.Tensor
    mask: torch.Tensor
    pooled: torch.Tensor


def pool(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Unit mean of the token states under the mask: (B, L, D), (B, L) -> (B, D)."""
    weights = mask.unsqueeze(-1).to(states.dtype)
    return functional.normalize((states * weights).sum(1) / weights.sum(1), dim=-1)


class TextEncoder:
    """A BertModel folder with its tokenizer. The same text gives the same vectors, whatever
    stands beside it in the batch (within 1e-5)."""

    def __init__(self, model: BertModel, tokenizer: PreTrainedTokenizerFast) -> None:
        self.model = model.eval().requires_grad_(False)
        self.tokenizer = tokenizer

    @classmethod
    def from_pretrained(cls, folder: Path | str) -> TextEncoder:
        """Open a model folder; computes in float32 whatever the files hold.

        Raises:
            ModelMissing: the folder or one of its files is not there.
            ModelDamaged: a file cannot be read as what it should be.
        """
        folder = Path(folder)
        remedy = "Restore the folder from the repository or make it with `main.py train text`."
        for name in ("config.json", "model.safetensors", "tokenizer.json"):
            index = folder / f"{name}.index.json"
            if not (folder / name).is_file() and not index.is_file():
                raise ModelMissing(f"The text encoder lacks {folder / name}. {remedy}")
        try:
            model = BertModel.from_pretrained(
                folder, dtype=torch.float32, add_pooling_layer=False, local_files_only=True
            )
            tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
        except Exception as error:
            first_line = (str(error).splitlines() or [type(error).__name__])[0]
            message = f"The text encoder in {folder} cannot be read: {first_line}. {remedy}"
            raise ModelDamaged(message) from error
        return cls(model, tokenizer)

    def save_pretrained(self, folder: Path, *, dtype: torch.dtype = torch.float16) -> None:
        """Write the folder that `from_pretrained` opens; the model itself stays float32."""
        folder.mkdir(parents=True, exist_ok=True)
        weights = {key: value.to(dtype) for key, value in self.model.state_dict().items()}
        self.model.save_pretrained(folder, state_dict=weights)
        self.tokenizer.save_pretrained(folder)

    @property
    def dimension(self) -> int:
        """D, the width of token states and sentence vectors."""
        return self.model.config.hidden_size

    @property
    def device(self) -> torch.device:
        return self.model.device

    def to(self, device: torch.device | str) -> TextEncoder:
        self.model.to(device)  # pyright: ignore[reportArgumentType]
        return self

    def tokenize(self, texts: Sequence[str], *, max_length: int = MAX_LENGTH) -> dict[str, Any]:
        """Ids and mask, int64 (B, L); what is over `max_length` tokens is cut off."""
        return dict(
            self.tokenizer(
                list(texts),
                padding=True,
                truncation=True,
                max_length=min(max_length, self.model.config.max_position_embeddings),
                return_tensors="pt",
                return_token_type_ids=False,
            )
        )

    @torch.inference_mode()
    def encode(self, texts: Sequence[str], *, max_length: int = MAX_LENGTH) -> TextBatch:
        """Token states and sentence vectors of the texts; an empty text is one too."""
        if not texts:
            empty = torch.zeros(0, 0, self.dimension, device=self.device)
            return TextBatch(empty, empty[..., 0].bool(), empty.sum(1))
        batch = {
            k: v.to(self.device) for k, v in self.tokenize(texts, max_length=max_length).items()
        }
        states = self.model(**batch).last_hidden_state.float()
        mask = batch["attention_mask"].bool()
        return TextBatch(states * mask.unsqueeze(-1), mask, pool(states, mask))

    def known(self, label: str, things: Sequence[str] | None = None) -> KnownThing:
        """The known thing nearest to a label; without `things`, of what the lite models know."""
        from engine.text.nearest import known_things, nearest_known

        return nearest_known(label, self, things or known_things())

    def embed(self, texts: Sequence[str]) -> torch.Tensor:
        """Sentence vectors of any number of texts, float32 (len(texts), D)."""
        rows = [
            self.encode(texts[start : start + _BATCH]).pooled
            for start in range(0, len(texts), _BATCH)
        ]
        return torch.cat(rows) if rows else torch.zeros(0, self.dimension)
