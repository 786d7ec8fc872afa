"""The lite segmenter: Mask2Former on a small ResNet, a stock transformers model.

Mask2Former (Cheng et al. 2022) has a fixed number of queries, each of which gives a class and a
mask. Here query k always stands for class k: its learned content is then a classifier of pixels
from the first step on, and the decoder refines it. Queries that compete for segments, matched anew
at every step, learn far too slowly for a CPU: MaskFormer with 40 free ones had not learned six
pictures after 140 steps, while a linear reader of its features had after 40.
The price: things of one class that touch make one segment. Those that do not touch are told apart
afterwards (`split` in `engine.segment.settings`).
"""

from __future__ import annotations

from collections.abc import Sequence

from transformers import (
    Mask2FormerConfig,
    Mask2FormerForUniversalSegmentation,
    Mask2FormerImageProcessorPil,
    ResNetConfig,
)

SIDE = 256
"""Pictures are squeezed to a square: nothing is padded, so masks need no cutting."""
WIDTHS, DEPTHS, HIDDEN, LAYERS = (48, 80, 128, 192), (1, 2, 2, 1), 128, 2
FEATURES = 96


def new_segmenter(
    labels: Sequence[str],
    *,
    widths: tuple[int, int, int, int] = WIDTHS,
    depths: tuple[int, int, int, int] = DEPTHS,
    hidden: int = HIDDEN,
    features: int = FEATURES,
) -> Mask2FormerForUniversalSegmentation:
    """A segmenter with random weights; label id k is `labels[k]`, and so is query k."""
    backbone = ResNetConfig(
        embedding_size=min(32, widths[0]),
        hidden_sizes=list(widths),
        depths=list(depths),
        layer_type="basic",
    )
    backbone.out_features = [f"stage{number}" for number in range(1, 5)]
    config = Mask2FormerConfig(
        backbone_config=backbone,
        feature_size=features,
        mask_feature_size=features,
        hidden_dim=hidden,
        encoder_feedforward_dim=2 * hidden,
        encoder_layers=1,
        dim_feedforward=3 * hidden,
        # transformers counts the prediction before the first layer too.
        decoder_layers=LAYERS + 1,
        num_attention_heads=4,
        num_queries=len(labels),
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )
    return Mask2FormerForUniversalSegmentation(config)


def new_processor(side: int = SIDE) -> Mask2FormerImageProcessorPil:
    """The image processor beside it: squeezed to side x side, values -1..1."""
    return Mask2FormerImageProcessorPil(
        size={"height": side, "width": side},
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
        size_divisor=0,
    )
