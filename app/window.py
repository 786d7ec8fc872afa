"""The main window: puts the parts together and passes word between them."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QCursor, QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QSplitter, QToolBar, QVBoxLayout, QWidget

from app.actions import Actions
from app.adding import Adding
from app.canvas.toolbox import TOOLS
from app.canvas.view import CanvasView
from app.dialogs import ask
from app.dialogs.about import AboutDialog, ShortcutsDialog
from app.edits import Edits
from app.engine_bridge import EngineBridge, EngineLike
from app.files import PROJECT, Files, dropped_file
from app.icons import app_icon
from app.looks import Looks
from app.menus import build_menus
from app.model_help import ModelHelp
from app.panels.add_object import AddObjectBar
from app.panels.caption import TopBar
from app.panels.layers import LayersPanel
from app.panels.side import Side
from app.panels.status import StatusBar
from app.panels.suggestions import SuggestionStrip
from app.parts import Parts
from app.plan.planning import Planning
from app.render.room import PictureRoom
from app.session import Session
from app.settings import Settings
from app.state import Selection
from app.suggesting import Suggesting
from app.theme import Theme
from engine.layout.document import Change, Document
from engine.layout.guidance import Guidance
from engine.smartmask.outlined import meant

BEFORE_SEPARATOR = ("hand", "scribble", "eraser")


class MainWindow(QMainWindow):
    def __init__(
        self,
        *,
        session: Session,
        settings: Settings,
        theme: Theme,
        engine: EngineLike,
        downloads: EngineLike,
    ) -> None:
        super().__init__()
        self.session, self.settings, self.theme = session, settings, theme
        session.setParent(self)
        self.setWindowIcon(app_icon())
        self.setAcceptDrops(True)
        self.setMinimumSize(820, 560)
        self.selection = Selection(self)
        self.actions_ = Actions(self)
        self.bridge = EngineBridge(engine, self)
        self.downloads = EngineBridge(downloads, self)
        self.suggesting = Suggesting(self.bridge, self)
        self.files = Files(self, session, settings)
        self.edits = Edits(self, session, self.selection, self.actions_)
        self._document = session.document
        self._build()
        self._connect()
        self._follow(session.document)
        self._restore()

    # Building

    def _build(self) -> None:
        a = self.actions_
        self.canvas = CanvasView(self._document, self.selection)
        self.top = TopBar(self._document)
        self.strip = SuggestionStrip()
        self.bar = AddObjectBar()
        self.layers = LayersPanel(self._document, self.selection, lambda c: self.edits.do(c))
        self.plan = Planning(
            self,
            document=self._document,
            selection=self.selection,
            actions=a,
            bridge=self.bridge,
            canvas=self.canvas,
        )
        self.pictures = PictureRoom(
            self,
            session=self.session,
            document=self._document,
            selection=self.selection,
            actions=a,
            bridge=self.bridge,
            canvas=self.canvas,
            bar=self.bar,
            files=self.files,
            preset=lambda: self.top.speed.currentData(),
        )
        self.rendering, self.toast = self.pictures.rendering, self.pictures.toast
        self.side = Side(Layers=self.layers, Plan=self.plan.panel, Render=self.rendering.panel)
        self.menus = build_menus(self, a, self.files, self.edits)
        self._build_tool_bar()
        for name in ("undo", "redo"):
            self.top.add_button(a[name])
        for name in ("forward", "backward", "front", "back", "duplicate"):
            self.layers.add_button(a[name])
        self.layers.add_button(a["delete"], at_end=True)
        work = QWidget()
        column = QVBoxLayout(work)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top)
        column.addWidget(self.pictures.middle, 1)
        for strip in (self.strip, *self.pictures.strips):
            column.addWidget(strip)
        column.addWidget(self.bar)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(work)
        self.splitter.addWidget(self.side)
        self.splitter.setStretchFactor(0, 1)
        self.setCentralWidget(self.splitter)
        self.status = StatusBar(
            zoom_out=a["zoom_out"], actual=a["actual"], zoom_in=a["zoom_in"], fit=a["fit"]
        )
        self.setStatusBar(self.status)

    def _build_tool_bar(self) -> None:
        self.tool_bar = QToolBar("Tools", self)
        self.tool_bar.setObjectName("tools")
        self.tool_bar.setMovable(False)
        self.tool_bar.setFloatable(False)
        self.tool_bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.tool_bar.setIconSize(QSize(22, 22))
        for name in TOOLS:
            self.tool_bar.addAction(self.actions_[f"tool_{name}"])
            if name in BEFORE_SEPARATOR:
                self.tool_bar.addSeparator()
        self.addToolBar(Qt.ToolBarArea.LeftToolBarArea, self.tool_bar)

    def _connect(self) -> None:
        a, canvas, files = self.actions_, self.canvas, self.files
        for name in TOOLS:
            a.connect(f"tool_{name}", lambda n=name: self.use_tool(n))
        for name, handler in {
            "new": files.new,
            "open": files.choose,
            "save": files.save,
            "save_as": files.save_as,
            "open_photo": files.open_photo,
            "remove_photo": files.remove_photo,
            "export_semantic": files.export_semantic,
            "export_ids": files.export_ids,
            "export_masks": files.export_masks,
            "quit": self.close,
            "zoom_in": lambda: canvas.zoom_step(up=True),
            "zoom_out": lambda: canvas.zoom_step(up=False),
            "actual": lambda: canvas.zoom_to(1.0),
            "fit": canvas.fit,
            "what": lambda: self.bar.what.setFocus(),
            "shortcuts": lambda: ShortcutsDialog(self, a.all()).exec(),
            "about": lambda: AboutDialog(self).exec(),
            "models": lambda: self.models.show(),
        }.items():
            a.connect(name, handler)
        self.looks = Looks(self, actions=a, canvas=canvas, settings=self.settings, theme=self.theme)
        parts = Parts(
            window=self,
            suggesting=self.suggesting,
            strip=self.strip,
            canvas=canvas,
            bar=self.bar,
            actions=a,
            theme=self.theme,
            session=self.session,
        )
        self.adding = Adding(
            parts,
            selection=self.selection,
            pictures=self.pictures,
            plan=self.plan,
            toast=self.toast,
        )
        self.adding.added.connect(self._back_to_canvas)
        self._connect_canvas()
        self._connect_plan()
        self._connect_pictures()
        self.layers.context_menu_wanted.connect(self._layer_menu)
        self.layers.list.delete_wanted.connect(self.edits.delete)
        self.edits.refused.connect(self.toast.hint)
        self.edits.rename_wanted.connect(self._rename_layer)
        files.told.connect(self.toast.hint)
        files.busy.connect(self.status.show_busy)
        self.session.document_changed.connect(lambda: self._follow(self.session.document))
        self.session.file_changed.connect(self._show_title)
        self.session.snapshot_failed.connect(self.toast.error)
        self.theme.changed.connect(self._show_theme)

    def _connect_canvas(self) -> None:
        canvas, bar = self.canvas, self.bar
        canvas.message.connect(self.toast.hint)
        canvas.gesture_begun.connect(self.strip.unchoose)
        canvas.guidance_given.connect(self._take_guidance)
        canvas.zoom_changed.connect(self.status.show_zoom)
        canvas.cursor_moved.connect(self.status.show_place)
        canvas.brush_size_changed.connect(self.top.brush.show_size)
        canvas.delete_wanted.connect(self.edits.delete)
        canvas.context_menu_wanted.connect(self._layer_menu)
        self.top.brush.changed.connect(canvas.set_brush_size)
        self.top.caption.left.connect(canvas.setFocus)
        bar.left.connect(canvas.setFocus)
        bar.place_chosen.connect(self.use_tool)
        bar.cleared.connect(lambda: canvas.give_guidance(Guidance.free()))
        bar.icons_stale.connect(lambda: self.theme.give_icon(bar.where))

    def _connect_plan(self) -> None:
        plan = self.plan
        plan.told.connect(self.toast.hint)
        plan.failed.connect(self.toast.error)
        plan.wanted.connect(lambda: self.side.show_panel(plan.panel))
        plan.box_wanted.connect(self._back_to_canvas)
        plan.icons_stale.connect(lambda: self.theme.give_icon(plan.panel.pause))
        self.side.shown.connect(lambda _: plan.show_boxes())

    def _connect_pictures(self) -> None:
        pictures, panel = self.pictures, self.rendering.panel
        self.models = ModelHelp(
            self,
            bridge=self.bridge,
            downloads=self.downloads,
            settings=self.settings,
            theme=self.theme,
            toast=self.toast,
            aside=self.rendering.aside,
            again=pictures.again,
            asked=pictures.asked,
        )
        self.models.packs_changed.connect(self.rendering.find_packs)
        panel.models_wanted.connect(self.models.show)
        pictures.begun.connect(self.suggesting.discard)
        pictures.taken.connect(self._after_insertion)
        self.rendering.wanted.connect(lambda: self.side.show_panel(panel))
        panel.menu_wanted.connect(self.menus.picture.popup)
        panel.form.icons_stale.connect(lambda: self.theme.give_icon(panel.form.fold))

    def _after_insertion(self, layer_id: str) -> None:
        self.selection.set([layer_id])
        self.canvas.give_guidance(Guidance.free())
        self.bar.clear_wish()
        self.toast.hint("It is part of the photo now, and a layer. Undo takes both away.")
        self.canvas.setFocus()

    def _back_to_canvas(self) -> None:
        self.use_tool("select")
        self.canvas.setFocus()

    def _rename_layer(self, layer_id: str) -> None:
        self.side.show_panel(self.layers)
        self.layers.rename(layer_id)

    def _restore(self) -> None:
        s = self.settings
        if not self.restoreGeometry(s.geometry):
            self.resize(1280, 820)
        self.splitter.setSizes([self.width() - s.side_width, s.side_width])
        self.canvas.set_brush_size(s.number("brush", 24, least=1, most=400))
        self.top.brush.show_size(self.canvas.brush_size)
        self.looks.restore()
        self.use_tool("select")
        self.theme.dress(self)
        self._show_theme()

    # Following document, file and theme

    def _follow(self, document: Document) -> None:
        if document is not self._document:
            self._leave_document()
            self._document = document
            self.suggesting.discard()
            self.selection.set([])
            self.canvas.set_document(document)
            self.layers.set_document(document)
            self.top.caption.set_document(document)
            self.plan.set_document(document)
            self.pictures.set_document(document)
            self.bar.set_guidance(Guidance.free())
        document.changed.connect(self._on_change)
        document.history_changed.connect(self._on_history)
        self.bar.set_layers(document.layout)
        self.status.show_layout(document.layout)
        self.status.show_zoom(self.canvas.viewport.zoom)
        self._on_history()
        self._show_title()

    def _leave_document(self) -> None:
        self._document.changed.disconnect(self._on_change)
        self._document.history_changed.disconnect(self._on_history)

    def _on_change(self, change: Change) -> None:
        if change.structure or change.layer_ids:
            self.bar.set_layers(self._document.layout)
        self.edits.show_state()

    def _on_history(self) -> None:
        self.edits.show_state()
        self.adding.show_swaps()
        self.setWindowModified(self.session.is_dirty)

    def _show_title(self) -> None:
        self.setWindowTitle(f"{self.session.title}[*] - Scenewright")
        path = self.session.file.path
        self.setWindowFilePath("" if path is None else str(path))
        self.setWindowModified(self.session.is_dirty)

    def _show_theme(self) -> None:
        colours = self.theme.colours
        self.canvas.set_colours(colours)
        self.layers.set_colours(colours)
        self.plan.panel.set_colours(colours)
        self.pictures.set_colours(colours)
        self.strip.refresh(self._document.layout, colours)

    # Tools and guidance

    def use_tool(self, name: str) -> None:
        kind = TOOLS[name]
        self.pictures.show_canvas()
        self.actions_[f"tool_{name}"].setChecked(True)
        self.canvas.set_tool(kind)
        self.status.hint.setText(kind.hint)
        self.top.brush.setVisible(kind.has_size)
        self.top.speed.setVisible(kind.name == "click")
        self.bar.set_clicking(kind.name == "click")

    def _take_guidance(self, guidance: Guidance) -> None:
        self.canvas.set_guidance(guidance)
        outlined = meant(guidance, self.canvas.canvas).outlined
        self.bar.set_guidance(guidance, outlined=outlined)
        given = guidance.mode.value != "free"
        # A scribble is often several strokes; the keyboard stays with the canvas until it is done.
        if given and guidance.scribble is None and not self.bar.what.text().strip():
            self.bar.what.setFocus()

    # Menus, drops, closing

    def _layer_menu(self, at: QPoint) -> None:
        self.menus.layer.popup(at if not at.isNull() else QCursor.pos())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_file(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = dropped_file(event)
        if path is not None:
            event.acceptProposedAction()
            is_project = path.suffix.lower() == PROJECT
            take = self.files.open if is_project else self.pictures.take_picture
            # After the drop has ended: a question must not hold up the other program.
            QTimer.singleShot(0, self, lambda: take(path))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.canvas.fit()
        self.bar.what.setFocus()
        self.rendering.find_packs()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.canvas.tool.cancel()
        self.plan.designing.cancel()
        if not self.files.may_leave(closing=True):
            event.ignore()
            return
        self.settings.geometry = self.saveGeometry()
        self.settings.side_width = self.side.width()
        self.settings.put("brush", self.canvas.brush_size)
        self.settings.sync()
        self.suggesting.cancel()
        self.pictures.cancel()
        self.models.end()
        self.bridge.close()
        self.downloads.close()
        self._leave_document()
        for part in (self.canvas, self.layers, self.top.caption, self.plan, self.pictures):
            part.release_document()
        self.session.close()
        event.accept()

    def tell_problem(self, title: str, text: str) -> None:
        ask.problem(self, title, text)
