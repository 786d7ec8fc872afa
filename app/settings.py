"""What the window remembers between runs."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

MAX_RECENT = 10
THEMES = ("system", "light", "dark")


class Settings:
    """Typed access to the stored settings; nonsense in the file falls back to the default."""

    def __init__(self, store: QSettings) -> None:
        self._store = store

    @classmethod
    def of_user(cls) -> Settings:
        return cls(QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "Scenewright"))

    @property
    def folder(self) -> Path:
        return Path(self._store.fileName()).parent

    @property
    def theme(self) -> str:
        name = str(self._store.value("theme", "system"))
        return name if name in THEMES else "system"

    @theme.setter
    def theme(self, name: str) -> None:
        self._store.setValue("theme", name)

    @property
    def geometry(self) -> QByteArray:
        value = self._store.value("window/geometry")
        return value if isinstance(value, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue("window/geometry", value)

    @property
    def side_width(self) -> int:
        return self.number("window/side", 312, least=280, most=600)

    @side_width.setter
    def side_width(self, value: int) -> None:
        self._store.setValue("window/side", value)

    @property
    def recent(self) -> list[Path]:
        value = self._store.value("recent", [])
        names = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return [Path(name) for name in names if isinstance(name, str)][:MAX_RECENT]

    def remember(self, path: Path) -> None:
        """Put a project at the head of the recent ones."""
        path = path.resolve()
        others = [other for other in self.recent if other != path]
        self._store.setValue("recent", [str(p) for p in [path, *others][:MAX_RECENT]])

    def forget(self, path: Path) -> None:
        self._store.setValue("recent", [str(p) for p in self.recent if p != path])

    def forget_all(self) -> None:
        self._store.setValue("recent", [])

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        value = self._store.value(name, default)
        try:
            number = int(value)  # type: ignore[call-overload]
        except (TypeError, ValueError):
            return default
        return min(max(number, least), most)

    def text(self, name: str, default: str = "") -> str:
        value = self._store.value(name, default)
        return value if isinstance(value, str) else default

    def put(self, name: str, value: object) -> None:
        self._store.setValue(name, value)

    def sync(self) -> None:
        self._store.sync()
