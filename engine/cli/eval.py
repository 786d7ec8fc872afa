"""`eval`: measure one of the models."""

from __future__ import annotations

import argparse

from engine.cli.choice import add_choice, run_choice

MODELS = {
    "all": "engine.evaluation.all",
    "smartmask": "engine.evaluation.smartmask",
    "sampling": "engine.evaluation.sampling",
    "planner": "engine.evaluation.planner",
    "design": "engine.evaluation.design",
    "render": "engine.evaluation.render",
    "text": "engine.text.evaluate",
    "nouns": "engine.evaluation.nouns",
    "click2mask": "engine.evaluation.click2mask",
    "insert": "engine.evaluation.insert",
    "blind": "engine.evaluation.blind",
}
HELP = {
    "all": "every lite model in one table, with what it was before",
    "smartmask": "masks against held-out ones and against simple baselines",
    "sampling": "fewer drawing steps and other guidance scales, side by side",
    "planner": "names, boxes, relations and counts against simple placers",
    "render": "things found in their place in pictures, against real ones and words alone",
    "blind": "everyday cases by two packs, side by side, to be judged without knowing which",
    "insert": "objects put into photos: background kept, object seen, beside a box mask",
    "design": "whole scenes from captions: counts, relations, what floats",
    "text": "words against their neighbours in meaning",
    "nouns": "what the commonest nouns of captions are taken for",
    "click2mask": "objects put back at a click, against fixed masks and idle gradients",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_choice(parser, MODELS, HELP)


def run(args: argparse.Namespace) -> int:
    return run_choice(args, MODELS)
