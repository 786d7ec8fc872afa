"""The Render panel: what to draw, the button that draws it, and the gallery."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.lacking import Lack
from app.panels.elided import ElidedLabel
from app.render.form import MARGIN, RenderForm
from app.render.gallery import Gallery
from app.render.gallery_view import GalleryModel, GalleryView
from app.theme import LIGHT, Colours, named_icon

PREVIEW_HEIGHT = 150
LEAST_GALLERY = 150
WORTH_SEARCHING = 7
"""Pictures before there is a field to find one."""


class FormArea(QScrollArea):
    """As high as the form while there is room; scrolls when there is not.

    The scroll bar comes into the form's margin, so that no field gets narrower.
    """

    def __init__(self, form: RenderForm) -> None:
        super().__init__()
        self._form = form
        self.setWidget(form)
        self.verticalScrollBar().rangeChanged.connect(self._give_room)

    def _give_room(self, least: int, most: int) -> None:
        bar = self.verticalScrollBar().sizeHint().width() if most > least else 0
        self._form.set_right_margin(max(MARGIN - bar, 0))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # What was folded while it was hidden is laid out only after this.
        QTimer.singleShot(0, self, self.updateGeometry)

    def sizeHint(self) -> QSize:
        inner = self.widget()
        return inner.sizeHint() if inner is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 120)


class PreviewLabel(QWidget):
    """The picture as it comes about."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(PREVIEW_HEIGHT)
        self.setAccessibleName("Preview")
        self.colours = LIGHT
        self._image: QImage | None = None

    def show_image(self, image: QImage | None) -> None:
        self._image = image
        self.setVisible(image is not None)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        path = QPainterPath()
        path.addRoundedRect(QRectF(self.rect()), 7, 7)
        painter.setClipPath(path)
        painter.fillRect(self.rect(), QColor(self.colours.desk))
        size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(0, 0, size.width(), size.height())
        place.moveCenter(QRectF(self.rect()).center())
        painter.drawImage(place, self._image)
        painter.end()


class RenderPanel(QWidget):
    render_wanted = Signal()
    cancel_wanted = Signal()
    menu_wanted = Signal(QPoint)
    left = Signal()
    models_wanted = Signal(str)

    def __init__(self, gallery: Gallery) -> None:
        super().__init__()
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.form = RenderForm()
        self.form.entered.connect(self.render_wanted)
        self.form.left.connect(self.left)
        area = FormArea(self.form)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.viewport().setObjectName("cards")
        self.form.setObjectName("cards")
        area.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.form.installEventFilter(area)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(area)
        column.addLayout(self._run_part())
        column.addLayout(self._heading())
        column.addWidget(self._gallery_part(gallery), 1)
        gallery.changed.connect(self._show_count)
        self.set_running(False)
        self._show_count()

    def _run_part(self) -> QLayout:
        self.stage = ElidedLabel()
        self.stage.setObjectName("quiet")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.lack = self._lack_part()
        self.preview = PreviewLabel()
        self.preview.hide()
        self.render_button = named_icon(QPushButton("Render"), "picture")
        self.render_button.setObjectName("primary")
        self.render_button.setMinimumHeight(36)
        self.render_button.setToolTip("Draw the layout as a picture  (Ctrl+R)")
        self.render_button.clicked.connect(self.render_wanted)
        self.stop = named_icon(QPushButton("Cancel"), "close")
        self.stop.setMinimumHeight(36)
        self.stop.clicked.connect(self.cancel_wanted)
        column = QVBoxLayout()
        column.setContentsMargins(12, 4, 12, 8)
        column.setSpacing(8)
        for widget in (
            self.lack,
            self.preview,
            self.stage,
            self.progress,
            self.render_button,
            self.stop,
        ):
            column.addWidget(widget)
        return column

    def _lack_part(self) -> QWidget:
        self.lack_words = QLabel()
        self.lack_words.setWordWrap(True)
        self.lack_words.setTextFormat(Qt.TextFormat.PlainText)
        self.get_models = QPushButton("Models…")
        self.get_models.setToolTip("What there is, and how to get more")
        self.get_models.clicked.connect(lambda: self.models_wanted.emit(self._lack.pack))
        notice = QFrame()
        notice.setObjectName("notice")
        column = QVBoxLayout(notice)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        column.addWidget(self.lack_words)
        column.addWidget(self.get_models, 0, Qt.AlignmentFlag.AlignLeft)
        notice.hide()
        return notice

    _lack = Lack()

    def show_lack(self, lack: Lack) -> None:
        """Say why nothing can be drawn, if so."""
        self._lack = lack
        self.lack_words.setText(lack.words)
        self.lack.setVisible(bool(lack.words))

    def _heading(self) -> QLayout:
        heading = QLabel("Pictures")
        heading.setObjectName("heading")
        self.number = QLabel()
        self.number.setObjectName("quiet")
        self.starred = named_icon(QToolButton(), "star")
        self.starred.setCheckable(True)
        self.starred.setToolTip("Show only the pictures with a star")
        self.starred.setAccessibleName("Only starred pictures")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find by prompt")
        self.search.setAccessibleName("Find pictures by prompt")
        self.search.setClearButtonEnabled(True)
        row = QHBoxLayout()
        row.setContentsMargins(12, 2, 12, 2)
        row.setSpacing(8)
        row.addWidget(heading)
        row.addWidget(self.number)
        row.addStretch(1)
        row.addWidget(self.search, 4)
        row.addWidget(self.starred)
        return row

    def _gallery_part(self, gallery: Gallery) -> QWidget:
        self._gallery = gallery
        self.model = GalleryModel(gallery)
        self.list = GalleryView(self.model)
        self.list.setMinimumHeight(LEAST_GALLERY)
        self.list.customContextMenuRequested.connect(self._context_menu)
        self.starred.toggled.connect(self.model.show_starred_only)
        self.search.textChanged.connect(self.model.show_matching)
        return self.list

    def _context_menu(self, at: QPoint) -> None:
        if self.list.indexAt(at).isValid():
            self.menu_wanted.emit(self.list.viewport().mapToGlobal(at))

    def _show_count(self) -> None:
        shots = self._gallery.shots
        stars = sum(shot.starred for shot in shots)
        self.number.setText(str(len(shots)) if shots else "")
        self.number.setToolTip(f"{stars} with a star")
        self.starred.setVisible(bool(shots))
        many = len(shots) >= WORTH_SEARCHING
        self.search.setVisible(many)
        if not many:
            self.search.clear()
        if not stars:
            self.starred.setChecked(False)

    # Running

    def set_running(self, running: bool) -> None:
        # A button that goes must not hand the keyboard to a stranger.
        focused = self.render_button.hasFocus() or self.stop.hasFocus()
        if focused:
            self.list.setFocus()
        for widget in (self.stage, self.progress, self.stop):
            widget.setVisible(running)
        self.render_button.setVisible(not running)
        if not running:
            self.preview.show_image(None)

    def set_progress(self, stage: str, step: int, total: int) -> None:
        self.stage.setText(stage or "Starting")
        self.progress.setRange(0, total)
        self.progress.setValue(step)

    def set_colours(self, colours: Colours) -> None:
        self.preview.colours = colours
        self.list.set_colours(colours)
