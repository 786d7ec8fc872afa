"""Click2Mask at the size of Stable Diffusion 2.1, random weights: seconds, memory and calls.

Run as `python tests/benchmarks/bench_click2mask.py [--preset faithful fast] [--count 3]
[--width 512] [--device cuda]`. The pictures are noise; what they cost is not. The paper reports
about 70 s on a T4. Fixed masks are what the same results cost without any evolution.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def pipeline(width: int, device: str, dtype: Any) -> Any:
    """A StableDiffusionPipeline of SD 2.1-base's architecture."""
    import torch
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline
    from diffusers import UNet2DConditionModel as Unet
    from transformers import CLIPTextConfig, CLIPTextModel

    from tests.unit.click2mask.tiny import tokenizer

    vae_blocks: dict[str, Any] = {
        "block_out_channels": (128, 256, 512, 512),
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
    }
    unet_blocks: dict[str, Any] = {
        "block_out_channels": (320, 640, 1280, 1280),
        "attention_head_dim": (5, 10, 20, 20),
        "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
    }
    with torch.device(device):
        vae = AutoencoderKL(**vae_blocks, layers_per_block=2, latent_channels=4, sample_size=width)
        unet = Unet(
            **unet_blocks, sample_size=width // 8, cross_attention_dim=1024,
            use_linear_projection=True,
        )  # fmt: skip
        text = CLIPTextModel(
            CLIPTextConfig(
                hidden_size=1024, intermediate_size=4096, num_hidden_layers=23,
                num_attention_heads=16, eos_token_id=3, hidden_act="gelu",
            )
        )  # fmt: skip
    made: Any = StableDiffusionPipeline
    scheduler = DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False
    )
    return made(
        vae=vae.to(dtype).requires_grad_(False),
        text_encoder=text.to(dtype),
        tokenizer=tokenizer(),
        unet=unet.to(dtype).requires_grad_(False),
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).to(device)


def scorer(device: str) -> Any:
    """An AlphaClip of the size of ViT-L/14@336."""
    import torch
    from transformers import CLIPConfig, CLIPModel

    from engine.click2mask.alpha_clip import AlphaClip
    from tests.unit.click2mask.tiny import tokenizer

    config = CLIPConfig(
        text_config={"hidden_size": 768, "intermediate_size": 3072, "num_attention_heads": 12,
                     "num_hidden_layers": 12, "eos_token_id": 3},
        vision_config={"hidden_size": 1024, "intermediate_size": 4096, "num_attention_heads": 16,
                       "num_hidden_layers": 24, "image_size": 336, "patch_size": 14,
                       "num_channels": 4},
        projection_dim=768,
    )  # fmt: skip
    with torch.device(device):
        model = CLIPModel(config)
    return AlphaClip(model, tokenizer())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", nargs="+", default=["faithful", "fast"])
    parser.add_argument("--count", type=int, default=3)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--device", default="cuda")
    args = parser.parse_args()

    import numpy as np
    import torch

    from engine.click2mask.config import preset
    from engine.click2mask.diffusion import BlendedDiffusion
    from engine.click2mask.evolve import evolve
    from engine.click2mask.field import base_potential
    from engine.click2mask.finals import draw, judged

    on_gpu = args.device.startswith("cuda")
    pipe = pipeline(args.width, args.device, torch.float16 if on_gpu else torch.float32)
    judge = scorer(args.device)
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (args.width, args.width, 3)).astype(np.uint8)
    for name in args.preset:
        config = preset(name)
        if on_gpu:
            torch.cuda.reset_peak_memory_stats()
        started = time.perf_counter()
        diffusion = BlendedDiffusion.of(pipe, picture=picture, prompt="a dog", config=config)
        text = judge.text(["a dog"])
        base = base_potential([(32.0, 32.0)], config=config)
        mask = evolve(diffusion, judge, text, base=base, seed=0).mask
        evolved = time.perf_counter()
        seeds = list(range(args.count))
        made = draw(diffusion, mask, seeds)
        judged(diffusion, judge, text, source=picture, mask=mask, made=made, seeds=seeds)
        finished = time.perf_counter()
        row = {
            "preset": name,
            "width": args.width,
            "results": args.count,
            "seconds": round(finished - started, 2),
            "evolution": round(evolved - started, 2),
            "fixed_mask": round(finished - evolved, 2),
            **diffusion.cost.values(),
        }
        if on_gpu:
            row["peak_gb"] = round(torch.cuda.max_memory_allocated() / 1e9, 2)
            row["device"] = torch.cuda.get_device_name()
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
