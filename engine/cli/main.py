"""Dispatch of the headless commands; imports nothing heavy."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import re
import sys
import warnings
from collections.abc import Sequence
from types import ModuleType

from engine.cli.common import UsageError
from engine.errors import ScenewrightError

VERSION = "0.1.0"
OURS = ("app", "engine", "planner")

COMMANDS = {
    "new": "make a project, empty or from a photo or masks",
    "segment": "turn a photo into layers",
    "insert": "put an object into a photo, its background kept",
    "suggest": "propose masks for one more object, and add the one you like",
    "design": "lay out a whole scene from its caption",
    "insert-click": "put an object into a picture where you click",
    "render": "draw a project's scene as pictures",
    "show": "list the layers of a project and who hides whom",
    "export": "write a project's maps and masks as PNG files",
    "models": "list, install, remove and verify model packs",
    "scenes": "draw a sheet of generated scenes",
    "train": "train one of the models",
    "eval": "measure one of the models",
    "convert-scorer": "make a click scorer of a published Alpha-CLIP checkpoint",
}
"""Name -> help line; the code of NAME is the module engine.cli.NAME, its dashes as underscores."""

DESCRIPTION = (
    "Design a scene object by object: say what, show where, get masks, keep them. "
    "Without a command the window opens, with PROJECT.ora in it if you name one."
)


def main(arguments: Sequence[str]) -> int:
    """Run one command line without the program's name.

    Returns:
        0 when it worked, 1 after an error (told in one line on stderr), 2 for wrong usage.
    """
    words = _with_joined_numbers(arguments)
    debug = "--debug" in words
    if not debug:
        _quiet_libraries()
    command = next((word for word in words if not word.startswith("-")), None)
    if command != "models":
        # Models are opened from their folders; only `models` may ask the network.
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        args = _parser(command).parse_args(words)
        module: ModuleType = importlib.import_module(_module(args.command))
        status = module.run(args)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    except BrokenPipeError:
        # The reader of our output went away (for example `| head`); nothing is left to tell it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            raise
        print(f"scenewright: {_told(error)}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1


def _parser(chosen: str | None) -> argparse.ArgumentParser:
    """The parser; only the chosen command gets its options, so that no other one is imported."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--debug",
        action="store_true",
        default=argparse.SUPPRESS,
        help="show where an error happened",
    )
    parser = argparse.ArgumentParser(
        prog="main.py", usage="main.py [PROJECT.ora | COMMAND ...]", description=DESCRIPTION,
        parents=[common],
    )  # fmt: skip
    parser.add_argument("--version", action="version", version=f"Scenewright {VERSION}")
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", title="commands"
    )
    for name, help_line in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=help_line,
            description=f"{help_line[0].upper()}{help_line[1:]}.",
            parents=[common],
            prog=f"main.py {name}",
            conflict_handler="resolve",
        )
        if name == chosen:
            importlib.import_module(_module(name)).add_arguments(command)
    return parser


def _module(command: str) -> str:
    return f"engine.cli.{command.replace('-', '_')}"


def _with_joined_numbers(arguments: Sequence[str]) -> list[str]:
    """`--box -5,0,20,20` as `--box=-5,0,20,20`: argparse takes the minus for an option."""
    words: list[str] = []
    for word in arguments:
        if words and words[-1] in ("--box", "--point", "--at") and re.match(r"-[\d.]", word):
            words[-1] += f"={word}"
        else:
            words.append(word)
    return words


def _quiet_libraries() -> None:
    """Keep stderr for our own lines; must run before the libraries are imported."""
    warnings.simplefilter("ignore")
    logging.disable(logging.ERROR)
    for name, value in {
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "DIFFUSERS_VERBOSITY": "error",
        "TQDM_DISABLE": "1",
    }.items():
        os.environ.setdefault(name, value)


def _told(error: BaseException) -> str:
    """An error as one line for the user."""
    from engine.jobs.engine import is_out_of_memory

    match error:
        case KeyboardInterrupt():
            return "Cancelled."
        case ScenewrightError():
            text = str(error)
        case OSError(strerror=str() as reason, filename=name) if name is not None:
            text = f"{name}: {reason}."
        case ModuleNotFoundError(name=str() as name) if not name.startswith(OURS):
            text = f"{name} is not installed: run `pip install -e '.[train]'` in the checkout."
        case _ if is_out_of_memory(error):
            text = "There was not enough memory: ask for less at a time, or close other programs."
        case _:
            kind = type(error).__name__
            text = f"This should not have happened ({kind}: {error}); --debug shows where."
    return " ".join(text.split())
