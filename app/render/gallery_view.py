"""The list of finished pictures."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from app import icons
from app.render.gallery import Gallery
from app.render.shots import Shot
from app.theme import LIGHT, Colours

Index = QModelIndex | QPersistentModelIndex
GAP = 8
TILE = 124
"""Side of a picture in px; two stand side by side in the narrowest panel."""
THUMBNAIL = 360
"""Longest side of a kept small picture, enough for sharp screens."""


class GalleryModel(QAbstractListModel):
    def __init__(self, gallery: Gallery) -> None:
        super().__init__()
        self._gallery = gallery
        self._starred_only = False
        self._words: tuple[str, ...] = ()
        self._shots: tuple[Shot, ...] = ()
        self._pictures: dict[str, QPixmap] = {}
        gallery.changed.connect(self._refresh)

    def show_starred_only(self, on: bool) -> None:
        self._starred_only = on
        self._refresh()

    def show_matching(self, words: str) -> None:
        """Only pictures whose prompt or variation number has all these words."""
        self._words = tuple(words.casefold().split())
        self._refresh()

    @property
    def is_filtered(self) -> bool:
        return bool(self._words) or self._starred_only

    def _is_wanted(self, shot: Shot) -> bool:
        text = f"{shot.prompt} {shot.seed} {shot.pack}".casefold()
        matches = all(word in text for word in self._words)
        return matches and (shot.starred or not self._starred_only)

    def _refresh(self) -> None:
        wanted = tuple(shot for shot in self._gallery.shots if self._is_wanted(shot))
        if [s.id for s in wanted] == [s.id for s in self._shots]:
            self._shots = wanted
            if wanted:
                self.dataChanged.emit(self.index(0), self.index(len(wanted) - 1))
            return
        self.beginResetModel()
        self._shots = wanted
        known = {shot.id for shot in self._gallery.shots}
        self._pictures = {i: p for i, p in self._pictures.items() if i in known}
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._shots)

    def shot(self, index: Index) -> Shot:
        return self._shots[index.row()]

    def row_of(self, shot_id: str | None) -> int:
        return next((i for i, s in enumerate(self._shots) if s.id == shot_id), -1)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        shot = self.shot(index)
        if role == Qt.ItemDataRole.ToolTipRole:
            return describe(shot)
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.DisplayRole):
            return f"Picture {shot.seed}{', starred' if shot.starred else ''}: {shot.prompt}"
        return None

    def picture(self, shot: Shot) -> QPixmap:
        """A small copy, made when it is first seen."""
        if shot.id not in self._pictures:
            image = QImage.fromData(shot.png)
            if max(image.width(), image.height()) > THUMBNAIL:
                mode = Qt.TransformationMode.SmoothTransformation
                image = image.scaled(THUMBNAIL, THUMBNAIL, Qt.AspectRatioMode.KeepAspectRatio, mode)
            self._pictures[shot.id] = QPixmap.fromImage(image)
        return self._pictures[shot.id]


def describe(shot: Shot) -> str:
    """The facts of a picture, a line each."""
    lines = [shot.prompt] if shot.prompt else []
    lines.append(f"{shot.size[0]} × {shot.size[1]} px, variation {shot.seed}")
    if shot.pack:
        took = f", {shot.seconds:.0f} s" if shot.seconds >= 1 else ""
        lines.append(f"Pack: {shot.pack}{took}")
    if shot.made:
        lines.append(f"{datetime.fromtimestamp(shot.made):%d %B %Y, %H:%M}")
    return "\n".join(lines)


class PictureDelegate(QStyledItemDelegate):
    def __init__(self, model: GalleryModel) -> None:
        super().__init__()
        self._model = model
        self.colours: Colours = LIGHT
        self.side = TILE

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(self.side + GAP, self.side + GAP)

    def star_rect(self, tile: QRect) -> QRect:
        inner = self._inner(tile)
        return QRect(inner.right() - 27, inner.top() + 4, 24, 24)

    @staticmethod
    def _inner(tile: QRect) -> QRect:
        half = GAP // 2
        return tile.adjusted(half, half, -half, -half)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        shot, c = self._model.shot(index), self.colours
        inner = QRectF(self._inner(option.rect))  # type: ignore[attr-defined]
        state = option.state  # type: ignore[attr-defined]
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        path = QPainterPath()
        path.addRoundedRect(inner, 7, 7)
        painter.setClipPath(path)
        painter.fillRect(inner, QColor(c.desk))
        picture = self._model.picture(shot)
        if not picture.isNull():
            size = picture.size().scaled(inner.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRectF(0, 0, size.width(), size.height())
            target.moveCenter(inner.center())
            painter.drawPixmap(target, picture, QRectF(picture.rect()))
        painter.setClipping(False)
        pen = QPen(QColor(c.accent if chosen or hovered else c.line), 3 if chosen else 1.5)
        painter.setPen(pen)
        painter.drawRoundedRect(inner, 7, 7)
        if shot.starred or hovered:
            self._paint_star(painter, option.rect, shot)  # type: ignore[attr-defined]
        painter.restore()

    def _paint_star(self, painter: QPainter, tile: QRect, shot: Shot) -> None:
        rect = self.star_rect(tile)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(20, 24, 36, 165))
        painter.drawRoundedRect(QRectF(rect), 12, 12)
        ink = QColor("#ffd34d") if shot.starred else QColor("white")
        ratio = painter.device().devicePixelRatio()
        name = "star_on" if shot.starred else "star"
        painter.drawPixmap(
            rect.topLeft() + QPoint(4, 4), icons.pixmap(name, ink, side=16, ratio=ratio)
        )


class GalleryView(QListView):
    """Click shows a picture, the star in its corner keeps it."""

    shown = Signal(str)
    star_wanted = Signal(str)
    delete_wanted = Signal()
    copy_wanted = Signal()
    chosen_changed = Signal()
    empty_text = "No pictures yet.\nRender draws the layout as it is now."

    def __init__(self, model: GalleryModel) -> None:
        super().__init__()
        self.pictures = model
        self.setModel(model)
        self.delegate = PictureDelegate(model)
        self.setItemDelegate(self.delegate)
        self.setAccessibleName("Pictures")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        # The pictures stand below their heading.
        self.setViewportMargins(8, 0, 0, 0)
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen_changed.emit())
        model.modelReset.connect(self.chosen_changed)
        model.modelReset.connect(self._show_bar)
        self._show_bar()

    def _show_bar(self) -> None:
        """With pictures the bar stays, so that their size does not depend on it."""
        policy = Qt.ScrollBarPolicy
        there = self.pictures.rowCount() > 0
        self.setVerticalScrollBarPolicy(
            policy.ScrollBarAlwaysOn if there else policy.ScrollBarAlwaysOff
        )

    def chosen(self) -> tuple[str, ...]:
        """Ids of the selected pictures, the current one first."""
        current = self.currentIndex()
        indexes = sorted(self.selectedIndexes(), key=lambda i: (i != current, i.row()))
        return tuple(self.pictures.shot(index).id for index in indexes)

    def choose(self, shot_id: str | None) -> None:
        """Select just this picture; tells `chosen_changed` only."""
        index = self.pictures.index(self.pictures.row_of(shot_id))
        flag = QItemSelectionModel.SelectionFlag
        if index.isValid():
            self.selectionModel().setCurrentIndex(index, flag.ClearAndSelect)
            self.scrollTo(index)
        else:
            self.clearSelection()

    def set_colours(self, colours: Colours) -> None:
        self.delegate.colours = colours
        self.viewport().update()

    def _on_star(self, at: QPoint) -> QModelIndex:
        index = self.indexAt(at)
        on = index.isValid() and self.delegate.star_rect(self.visualRect(index)).contains(at)
        return index if on else QModelIndex()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        star = self._on_star(event.position().toPoint())
        if star.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self.star_wanted.emit(self.pictures.shot(star).id)
            return
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        at = event.position().toPoint()
        index = self.indexAt(at)
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        left = event.button() == Qt.MouseButton.LeftButton
        if left and plain and index.isValid() and not self._on_star(at).isValid():
            self.shown.emit(self.pictures.shot(index).id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_wanted.emit()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self.shown.emit(self.pictures.shot(index).id)
        else:
            super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.viewport().update()
        return super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        # As many columns as fit, and the pictures as large as that leaves room for.
        width = self.viewport().width() - 2
        columns = max(width // (TILE + GAP), 2)
        self.delegate.side = max(width // columns - GAP - 1, 48)
        self.scheduleDelayedItemsLayout()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.model().rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(QColor(self.delegate.colours.quiet))
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
            area = self.viewport().rect().adjusted(16, 20, -16, 0)
            none = "No picture is like that." if self.pictures.is_filtered else self.empty_text
            painter.drawText(area, flags | Qt.TextFlag.TextWordWrap, none)
