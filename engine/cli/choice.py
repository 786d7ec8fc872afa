"""Commands that hand over to one of several modules, imported only when it is named."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Mapping
from typing import Any


class _Handover(argparse.Action):
    """Takes the model's name and lets its module read the words after it."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        name, *rest = values
        modules: Mapping[str, str] = self.const
        if name not in modules:
            parser.error(f"unknown model {name!r} (choose from {', '.join(modules)})")
        own = argparse.ArgumentParser(prog=f"{parser.prog} {name}", conflict_handler="resolve")
        own.add_argument("--debug", action="store_true", help="show where an error happened")
        importlib.import_module(modules[name]).add_arguments(own)
        own.parse_args(rest, namespace)
        namespace.what = name


def add_choice(
    parser: argparse.ArgumentParser, modules: Mapping[str, str], help_lines: Mapping[str, str]
) -> None:
    """Add WHAT and what follows it; each module has add_arguments(parser) and run(args)."""
    width = max(map(len, modules))
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "models (WHAT --help lists a model's options):\n" + "\n".join(
        f"  {name:<{width}}  {help_lines[name]}" for name in modules
    )
    action = parser.add_argument(
        "what",
        metavar="WHAT",
        nargs=argparse.PARSER,
        action=_Handover,
        help="one of the models",
    )
    action.const = modules


def run_choice(args: argparse.Namespace, modules: Mapping[str, str]) -> int:
    """Run the chosen module; what it returns is the exit code, None means 0."""
    status = importlib.import_module(modules[args.what]).run(args)
    return status if isinstance(status, int) else 0
