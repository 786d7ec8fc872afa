"""What the user can do when a model is missing, damaged or too large: the way to the dialog."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.aside import Aside
from app.engine_bridge import EngineBridge
from app.lacking import Lack, lack_for
from app.panels.toast import Toast
from app.settings import Settings
from app.theme import Theme
from engine.errors import ModelDamaged, ModelMissing, OutOfMemory
from engine.jobs.context import Message
from engine.models.memory import MemorySettings, Preset
from engine.models.state import pack_states

if TYPE_CHECKING:
    from app.dialogs.models import ModelsDialog


class ModelHelp(QObject):
    """Give it every message after those who show the failure itself.

    Models are installed by an engine of their own, `downloads`.

    Signals:
        packs_changed(): Something was installed or removed.
    """

    packs_changed = Signal()

    def __init__(
        self,
        window: QWidget,
        *,
        bridge: EngineBridge,
        downloads: EngineBridge,
        settings: Settings,
        theme: Theme,
        toast: Toast,
        aside: Aside,
        again: Callable[[int], object],
        asked: Callable[[int], object],
    ) -> None:
        """`again` asks once more for what a job was to do; `asked` gives its request, or None."""
        super().__init__(window)
        self._asked = asked
        self._window, self._downloads, self._settings = window, downloads, settings
        self._theme, self._toast, self._aside, self._again = theme, toast, aside, again
        self._dialog: ModelsDialog | None = None
        bridge.message.connect(self._on_message)
        stored = settings.text("memory")
        if stored in list(Preset):
            use_memory(Preset(stored))

    @property
    def dialog(self) -> ModelsDialog | None:
        return self._dialog

    def show(self, pack: str = "") -> None:
        """Open the Models dialog, at a pack if one is named; it stays beside the window."""
        if self._dialog is None:
            from app.dialogs.models import ModelsDialog

            self._dialog = ModelsDialog(
                self._window, bridge=self._downloads, memory=self._settings.text("memory")
            )
            self._dialog.packs_changed.connect(self.packs_changed)
            self._dialog.memory_chosen.connect(self._choose_memory)
            self._theme.dress(self._dialog)
        if pack:
            self._dialog.choose(pack)
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def end(self) -> None:
        """The window is closing: a download is paused."""
        if self._dialog is not None:
            self._dialog.end()
            self._dialog.close()

    def _on_message(self, message: Message) -> None:
        error = message.error
        if isinstance(error, (ModelMissing, ModelDamaged)) and self._toast.isVisible():
            self._toast.add_button("Models…", self.show)
            if isinstance(error, ModelMissing):
                self._say_plainly(str(error), self._asked(message.job))
        elif isinstance(error, OutOfMemory) and error.retry_with and self._toast.isVisible():
            lower = Preset(error.retry_with)
            self._toast.add_button(
                "Try with less memory", lambda: self._use_less(lower, message.job)
            )

    def _say_plainly(self, text: str, request: object) -> None:
        """Put what a user can do about it in place of files and commands."""

        def done(lack: Lack) -> None:
            if lack.words and self._toast.text == text:
                self._toast.error(lack.words)
                self._toast.add_button("Models…", lambda: self.show(lack.pack))

        self._aside.run(lambda: lack_for(request, pack_states()), done, self._toast.error)

    def _use_less(self, preset: Preset, job: int) -> None:
        self._choose_memory(preset, lambda: self._again(job))
        if self._dialog is not None:
            self._dialog.show_memory(preset)

    def _choose_memory(self, preset: Preset, done: Callable[[], object] = lambda: None) -> None:
        self._settings.put("memory", preset.value)
        use_memory(preset)

        def forget() -> None:
            # Waits for a model that is being loaded.
            from engine.models.packs import forget_models

            forget_models()

        self._aside.run(forget, lambda _: done(), self._toast.error)


def use_memory(preset: Preset) -> None:
    """Have models that are loaded from now on take so much memory."""
    from engine.models import memory

    memory.use(MemorySettings(preset=preset))
