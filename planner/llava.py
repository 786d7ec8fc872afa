"""The LLaVA planner (SmartMask 3.3): a semantic map and words in, scored boxes out."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from transformers import LlavaForConditionalGeneration, LlavaProcessor, LogitsProcessorList

from planner.baselines import STATISTICS_FILE, PriorPlacer
from planner.boxes import clipped, parse_box
from planner.choice import proposals
from planner.decoding import BoxGrammar, BoxLogits, SeededSampling
from planner.placer import PlaceQuery, RelativeBox, ScoredBox
from planner.prompts import FULL, PromptForm, list_prompt, parse_list, place_prompt, read_form

ADAPTER_FILE = "adapter_config.json"
_NAME_TOKENS = 64
_FREE_TOKENS = 40
"""Room for an answer without the grammar."""
LARGE = 1e9
"""Weights of a model whose answers are drawn sparingly."""


class LlavaPlanner:
    """A Placer over any LlavaForConditionalGeneration with its processor.

    The same query gives the same boxes, on the same kind of machine.

    Args:
        fallback: Answers where nothing of what the model said can be read as a box.
        constrained: Whether answers are held to the grammar; without it, what cannot be read is
            left out.
        draws: Answers drawn for each box that is proposed: what the model believes is read from
            them, so more are better (33 instead of 9: best of four .361 -> .400). They share the
            prompt, but each keeps a copy of what was read, which is large in a large model.
    """

    def __init__(
        self,
        model: LlavaForConditionalGeneration,
        processor: LlavaProcessor,
        *,
        form: PromptForm = FULL,
        fallback: PriorPlacer | None = None,
        constrained: bool = True,
        draws: int = 4,
    ) -> None:
        self.model = model.eval().requires_grad_(False)
        self.processor = processor
        self.form = form
        self.fallback = fallback or PriorPlacer({})
        self.constrained = constrained
        self.draws = draws
        self.grammar = BoxGrammar(processor.tokenizer, form)

    @classmethod
    def from_pretrained(
        cls, folder: Path | str, *, device: str = "cpu", dtype: torch.dtype | None = None
    ) -> LlavaPlanner:
        """Open a transformers folder, or an adapter folder that `train planner --lora` wrote.

        Args:
            dtype: Of the weights; float32 on a CPU and bfloat16 elsewhere unless told.

        Raises:
            OSError: The folder lacks a file, or an adapter's base is not where it was.
        """
        folder = Path(folder)
        dtype = dtype or (torch.float32 if device == "cpu" else torch.bfloat16)
        if (folder / ADAPTER_FILE).is_file():
            model = _with_adapter(folder, dtype)
        else:
            model = LlavaForConditionalGeneration.from_pretrained(
                folder, dtype=dtype, local_files_only=True
            )
        model.to(device)  # pyright: ignore[reportArgumentType]
        processor = LlavaProcessor.from_pretrained(folder, local_files_only=True)
        statistics = folder / STATISTICS_FILE
        fallback = PriorPlacer.from_file(statistics) if statistics.is_file() else None
        draws = 4 if model.num_parameters() < LARGE else 1
        return cls(model, processor, form=read_form(folder), fallback=fallback, draws=draws)

    def propose(self, query: PlaceQuery) -> list[ScoredBox]:
        """1 to `query.count` boxes on the canvas, best first; see `planner.choice`.

        A box's score is what the model expects of it: its mean overlap with all boxes drawn.
        """
        count = max(1, query.count)
        answers = self.answers(replace(query, count=self.draws * count))
        drawn = [clipped(box, query.aspect) for box, _ in answers if box is not None]
        return proposals(drawn, count) if drawn else self.fallback.propose(query)

    def answers(self, query: PlaceQuery) -> list[tuple[RelativeBox | None, float]]:
        """What the model says, greedy answer first: the box (None if it cannot be read) and the
        probability of its tokens at temperature 1."""
        rows = 1 if query.temperature <= 0 else max(1, query.count) + 1
        inputs = self._inputs(query.semantic_map, place_prompt(query, self.form))
        length = inputs["input_ids"].shape[1]
        sampling = SeededSampling(seed=query.seed, rows=rows, temperature=query.temperature)
        chain = [BoxLogits(self.grammar, prompt_length=length)] if self.constrained else []
        room = self.grammar.max_tokens if self.constrained else _FREE_TOKENS
        out = self._generate(inputs, [*chain, sampling], rows=rows, room=room)
        answers = out[:, length:].cpu()
        chances = sampling.log_probabilities(answers, end=self.grammar.end)
        texts = [self._text(tokens) for tokens in answers.tolist()]
        return [(parse_box(t), math.exp(c)) for t, c in zip(texts, chances, strict=True)]

    def name_objects(self, semantic_map: NDArray[np.uint8]) -> list[str]:
        """Stage 1: the objects of a semantic map, RGB uint8 (H, W, 3), in drawing order."""
        inputs = self._inputs(semantic_map, list_prompt(self.form))
        length = inputs["input_ids"].shape[1]
        out = self._generate(inputs, [], rows=1, room=_NAME_TOKENS)
        tokens = out[0, length:].tolist()
        return parse_list(self.processor.tokenizer.decode(tokens, skip_special_tokens=True))

    def _text(self, tokens: list[int]) -> str:
        if self.constrained:
            return self.grammar.numbers(tokens)
        return str(self.processor.tokenizer.decode(tokens, skip_special_tokens=True))

    def _inputs(self, semantic_map: NDArray[np.uint8], prompt: str) -> dict[str, torch.Tensor]:
        content = [{"type": "image"}, {"type": "text", "text": prompt}]
        processor: Any = self.processor
        text = processor.apply_chat_template(
            [{"role": "user", "content": content}], add_generation_prompt=True
        )
        batch = processor(
            images=Image.fromarray(np.ascontiguousarray(semantic_map)),
            text=text,
            return_tensors="pt",
        )
        device, dtype = self.model.device, self.model.dtype
        return {
            "input_ids": batch["input_ids"].to(device),
            "attention_mask": batch["attention_mask"].to(device),
            "pixel_values": batch["pixel_values"].to(device=device, dtype=dtype),
        }

    @torch.inference_mode()
    def _generate(
        self, inputs: dict[str, torch.Tensor], chain: list[Any], *, rows: int, room: int
    ) -> torch.Tensor:
        """Greedy decoding of `rows` answers, (rows, prompt + answer).

        Not `generate`: that would read map and prompt once per row, which is most of the time.
        """
        model: Any = self.model
        out = model(**inputs, use_cache=True, logits_to_keep=1)
        cache = out.past_key_values
        cache.batch_repeat_interleave(rows)
        tokens = inputs["input_ids"].repeat_interleave(rows, 0)
        mask = inputs["attention_mask"].repeat_interleave(rows, 0)
        scores = out.logits[:, -1].repeat_interleave(rows, 0)
        ended = torch.zeros(rows, dtype=torch.bool, device=tokens.device)
        processors: Any = LogitsProcessorList(chain)
        for _ in range(room):
            chosen = processors(tokens, scores).argmax(-1).masked_fill(ended, self.grammar.end)
            tokens = torch.cat((tokens, chosen[:, None]), 1)
            ended |= chosen == self.grammar.end
            if bool(ended.all()):
                break
            mask = torch.cat((mask, mask.new_ones(rows, 1)), 1)
            out = model(
                input_ids=chosen[:, None],
                attention_mask=mask,
                past_key_values=cache,
                use_cache=True,
            )
            scores = out.logits[:, -1]
        return tokens


def _with_adapter(folder: Path, dtype: torch.dtype) -> LlavaForConditionalGeneration:
    try:
        from peft import PeftConfig, PeftModel  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise OSError(f"{folder} is an adapter: `pip install peft` opens it.") from error
    base = PeftConfig.from_pretrained(str(folder)).base_model_name_or_path
    if base is None or not Path(base).is_dir():
        raise OSError(f"The adapter {folder} was made for {base}, which is not there any more.")
    model: Any = LlavaForConditionalGeneration.from_pretrained(
        base, dtype=dtype, local_files_only=True
    )
    return PeftModel.from_pretrained(model, str(folder)).merge_and_unload()
