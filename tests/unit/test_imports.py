"""Who may import whom: app -> engine -> planner, Qt in app only, no torch before it is needed."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("app", "engine", "planner")
ALLOWED_ABOVE = {"app": set[str](), "engine": {"app"}, "planner": {"app", "engine"}}
"""Room -> rooms that it must not import."""

HEAVY = ("torch", "diffusers", "transformers", "cv2", "scipy", "accelerate", "pycocotools")
QT = ("PySide6", "shiboken6")

LIGHT = ("engine.layout", "engine.project", "engine.jobs", "engine.models", "engine.cli")
"""Packages of which every module must do without Qt and without the heavy libraries."""

LIGHT_MODULES = (
    "engine.errors",
    "engine.smartmask.request",
    "engine.smartmask.placing",
    "planner.captions",
    "planner.elements",
    "planner.graph",
)

TOP_LEVEL = {
    *ROOMS,
    "resources",
    "tests",
    "main.py",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "NOTICE",
    "CHANGELOG.md",
}


def sources(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """(line, full name) of everything a file imports, inside functions too."""
    package = module_name(path) if path.name == "__init__.py" else module_name(path.parent)
    return imports_in(path.read_text("utf-8"), package)


def imports_in(text: str, package: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")
            above = ".".join(base[: len(base) - node.level + 1]) if node.level else ""
            name = ".".join(filter(None, (above, node.module or "")))
            yield from ((node.lineno, f"{name}.{alias.name}") for alias in node.names)
        elif (
            isinstance(node, ast.Call)
            and ast.unparse(node.func).endswith(("import_module", "__import__"))
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            yield node.lineno, str(node.args[0].value)


def breaches(room: str, forbidden: set[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in sources(room)
        for line, name in imports(path)
        if name.split(".")[0] in forbidden
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_arrows_point_one_way(room: str) -> None:
    assert sources(room)
    assert breaches(room, {*ALLOWED_ABOVE[room], "main", "tests"}) == []


@pytest.mark.parametrize("room", ["engine", "planner"])
def test_qt_stays_in_the_app(room: str) -> None:
    assert breaches(room, {*QT, "pytestqt"}) == []


def test_the_check_itself_sees_every_way_to_import() -> None:
    text = (
        "import a.b\nfrom c import d\nfrom . import e\nfrom ..f import g\n"
        "def h():\n    import i\nimportlib.import_module('j.k')\n"
    )
    found = {name for _, name in imports_in(text, "engine.layout")}
    assert found == {"a.b", "c.d", "engine.layout.e", "engine.f.g", "i", "j.k"}


def run_python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


BLOCK = """
import sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {forbidden!r}:
            raise ImportError(f"{{name}} must not be imported here")

sys.meta_path.insert(0, Block())
"""


def light_modules() -> list[str]:
    below = [
        module_name(path)
        for package in LIGHT
        for path in sources(package.replace(".", "/"))
        if path.name != "__main__.py"
    ]
    return [*below, *LIGHT_MODULES]


def test_the_core_needs_neither_qt_nor_torch() -> None:
    """Every module of it is imported where those libraries cannot be."""
    code = BLOCK.format(forbidden=(*QT, *HEAVY)) + (
        f"import importlib\nfor name in {light_modules()!r}:\n    importlib.import_module(name)\n"
    )
    done = run_python(code)
    assert done.returncode == 0, done.stderr


def test_a_project_is_made_changed_and_saved_without_qt_and_torch(tmp_path: Path) -> None:
    code = BLOCK.format(forbidden=(*QT, "torch", "diffusers", "transformers")) + (
        "from engine.cli.main import main\n"
        f"path = {str(tmp_path / 'a.ora')!r}\n"
        "assert main(['new', '--size', '96x80', path]) == 0\n"
        "assert main(['show', path]) == 0\n"
        f"assert main(['export', path, '--semantic', {str(tmp_path / 's.png')!r}]) == 0\n"
    )
    done = run_python(code)
    assert done.returncode == 0, done.stderr


def test_package_files_import_nothing_heavy() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in sources("engine")
        if path.name == "__init__.py"
        for line, name in imports(path)
        if name.split(".")[0] in HEAVY
    ]
    assert found == []


OPEN_WINDOW = """
import sys, time
from PySide6.QtWidgets import QApplication

def for_a_moment(*ignored):
    app = QApplication.instance()
    for _ in range(30):
        app.processEvents()
        time.sleep(0.01)
    assert [w for w in app.topLevelWidgets() if w.isVisible()], "no window is open"
    print("opened")
    return 0

QApplication.exec = for_a_moment
from app.main import run
run(None)
"""


def test_opening_the_window_imports_no_torch() -> None:
    pytest.importorskip("app.main")
    forbidden = ("torch", "diffusers", "transformers", "cv2", "scipy")
    done = run_python(BLOCK.format(forbidden=forbidden) + OPEN_WINDOW, QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 0, done.stderr
    assert "opened" in done.stdout


def test_nothing_else_stands_at_the_top_level() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    entries = {line.split("/")[0] for line in listed.stdout.splitlines()}
    assert {name for name in entries if not name.startswith(".")} <= TOP_LEVEL
