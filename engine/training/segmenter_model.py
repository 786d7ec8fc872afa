"""The lite segmenter: MaskFormer on a small ResNet, a stock transformers model.

MaskFormer (Cheng et al. 2021, "Per-Pixel Classification is Not All You Need") predicts a class and
a mask for each of a fixed number of queries. Its mask attention is dense, so it runs on a CPU
without the sampling that Mask2Former's pixel decoder needs. The backbone ends at stride 16: at 256
px the queries look at 16 x 16 cells, twice as fine as the usual stride 32.
"""

from __future__ import annotations

from collections.abc import Sequence

from transformers import (
    DetrConfig,
    MaskFormerConfig,
    MaskFormerForInstanceSegmentation,
    MaskFormerImageProcessorPil,
    ResNetConfig,
)

SIDE = 256
"""Pictures are squeezed to a square: nothing is padded, so masks need no cutting."""
WIDTHS, DEPTHS, HIDDEN, QUERIES = (48, 96, 160), (1, 2, 4), 160, 40


def new_segmenter(
    labels: Sequence[str],
    *,
    widths: tuple[int, ...] = WIDTHS,
    depths: tuple[int, ...] = DEPTHS,
    hidden: int = HIDDEN,
    queries: int = QUERIES,
) -> MaskFormerForInstanceSegmentation:
    """A segmenter with random weights; label id k is `labels[k]`.

    Its auxiliary loss is off: transformers opens such a folder only for callers that also ask for
    the hidden states. Training switches it on.
    """
    stages = [f"stage{number}" for number in range(1, len(widths) + 1)]
    backbone = ResNetConfig(
        embedding_size=min(32, widths[0]),
        hidden_sizes=list(widths),
        depths=list(depths),
        layer_type="basic",
        out_features=stages,
    )
    decoder = DetrConfig(
        backbone_config=backbone,
        use_timm_backbone=False,
        d_model=hidden,
        num_queries=queries,
        decoder_layers=3,
        decoder_ffn_dim=3 * hidden,
        decoder_attention_heads=max(2, hidden // 32),
        encoder_layers=0,
        dropout=0.0,
    )
    features = 64 if widths[0] > 32 else 32
    config = MaskFormerConfig(
        backbone_config=backbone,
        decoder_config=decoder.to_dict(),
        fpn_feature_size=features,
        mask_feature_size=features,
        no_object_weight=0.1,
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )
    return MaskFormerForInstanceSegmentation(config)


def new_processor(side: int = SIDE) -> MaskFormerImageProcessorPil:
    """The image processor beside it: squeezed to side x side, values -1..1."""
    return MaskFormerImageProcessorPil(
        size={"height": side, "width": side},
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
        size_divisor=0,
    )
