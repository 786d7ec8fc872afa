"""Scenewright's one entry point: a window without arguments, commands with them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
"""Without any of these environment variables Qt would abort the process."""


def main(arguments: list[str]) -> int:
    """Open the window (no arguments, or one project file), or run a command."""
    words = [word for word in arguments if word != "--debug"]
    is_project = len(words) == 1 and Path(words[0]).suffix.lower() == ".ora"
    if not words or is_project:
        if sys.platform == "linux" and not any(os.environ.get(name) for name in SCREENS):
            print("scenewright: There is no screen here; --help lists commands.", file=sys.stderr)
            return 1
        try:
            from app.main import run
        except ImportError as error:
            if "--debug" in arguments:
                raise
            print(
                f"scenewright: The window cannot start ({error}): "
                "install what the first command of README.md installs.",
                file=sys.stderr,
            )
            return 1
        return run(Path(words[0]) if words else None)
    from engine.cli.main import main as run_command

    return run_command(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
