"""The menu bar and the context menu of layers."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QMainWindow, QMenu

from app.actions import Actions
from app.edits import Edits
from app.files import Files
from app.theme import named_icon

LAYER_MENU = (
    ("rename", "duplicate", "delete"),
    ("redraw", "redraw_same"),
    ("front", "forward", "backward", "back"),
    ("hide", "lock"),
    ("group", "ungroup"),
)
PLAN_MENU = (
    ("plan_show", "plan_read"),
    ("plan_all", "plan_next", "plan_anew"),
    ("plan_pause", "plan_cancel"),
    ("plan_again", "plan_lock", "plan_box", "plan_any_box", "plan_remove"),
    ("plan_delete", "plan_delete_all"),
)
PICTURE_MENU = (
    ("picture_open", "picture_beside"),
    ("picture_star", "picture_copy", "picture_save"),
    ("picture_background", "picture_again", "picture_layout"),
    ("picture_delete", "picture_clear"),
)


@dataclass(frozen=True, slots=True)
class Menus:
    layer: QMenu
    picture: QMenu
    recent: QMenu
    samples: QMenu
    history: QMenu


def build_menus(window: QMainWindow, actions: Actions, files: Files, edits: Edits) -> Menus:
    """Fill the window's menu bar."""

    def fill(menu: QMenu, *groups: tuple[str, ...]) -> QMenu:
        for group in groups:
            if not menu.isEmpty():
                menu.addSeparator()
            for name in group:
                menu.addAction(actions[name])
        return menu

    bar = window.menuBar()
    file = bar.addMenu("&File")
    fill(file, ("new", "open"))
    recent, samples = file.addMenu("Open &recent"), file.addMenu("Sa&mples")
    recent.aboutToShow.connect(lambda: files.fill_recent(recent))
    samples.aboutToShow.connect(lambda: files.fill_samples(samples))
    fill(file, ("save", "save_as"), ("open_photo", "remove_photo"))
    imports = file.addMenu("&Import")
    named_icon(imports.menuAction(), "import")
    fill(imports, ("import_layout", "import_ids", "import_coco"))
    export = file.addMenu("&Export")
    named_icon(export.menuAction(), "export")
    fill(export, ("export_semantic", "export_ids", "export_masks"), ("export_bundle",))
    fill(file, ("quit",))
    edit = fill(bar.addMenu("&Edit"), ("undo", "redo"))
    history = edit.addMenu("&History")
    history.aboutToShow.connect(lambda: edits.fill_history(history))
    fill(edit, ("select_all", "deselect"))
    fill(bar.addMenu("&Object"), ("what", "more", "discard"))
    fill(bar.addMenu("&Layer"), *LAYER_MENU)
    fill(bar.addMenu("&Plan"), *PLAN_MENU)
    fill(
        bar.addMenu("P&icture"),
        ("render", "render_cancel", "render_show"),
        ("insert", "photo_layers"),
        *PICTURE_MENU,
    )
    view = fill(bar.addMenu("&View"), ("zoom_in", "zoom_out", "actual", "fit"))
    view.addSeparator()
    fill(view.addMenu("&Ground"), ("paper_photo", "paper_white", "paper_checker"))
    fill(view, ("see_through",))
    view.addSeparator()
    fill(view.addMenu("&Theme"), ("theme_system", "theme_light", "theme_dark"))
    tools = bar.addMenu("&Tools")
    names = [action.objectName() for action in actions.all()]
    fill(tools, tuple(name for name in names if name.startswith("tool_")), ("models",))
    fill(bar.addMenu("&Help"), ("shortcuts",), ("about",))
    layer = fill(QMenu(window), *LAYER_MENU)
    picture = fill(QMenu(window), *PICTURE_MENU)
    return Menus(layer=layer, picture=picture, recent=recent, samples=samples, history=history)
