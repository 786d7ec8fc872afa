"""The Models dialog: which models there are, and how to get, check and remove them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLayout,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QTreeWidget,
    QVBoxLayout,
    QWidget,
)

from app.aside import Aside
from app.dialogs.model_parts import (
    NAME,
    STATES,
    MemoryBox,
    Reports,
    licence_words,
    may_remove,
    part_item,
    permille,
    problems_of,
)
from app.engine_bridge import EngineBridge
from app.lacking import size_words
from app.panels.elided import ElidedLabel
from app.render.drawing import Drawing
from app.theme import named_icon
from engine.errors import ScenewrightError
from engine.models.request import InstallRequest, InstallResult
from engine.models.state import PackState, pack_states


class ModelsDialog(QDialog):
    """Stays open beside the window; closed, a download goes on.

    Signals:
        packs_changed(): Something was installed or removed.
        memory_chosen(Preset): How much memory the models may take from now on.
    """

    packs_changed = Signal()
    memory_chosen = Signal(object)

    def __init__(self, parent: QWidget, *, bridge: EngineBridge, memory: str = "") -> None:
        super().__init__(parent)
        self.setWindowTitle("Models")
        self.resize(920, 580)
        self._states: tuple[PackState, ...] = ()
        self._wanted_pack = ""
        self._aside = Aside(self)
        self._check: Reports | None = None
        self.installing = Drawing(bridge, self)
        body = QHBoxLayout()
        body.setSpacing(18)
        body.addWidget(self._packs_part())
        body.addLayout(self._details_part(), 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(14)
        title = QLabel("Models")
        title.setObjectName("big")
        column.addWidget(title)
        column.addLayout(body, 1)
        column.addLayout(self._foot_part())
        self.show_memory(memory)
        self.installing.progressed.connect(self._show_progress)
        self.installing.running_changed.connect(lambda _: self._show_buttons())
        self.installing.done.connect(self._installed)
        self.installing.failed.connect(self._fail)

    # Building

    def _packs_part(self) -> QWidget:
        self.packs = QListWidget()
        self.packs.setAccessibleName("Packs of models")
        self.packs.setFixedWidth(210)
        self.packs.currentRowChanged.connect(lambda _: self._show_pack())
        return self.packs

    def _details_part(self) -> QLayout:
        self.title = QLabel()
        self.title.setObjectName("heading")
        self.state = QLabel()
        self.state.setObjectName("quiet")
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.state)
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.parts = QTreeWidget()
        self.parts.setAccessibleName("Models of this pack")
        self.parts.setRootIsDecorated(False)
        self.parts.setUniformRowHeights(True)
        self.parts.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.parts.setHeaderLabels(["Model", "Needed for", "Size", "State"])
        self.parts.itemChanged.connect(lambda *_: self._show_buttons())
        header = self.parts.header()
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        for section in (2, 3):
            header.setSectionResizeMode(section, QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(False)
        self.licence = QLabel()
        self.licence.setObjectName("quiet")
        self.licence.setWordWrap(True)
        self.licence.setOpenExternalLinks(True)
        self.place = ElidedLabel()
        self.place.setObjectName("quiet")
        self.place.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.open_folder = named_icon(QToolButton(), "folder")
        self.open_folder.setToolTip("Open the folder")
        self.open_folder.setAccessibleName("Open the folder")
        self.open_folder.clicked.connect(self._open_folder)
        where = QHBoxLayout()
        where.addWidget(self.place, 1)
        where.addWidget(self.open_folder)
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.stage = ElidedLabel()
        self.stage.setObjectName("quiet")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.summary)
        column.addWidget(self.parts, 1)
        column.addWidget(self.licence)
        column.addLayout(where)
        for widget in (self.message, self.stage, self.progress):
            column.addWidget(widget)
        column.addLayout(self._buttons_part())
        return column

    def _buttons_part(self) -> QLayout:
        self.install = named_icon(QPushButton("Install"), "download")
        self.install.setObjectName("primary")
        self.install.clicked.connect(lambda: self.begin_install())
        self.from_folder = QPushButton("From a folder…")
        self.from_folder.setToolTip("Copy the models from a folder instead of downloading them")
        self.from_folder.clicked.connect(self._choose_folder)
        self.pause = named_icon(QPushButton("Pause"), "pause")
        self.pause.setToolTip("What has come stays; Resume goes on from there")
        self.pause.clicked.connect(self.stop)
        self.verify = named_icon(QPushButton("Check"), "check")
        self.verify.setToolTip("Read every file and compare it with what it should be")
        self.verify.clicked.connect(self.begin_check)
        self.remove = named_icon(QPushButton("Remove…"), "trash")
        self.remove.clicked.connect(self._ask_remove)
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.install, self.pause, self.from_folder):
            row.addWidget(button)
        row.addStretch(1)
        for button in (self.verify, self.remove):
            row.addWidget(button)
        return row

    def _foot_part(self) -> QLayout:
        label = QLabel("Memory")
        label.setObjectName("quiet")
        self.memory = MemoryBox()
        self.memory.chosen.connect(self.memory_chosen)
        buttons = QDialogButtonBox()
        buttons.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        row = QHBoxLayout()
        row.addWidget(label)
        row.addWidget(self.memory)
        row.addStretch(1)
        row.addWidget(buttons)
        return row

    # What there is

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self.refresh()

    def refresh(self) -> None:
        """Look at the folders again, beside the window."""
        self._aside.run(pack_states, self._show_states, self._fail)

    def _show_states(self, states: tuple[PackState, ...]) -> None:
        self._states = states
        names = [self.packs.item(row).data(NAME) for row in range(self.packs.count())]
        if names != [state.name for state in states]:
            self.packs.clear()
            for state in states:
                item = QListWidgetItem()
                item.setData(NAME, state.name)
                item.setSizeHint(QSize(0, 52))
                self.packs.addItem(item)
            self.packs.setCurrentRow(0)
            self.choose(self._wanted_pack)
        for row, state in enumerate(states):
            size = size_words(state.bytes_total or state.bytes_present)
            self.packs.item(row).setText(f"{state.title}\n{STATES[state.status]}, {size}")
        self._show_pack()

    def choose(self, pack: str) -> None:
        """Show this pack, now or once the packs are known."""
        self._wanted_pack = pack
        row = next((i for i, state in enumerate(self._states) if state.name == pack), -1)
        if row >= 0:
            self.packs.setCurrentRow(row)

    @property
    def chosen(self) -> PackState | None:
        row = self.packs.currentRow()
        return self._states[row] if 0 <= row < len(self._states) else None

    def _show_pack(self) -> None:
        state = self.chosen
        if state is None:
            return
        self.title.setText(state.title)
        self.state.setText(STATES[state.status])
        self.summary.setText(state.summary)
        self.parts.blockSignals(True)
        self.parts.clear()
        for part in state.components:
            self.parts.addTopLevelItem(part_item(part, shipped=state.shipped, states=self._states))
        self.parts.blockSignals(False)
        # What Qt reckons leaves the style's space beside the tick out.
        self.parts.header().resizeSection(0, self.parts.sizeHintForColumn(0) + 20)
        self.licence.setText(licence_words(state))
        free = f"{size_words(state.disk_free)} free" if state.removable or not state.shipped else ""
        self.place.setText("   ".join(filter(None, (str(state.folder), free))))
        self.open_folder.setEnabled(state.folder.is_dir())
        self._show_buttons()

    def _wanted(self) -> tuple[str, ...]:
        """The models that are ticked and not there yet."""
        items = [self.parts.topLevelItem(row) for row in range(self.parts.topLevelItemCount())]
        return tuple(
            item.data(0, NAME)
            for item in items
            if item is not None
            and item.flags() & Qt.ItemFlag.ItemIsUserCheckable
            and item.checkState(0) == Qt.CheckState.Checked
        )

    def _show_buttons(self) -> None:
        state = self.chosen
        if state is None:
            return
        running = self.installing.is_running or self._check is not None
        wanted = self._wanted()
        parts = [part for part in state.components if part.name in wanted]
        begun = any(part.bytes_present for part in parts)
        needed = sum(max(part.bytes_total - part.bytes_present, 0) for part in parts)
        self.install.setText(
            f"{'Resume' if begun else 'Install'}, {size_words(needed)}" if parts else "Install"
        )
        self.install.setVisible(not running and not (state.shipped and not parts))
        self.install.setEnabled(bool(parts) and needed < state.disk_free)
        full = bool(parts) and needed >= state.disk_free
        self.install.setToolTip(
            f"There is room for {size_words(state.disk_free)} only" if full else ""
        )
        self.pause.setVisible(running)
        self.pause.setText("Pause" if self.installing.is_running else "Stop")
        self.from_folder.setVisible(not state.shipped)
        self.from_folder.setEnabled(not running)
        self.verify.setEnabled(state.bytes_present > 0 and not running)
        self.remove.setEnabled(state.removable and state.bytes_present > 0 and not running)
        for widget in (self.stage, self.progress):
            widget.setVisible(running)
        self.message.setVisible(bool(self.message.text()))

    # What is done

    def begin_install(self, *, source: str | None = None) -> None:
        """Install or go on with what is ticked."""
        state = self.chosen
        if state is None or self.installing.is_running:
            return
        components = () if source is not None else self._wanted()
        self._tell("")
        try:
            self.installing.ask(
                InstallRequest(pack=state.name, components=components, source=source)
            )
        except ScenewrightError as error:
            self._fail(str(error))

    def stop(self) -> None:
        """Pause the download, or end the check."""
        if self._check is not None:
            self._check.token.cancel()
        if self.installing.is_running:
            self.installing.cancel()
            self._tell("Paused. What has come stays: Resume goes on from there.")
            self.refresh()

    def _choose_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Install from a folder")
        if name:
            self.begin_install(source=name)

    def _installed(self, result: InstallResult) -> None:
        many = len(result.installed)
        words = f"{many} installed." if many else "Everything was there already."
        self._tell("  ".join((words, *result.notes)))
        self.refresh()
        self.packs_changed.emit()

    def begin_check(self) -> None:
        state = self.chosen
        if state is None or self._check is not None:
            return
        reports = Reports(self)
        reports.progressed.connect(self._show_progress)
        self._check = reports
        self._tell("")
        self._show_buttons()

        def done(problems: tuple[str, ...]) -> None:
            self._check = None
            more = f"\n… and {len(problems) - 4} more" if len(problems) > 4 else ""
            bad = "\n".join(problems[:4])
            self._tell(f"Not as it should be:\n{bad}{more}" if problems else "All files are sound.")
            self._show_buttons()

        def failed(text: str) -> None:
            self._check = None
            self._fail("" if text == "Cancelled." else text)

        self._aside.run(lambda: problems_of(state.name, reports), done, failed)

    def _ask_remove(self) -> None:
        state = self.chosen
        if state is not None and may_remove(self, state):
            self.begin_remove(state.name)

    def begin_remove(self, pack: str) -> None:
        def work() -> int:
            from engine.models.upkeep import remove

            return remove(pack)

        def done(freed: int) -> None:
            self._tell(f"Removed. {size_words(freed)} became free.")
            self.refresh()
            self.packs_changed.emit()

        self._aside.run(work, done, self._fail)

    def show_memory(self, preset: str) -> None:
        """Show which preset is in force; "" is the automatic one."""
        self.memory.show_preset(preset)

    # Words

    def _show_progress(self, stage: str, step: int, total: int) -> None:
        so_far = f": {size_words(step)} of {size_words(total)}" if total > 100_000 else ""
        self.stage.setText(f"{stage}{so_far}" if stage else "Starting")
        step, total = permille(step, total)
        self.progress.setRange(0, total)
        self.progress.setValue(step)

    def _tell(self, text: str) -> None:
        self.message.setText(text)
        self.message.setVisible(bool(text))

    def _fail(self, text: str) -> None:
        self._tell(text)
        self.refresh()
        self._show_buttons()

    def _open_folder(self) -> None:
        state = self.chosen
        if state is not None and Path(state.folder).is_dir():
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(state.folder)))

    def end(self) -> None:
        """The window is closing: a download is paused, a check is stopped."""
        self.installing.cancel()
        if self._check is not None:
            self._check.token.cancel()
        self._aside.close()
