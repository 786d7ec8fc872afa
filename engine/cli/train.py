"""`train`: train one of the models."""

from __future__ import annotations

import argparse

from engine.cli.choice import add_choice, run_choice

MODELS = {
    "text": "engine.training.text",
    "autoencoder": "engine.training.autoencoder",
    "smartmask": "engine.training.smartmask",
    "smartmask-spatial": "engine.training.smartmask_spatial",
    "planner": "engine.training.planner",
    "classifier": "engine.training.classifier",
    "render-judge": "engine.training.render_judge",
    "click-scorer": "engine.training.scorer",
    "picture-autoencoder": "engine.training.picture_autoencoder",
    "text-to-image": "engine.training.text_to_image",
    "controlnet-inpaint": "engine.training.controlnet_inpaint",
    "segmenter": "engine.training.segmenter",
}
HELP = {
    "text": "the text encoder that all lite models share",
    "autoencoder": "the shapes that SmartMask draws with",
    "smartmask": "SmartMask: masks from a scene, words and a place",
    "smartmask-spatial": "the same on Stable Diffusion 1.5, for full packs",
    "planner": "the planner: where the next object of a scene goes",
    "picture-autoencoder": "the latent space that the lite pack's pictures are drawn in",
    "text-to-image": "pictures from words, and from words and a layout (ControlNet-seg)",
    "controlnet-inpaint": "the lite pack's ControlNet for filling a hole in a picture",
    "click-scorer": "how well words fit a marked part of a picture, which guides Click2Mask",
    "segmenter": "the segmenter: a picture becomes layers",
    "classifier": "the silhouette reader that `eval smartmask` scores with",
    "render-judge": "the pixel reader that `eval render` scores with",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_choice(parser, MODELS, HELP)


def run(args: argparse.Namespace) -> int:
    return run_choice(args, MODELS)
