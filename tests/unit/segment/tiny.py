"""Panoptic models of the real families with random weights, small enough for a test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from transformers import (
    EomtConfig,
    EomtForUniversalSegmentation,
    EomtImageProcessorPil,
    Mask2FormerConfig,
    Mask2FormerForUniversalSegmentation,
    Mask2FormerImageProcessorPil,
    OneFormerConfig,
    OneFormerForUniversalSegmentation,
    OneFormerImageProcessorPil,
    SwinConfig,
)

from engine.layout.palette import ade_classes
from engine.training.segmenter_model import new_processor, new_segmenter
from tests.unit.render.tiny import clip_tokenizer

SIDE = 64


def ade_names() -> dict[int, str]:
    return {entry.id: f"{entry.name.strip()}, another word" for entry in ade_classes()}


def lite_segmenter(pack: Path) -> Path:
    """The lite pack's own kind: MaskFormer on a small ResNet, labels of the generated world."""
    torch.manual_seed(1)
    folder = pack / "segmenter"
    labels = ["sky", "grass", "tree", "dog"]
    model = new_segmenter(labels, widths=(8, 8, 8, 16), depths=(1, 1, 1, 1), hidden=32, features=32)
    _talkative(model).save_pretrained(folder)
    new_processor(side=SIDE).save_pretrained(folder)
    _settings(folder, stuff=[0, 1], note="Knows drawings.")
    return folder


def mask2former(pack: Path) -> Path:
    torch.manual_seed(2)
    folder = pack / "segmenter"
    config = Mask2FormerConfig(
        backbone_config=_swin(),
        feature_size=32,
        mask_feature_size=32,
        hidden_dim=32,
        encoder_feedforward_dim=16,
        dim_feedforward=16,
        num_attention_heads=2,
        encoder_layers=1,
        decoder_layers=2,
        num_queries=24,
        id2label=ade_names(),
    )
    _talkative(Mask2FormerForUniversalSegmentation(config)).save_pretrained(folder)
    Mask2FormerImageProcessorPil(size={"height": SIDE, "width": SIDE}).save_pretrained(folder)
    _settings(folder)
    return folder


def eomt(pack: Path) -> Path:
    torch.manual_seed(3)
    folder = pack / "segmenter"
    config = EomtConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_blocks=1,
        image_size=SIDE,
        patch_size=8,
        num_queries=6,
        num_upscale_blocks=1,
        id2label=ade_names(),
    )
    _talkative(EomtForUniversalSegmentation(config)).save_pretrained(folder)
    # As the published panoptic checkpoints have it: the whole picture, padded to a square.
    size = {"shortest_edge": SIDE, "longest_edge": SIDE}
    EomtImageProcessorPil(size=size, do_split_image=False, do_pad=True).save_pretrained(folder)
    _settings(folder)
    return folder


def oneformer(pack: Path) -> Path:
    torch.manual_seed(4)
    folder = pack / "segmenter"
    config = OneFormerConfig(
        backbone_config=_swin(),
        num_queries=24,
        conv_dim=32,
        mask_dim=32,
        hidden_dim=32,
        encoder_feedforward_dim=16,
        dim_feedforward=16,
        num_attention_heads=2,
        encoder_layers=1,
        decoder_layers=3,
        query_dec_layers=1,
        task_seq_len=77,
        text_encoder_width=16,
        text_encoder_num_layers=1,
        text_encoder_vocab_size=600,
        is_training=False,
        id2label=ade_names(),
    )
    _talkative(OneFormerForUniversalSegmentation(config)).save_pretrained(folder)
    info = {str(key): {"name": name, "isthing": 1} for key, name in ade_names().items()}
    (pack / "info.json").write_text(json.dumps(info))
    processor = OneFormerImageProcessorPil(
        size={"height": SIDE, "width": SIDE}, repo_path=str(pack), class_info_file="info.json"
    )
    processor.save_pretrained(folder)
    written = json.loads((folder / "preprocessor_config.json").read_text())
    # As published: the names lie in a repository of the hub.
    written |= {"repo_path": "shi-labs/oneformer_demo", "class_info_file": "ade20k_panoptic.json"}
    written.pop("metadata", None)
    (folder / "preprocessor_config.json").write_text(json.dumps(written))
    clip_tokenizer(pack / "words").save_pretrained(folder)
    _settings(folder)
    return folder


def _settings(folder: Path, **more: Any) -> None:
    """Random masks overlap: without this none would be left."""
    (folder / "segment.json").write_text(
        json.dumps({"threshold": 0.0, "mask_threshold": 0.0, "overlap": 0.0, **more})
    )


def _talkative(model: Any) -> Any:
    """The model, made to name a class for every query: random ones mostly see nothing."""
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if name.endswith(("class_predictor.bias", "class_embed.bias")):
                weights[-1] = -20
    return model


def _swin() -> Any:
    config = SwinConfig(
        image_size=SIDE,
        embed_dim=8,
        depths=[1, 1, 1, 1],
        num_heads=[1, 1, 2, 2],
        window_size=2,
    )
    config.out_features = ["stage1", "stage2", "stage3", "stage4"]
    return config
