"""Every action of the window, in one table: what it is called, its keys and its icon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow

from app.theme import named_icon


@dataclass(frozen=True, slots=True)
class Spec:
    name: str
    text: str
    keys: str = ""
    icon: str = ""
    group: str = ""
    """Name of the group of which one action is checked."""
    toggles: bool = False


SPECS = (
    Spec("new", "&New…", "Ctrl+N", "new"),
    Spec("open", "&Open…", "Ctrl+O", "open"),
    Spec("save", "&Save", "Ctrl+S", "save"),
    Spec("save_as", "Save &as…", "Ctrl+Shift+S"),
    Spec("open_photo", "Open &background photo…", "", "photo"),
    Spec("remove_photo", "&Remove background photo"),
    Spec("import_layout", "&Photo to layout…", "", "layers"),
    Spec("photo_layers", "&Find objects in the photo", "", "layers"),
    Spec("import_ids", "&Layer numbers…"),
    Spec("import_coco", "&COCO annotations…"),
    Spec("export_semantic", "&Semantic map…", "", "export"),
    Spec("export_ids", "&Layer numbers…"),
    Spec("export_masks", "Layer &masks…"),
    Spec("export_bundle", "For &ControlNet elsewhere…"),
    Spec("quit", "&Quit", "Ctrl+Q"),
    Spec("undo", "&Undo", "Ctrl+Z", "undo"),
    Spec("redo", "&Redo", "Ctrl+Shift+Z", "redo"),
    Spec("select_all", "Select &all", "Ctrl+A"),
    Spec("deselect", "D&eselect", "Ctrl+Shift+A"),
    Spec("rename", "&Rename", "F2", "rename"),
    Spec("duplicate", "D&uplicate", "Ctrl+D", "duplicate"),
    Spec("delete", "&Delete", "", "trash"),
    Spec("redraw", "Dra&w again", "Ctrl+E", "again"),
    Spec("redraw_same", "Draw the sa&me again"),
    Spec("hide", "&Hide", "Ctrl+H", "eye_off"),
    Spec("lock", "&Lock", "Ctrl+L", "lock"),
    Spec("group", "&Group…", "Ctrl+G", "group"),
    Spec("ungroup", "Take &out of the group", "Ctrl+Shift+G"),
    Spec("forward", "Bring &forward", "Ctrl+]", "forward"),
    Spec("backward", "Send &backward", "Ctrl+[", "backward"),
    Spec("front", "Bring to fr&ont", "Ctrl+Shift+]", "front"),
    Spec("back", "Send to bac&k", "Ctrl+Shift+[", "back"),
    Spec("zoom_in", "Zoom &in", "Ctrl++", "zoom_in"),
    Spec("zoom_out", "Zoom &out", "Ctrl+-", "zoom_out"),
    Spec("actual", "&100 %", "Ctrl+1"),
    Spec("fit", "&Fit in the window", "Ctrl+0", "fit"),
    Spec("paper_photo", "&Photo, or white paper", group="paper"),
    Spec("paper_white", "&White paper", group="paper"),
    Spec("paper_checker", "&Checkerboard", group="paper"),
    Spec("see_through", "&See-through layers", "Ctrl+T", toggles=True),
    Spec("theme_system", "As the &system", group="theme"),
    Spec("theme_light", "&Light", group="theme"),
    Spec("theme_dark", "&Dark", group="theme"),
    Spec("tool_select", "Select and move", "V", "select", group="tool"),
    Spec("tool_hand", "Move the view", "H", "hand", group="tool"),
    Spec("tool_box", "Box: where the next object goes", "R", "box", group="tool"),
    Spec("tool_point", "Point: where the next object goes", "P", "point", group="tool"),
    Spec("tool_scribble", "Scribble: where the next object goes", "S", "scribble", group="tool"),
    Spec("tool_brush", "Brush: add to the selected object", "B", "brush", group="tool"),
    Spec("tool_eraser", "Eraser: rub out the selected object", "E", "eraser", group="tool"),
    Spec("tool_click", "Click: make something appear in the photo", "C", "click", group="tool"),
    Spec("what", "&Add an object", "A", "suggest"),
    Spec("more", "&More suggestions", "M", "more"),
    Spec("discard", "&Discard suggestions", "", "close"),
    Spec("plan_show", "&Show the plan", "Ctrl+P", "plan"),
    Spec("plan_read", "&Read caption", "", "read"),
    Spec("plan_all", "&Design all", "Ctrl+Return", "suggest"),
    Spec("plan_anew", "Design all a&gain"),
    Spec("plan_next", "&Next one", "N", "next"),
    Spec("plan_again", "Place it &again", "", "again"),
    Spec("plan_lock", "&Lock this", "", "lock"),
    Spec("plan_pause", "&Pause", "", "pause"),
    Spec("plan_cancel", "&Cancel the design", "", "close"),
    Spec("plan_name", "&Rename", "", "rename"),
    Spec("plan_where", "Say &where it stands"),
    Spec("plan_background", "Is &background", "", "", "", True),
    Spec("plan_box", "Draw its &box", "", "box"),
    Spec("plan_any_box", "&Forget its box"),
    Spec("plan_remove", "Re&move its layers"),
    Spec("plan_delete", "&Delete from the plan", "", "trash"),
    Spec("plan_delete_all", "Delete &with its layers"),
    Spec("render", "&Render", "Ctrl+R", "picture"),
    Spec("render_cancel", "&Cancel the rendering", "", "close"),
    Spec("render_show", "&Show the pictures", "Ctrl+Shift+R"),
    Spec("insert", "&Insert into photo", "Ctrl+I", "insert"),
    Spec("picture_open", "Sho&w large"),
    Spec("picture_beside", "Besi&de the layout", "", "compare", "", True),
    Spec("picture_star", "S&tar", "", "star"),
    Spec("picture_copy", "C&opy", "", "copy"),
    Spec("picture_save", "Save as P&NG…", "", "download"),
    Spec("picture_background", "Use as &background", "", "photo"),
    Spec("picture_again", "&Use its settings again", "", "again"),
    Spec("picture_layout", "Bring back its &layout", "", "layers"),
    Spec("picture_delete", "Delet&e picture", "", "trash"),
    Spec("picture_clear", "Delete all witho&ut a star", "", ""),
    Spec("models", "&Models…", "", "models"),
    Spec("shortcuts", "&Keyboard shortcuts", "F1"),
    Spec("about", "&About Scenewright"),
)


class Actions:
    """The actions by name; `connect` gives each what it does."""

    def __init__(self, window: QMainWindow) -> None:
        self._all: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        for spec in SPECS:
            action = QAction(spec.text, window)
            action.setObjectName(spec.name)
            action.setProperty("title", spec.text)
            if spec.keys:
                action.setShortcut(QKeySequence(spec.keys))
            if spec.icon:
                named_icon(action, spec.icon)
            if spec.group:
                self._group(spec.group, window).addAction(action)
            action.setCheckable(bool(spec.group) or spec.toggles)
            action.setToolTip(tip(spec))
            window.addAction(action)
            self._all[spec.name] = action
        self["zoom_in"].setShortcuts([QKeySequence("Ctrl++"), QKeySequence("Ctrl+=")])
        self["redo"].setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])

    def _group(self, name: str, window: QMainWindow) -> QActionGroup:
        if name not in self._groups:
            self._groups[name] = QActionGroup(window)
        return self._groups[name]

    def __getitem__(self, name: str) -> QAction:
        return self._all[name]

    def all(self) -> list[QAction]:
        return list(self._all.values())

    def connect(self, name: str, handler: Callable[[], object]) -> None:
        self._all[name].triggered.connect(lambda _=False: handler())


def tip(spec: Spec) -> str:
    words = spec.text.replace("&", "").rstrip("…")
    keys = QKeySequence(spec.keys).toString(QKeySequence.SequenceFormat.NativeText)
    return f"{words}  ({keys})" if keys else words
