"""`main.py models`: which packs there are, installing, removing and verifying them."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.common import UsageError, add_json, print_json, print_table

if TYPE_CHECKING:
    from engine.models.state import PackState

ACTIONS = ("list", "install", "remove", "verify", "where")
_HELP = """actions:
  list                          every pack: what is there, how large, whose licence
  list PACK                     the models of one pack
  install PACK [COMPONENT ...]  download a pack, or only some of its models; goes on where an
                                earlier download stopped
  remove PACK [COMPONENT ...]   delete what was installed
  verify [PACK ...]             read every file and compare its checksum
  where [PACK [COMPONENT]]      the folder of a pack, or the one that packs are installed into

PACK/COMPONENT is understood too. HF_ENDPOINT names another server, HF_TOKEN lets in where a
licence has to be accepted, SCENEWRIGHT_MODELS is where packs are installed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _HELP
    parser.add_argument("action", choices=ACTIONS, metavar="ACTION", help=", ".join(ACTIONS))
    parser.add_argument("names", nargs="*", metavar="PACK [COMPONENT ...]", help="what it is about")
    parser.add_argument(
        "--from",
        dest="source",
        type=Path,
        metavar="FOLDER",
        help="install: copy from a folder on this computer instead of downloading",
    )
    parser.add_argument(
        "--offline", action="store_true", help="install: fail rather than use the network"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    if args.action != "install" and (args.source is not None or args.offline):
        raise UsageError("--from and --offline belong to install.")
    names = [word for name in args.names for word in _split(name, args.action)]
    match args.action:
        case "list":
            return _list(names, as_json=args.json)
        case "install":
            return _install(names, args)
        case "remove":
            return _remove(names, as_json=args.json)
        case "verify":
            return _verify(names, as_json=args.json)
        case _:
            return _where(names, as_json=args.json)


def _split(name: str, action: str) -> list[str]:
    """ "sd15/segmenter" as its two words; a path to a folder stays one."""
    pack, slash, component = name.partition("/")
    plain = slash and pack and component and "/" not in component and pack.strip(".")
    return [pack, component] if plain and action != "verify" else [name]


def _list(names: list[str], *, as_json: bool) -> int:
    from engine.models.state import pack_state, pack_states

    states = tuple(pack_state(name) for name in names) or pack_states()
    if as_json:
        print_json([_values(state) for state in states])
    elif names:
        for state in states:
            _print_components(state)
    else:
        rows = [
            (s.name, s.status, _present(s.bytes_present, s.bytes_total), s.licence) for s in states
        ]
        print_table(("PACK", "STATUS", "ON DISK", "LICENCE"), rows)
    return 0


def _print_components(state: PackState) -> None:
    print(f"{state.name}: {state.title}. {state.summary}\n{state.folder}")
    rows = [
        (
            part.name,
            part.status + (" (optional)" if part.optional and part.status != "installed" else ""),
            _present(part.bytes_present, part.bytes_total),
            part.licence,
            part.title if part.needed_for == "" else f"{part.title}: {part.needed_for}",
        )
        for part in state.components
    ]
    print_table(("COMPONENT", "STATUS", "ON DISK", "LICENCE", "WHAT FOR"), rows)
    for part in state.components:
        if part.status != "installed" and (part.note or part.stand_in):
            stands = f"{part.stand_in} stands in. " if part.stand_in else ""
            print(f"  {part.name}: {stands}{part.note}".rstrip())


def _install(names: list[str], args: argparse.Namespace) -> int:
    from engine.models.install import run as install
    from engine.models.packs import human_size
    from engine.models.request import InstallRequest

    if not names:
        raise UsageError("Name the pack to install, for example: models install sd15")
    request = InstallRequest(
        pack=names[0],
        components=tuple(names[1:]),
        source=None if args.source is None else str(args.source),
        offline=args.offline,
    )
    progress = ByteProgress()
    try:
        result = install(request, progress)
    finally:
        progress.clear()
    if args.json:
        print_json(asdict(result))
        return 0
    for note in result.notes:
        print(f"note: {note}", file=sys.stderr)
    if result.installed:
        size = human_size(result.downloaded)
        print(f"Installed {', '.join(result.installed)} ({size}) in {result.folder}")
    if result.present:
        print(f"Already there and whole: {', '.join(result.present)} in {result.folder}")
    return 0


def _remove(names: list[str], *, as_json: bool) -> int:
    from engine.models.packs import human_size
    from engine.models.upkeep import remove

    if not names:
        raise UsageError("Name the pack to remove, for example: models remove sd15")
    freed = remove(names[0], tuple(names[1:]))
    if as_json:
        print_json({"pack": names[0], "components": names[1:], "freed": freed})
    else:
        print(f"Removed {' '.join(names)}; {human_size(freed)} are free again.")
    return 0


def _verify(names: list[str], *, as_json: bool) -> int:
    from engine.models.state import PackStatus, pack_states
    from engine.models.upkeep import verify

    chosen = names or [s.name for s in pack_states() if s.status is not PackStatus.MISSING]
    progress = ByteProgress()
    try:
        found = {name: verify(name, progress) for name in chosen}
    finally:
        progress.clear()
    bad = [(n, check) for n, checks in found.items() for check in checks if check.problem]
    if as_json:
        print_json(
            {
                name: {
                    "whole": not any(check.problem for check in checks),
                    "files": [asdict(check) for check in checks],
                }
                for name, checks in found.items()
            }
        )
    else:
        for name, check in bad:
            print(f"{name}/{check.path}: {check.problem}")
        for name, checks in found.items():
            wrong = sum(bool(check.problem) for check in checks)
            verdict = f"{wrong} of {len(checks)} files are wrong" if wrong else "whole"
            print(f"{name}: {verdict} ({len(checks)} files)" if not wrong else f"{name}: {verdict}")
    return 1 if bad else 0


def _where(names: list[str], *, as_json: bool) -> int:
    from engine.errors import ModelMissing
    from engine.models.packs import install_parent, pack_folder

    if len(names) > 2:
        raise UsageError("where takes one pack, or a pack and one of its components.")
    folder = install_parent()
    if names:
        folder = pack_folder(names[0])
    if len(names) == 2:
        folder = folder / names[1]
        if not folder.is_dir():
            raise ModelMissing(f"The pack {names[0]} has no {names[1]}: there is no {folder}.")
    if as_json:
        print_json({"folder": str(folder)})
    else:
        print(folder)
    return 0


class ByteProgress:
    """A JobContext that shows bytes on stderr: one changing line, or a line now and then."""

    _EVERY = 10.0

    def __init__(self) -> None:
        self._changing = sys.stderr.isatty()
        self._stage, self._told = "", 0.0

    def progress(self, stage: str, step: int = 0, total: int = 0, preview: Any = None) -> None:
        from engine.models.packs import human_size

        text = stage
        if total:
            text = f"{stage}: {human_size(step)} of {human_size(total)} ({100 * step // total} %)"
        if self._changing:
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
        elif total > 1000 and (stage != self._stage or time.monotonic() - self._told > self._EVERY):
            print(text, file=sys.stderr, flush=True)
            self._stage, self._told = stage, time.monotonic()

    def clear(self) -> None:
        if self._changing:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _present(present: int, total: int) -> str:
    from engine.models.packs import human_size

    if present >= total:
        return human_size(present) if present else "-"
    return f"{human_size(present) if present else '0'} of {human_size(total)}"


def _values(state: PackState) -> dict[str, Any]:
    values = asdict(state)
    values["folder"] = str(state.folder)
    for part in values["components"]:
        part["folder"] = str(part["folder"])
    return values
