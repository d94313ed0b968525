"""Fusion, with the parts drawn again that fail on contrast, size or focus."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QStyle,
    QStyleOption,
    QStyleOptionButton,
    QStyleOptionComboBox,
    QStyleOptionComplex,
    QStyleOptionFrame,
    QStyleOptionGroupBox,
    QStyleOptionHeader,
    QStyleOptionProgressBar,
    QStyleOptionSlider,
    QStyleOptionSpinBox,
    QStyleOptionTab,
    QTableView,
    QTextEdit,
    QWidget,
)

from ui.style import drawing
from ui.style.drawing import Rank
from ui.style.guards import WheelGuard
from ui.style.palettes import LIGHT, Colours
from ui.style.sizes import SizedStyle, line_of

_CE = QStyle.ControlElement
_PE = QStyle.PrimitiveElement
_CC = QStyle.ComplexControl
_SC = QStyle.SubControl
_SH = QStyle.StyleHint
_STATE = QStyle.StateFlag

_RANKS = {str(rank): rank for rank in Rank}
_HINTS = {  # asked thousands of times while a page is built: a look-up, not a chain of comparisons
    _SH.SH_FocusFrame_AboveWidget: 1,
    _SH.SH_ComboBox_Popup: 0,
    _SH.SH_EtchDisabledText: 0,
    _SH.SH_DitherDisabledText: 0,
    _SH.SH_Widget_Animation_Duration: 0,
    _SH.SH_Widget_Animate: 0,
    _SH.SH_ToolTip_WakeUpDelay: 400,
}
_NO_DRAWING = frozenset({_PE.PE_FrameStatusBarItem, _PE.PE_FrameGroupBox, _PE.PE_PanelStatusBar})


class WorkbookStyle(SizedStyle):
    """The Workbook's look. `colours` may change; the caller then repolishes (see `ui.style.look`)."""

    def __init__(self, colours: Colours = LIGHT) -> None:
        super().__init__("Fusion")
        self.colours = colours
        self._wheel = WheelGuard(self)
        self._elements = {
            _CE.CE_PushButtonBevel: self._push_button,
            _CE.CE_PushButtonLabel: self._push_button_label,
            _CE.CE_ProgressBarGroove: _nothing,
            _CE.CE_ProgressBarContents: self._progress_bar,
            _CE.CE_FocusFrame: self._focus_frame,
            _CE.CE_HeaderSection: self._header_section,
            _CE.CE_TabBarTabShape: self._tab,
        }
        self._primitives = {
            _PE.PE_IndicatorCheckBox: self._check,
            _PE.PE_IndicatorItemViewItemCheck: self._check,
            _PE.PE_IndicatorRadioButton: self._radio,
            _PE.PE_PanelLineEdit: self._line_edit,
            _PE.PE_FrameLineEdit: self._line_edit_frame,
            _PE.PE_Frame: self._frame,
            _PE.PE_FrameTabWidget: self._frame,
            _PE.PE_PanelButtonTool: self._tool_button,
            _PE.PE_FrameFocusRect: self._focus_rect,
            _PE.PE_PanelButtonCommand: self._plain_button,
        }

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returnData: Any = None,
    ) -> int:
        """Return habits: a ring above everything, lists below their combo, nothing that moves."""
        ours = _HINTS.get(hint)
        if ours is not None:
            return ours
        return super().styleHint(hint, option, widget, returnData)

    # -- habits --------------------------------------------------------------------------------------------

    def polish(self, what: Any) -> Any:
        """Set what every such widget needs, so that no screen can forget it."""
        result = super().polish(what)
        if isinstance(what, QComboBox | QAbstractSpinBox | QSlider):
            what.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # not WheelFocus
            what.installEventFilter(self._wheel)
        elif isinstance(what, QTableView):
            what.setTabKeyNavigation(False)
        elif isinstance(what, QPlainTextEdit | QTextEdit):
            what.setTabChangesFocus(True)
            what.document().setDocumentMargin(7)
        return result

    def unpolish(self, what: Any) -> Any:
        """Undo `polish`."""
        if isinstance(what, QObject) and not isinstance(what, QApplication):
            what.removeEventFilter(self._wheel)
        return super().unpolish(what)

    # -- drawing -------------------------------------------------------------------------------------------

    def drawControl(
        self,
        element: QStyle.ControlElement,
        option: QStyleOption,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        """Draw one of ours, or leave it to Fusion."""
        ours = self._elements.get(element)
        if ours is None:
            super().drawControl(element, option, painter, widget)
        else:
            ours(option, painter, widget)

    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        """Draw one of ours, or leave it to Fusion."""
        if element in _NO_DRAWING:
            return
        ours = self._primitives.get(element)
        if ours is None:
            super().drawPrimitive(element, option, painter, widget)
        else:
            ours(option, painter, widget)

    def drawComplexControl(
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        """Draw one of ours, or leave it to Fusion."""
        if control == _CC.CC_ComboBox and isinstance(option, QStyleOptionComboBox):
            self._combo(option, painter, widget)
        elif control == _CC.CC_SpinBox and isinstance(option, QStyleOptionSpinBox):
            self._spin_box(option, painter, widget)
        elif control == _CC.CC_ScrollBar and isinstance(option, QStyleOptionSlider):
            self._scroll_bar(option, painter, widget)
        elif control == _CC.CC_GroupBox and isinstance(option, QStyleOptionGroupBox):
            self._group_box(option, painter, widget)
        else:
            super().drawComplexControl(control, option, painter, widget)

    def _push_button(self, option: QStyleOption, painter: QPainter, widget: QWidget | None) -> None:
        drawing.button(
            painter,
            option.rect,
            self.colours,
            _rank(widget),
            enabled=_has(option, _STATE.State_Enabled),
            pressed=_has(option, _STATE.State_Sunken) or _has(option, _STATE.State_On),
            hovered=_has(option, _STATE.State_MouseOver),
        )
        if (
            isinstance(option, QStyleOptionButton)
            and option.features & QStyleOptionButton.ButtonFeature.HasMenu
        ):
            line = line_of(option, widget)
            area = option.rect
            place = QRect(area.right() - line, area.top(), round(line * 0.7), area.height())
            ink = drawing.button_ink(self.colours, _rank(widget), _has(option, _STATE.State_Enabled))
            drawing.chevron(painter, place, ink, Qt.ArrowType.DownArrow, line * 0.2)

    def _plain_button(self, option: QStyleOption, painter: QPainter, widget: QWidget | None) -> None:
        drawing.button(
            painter,
            option.rect,
            self.colours,
            Rank.SECONDARY,
            enabled=_has(option, _STATE.State_Enabled),
            pressed=_has(option, _STATE.State_Sunken),
            hovered=_has(option, _STATE.State_MouseOver),
        )

    def _push_button_label(self, option: QStyleOption, painter: QPainter, widget: QWidget | None) -> None:
        ink = drawing.button_ink(self.colours, _rank(widget), _has(option, _STATE.State_Enabled))
        if not isinstance(option, QStyleOptionButton):
            return
        area = option.rect.adjusted(4, 0, -4, 0)
        if option.features & QStyleOptionButton.ButtonFeature.HasMenu:
            area.adjust(0, 0, -line_of(option, widget), 0)
        flags = int(Qt.AlignmentFlag.AlignCenter)
        show = self.styleHint(_SH.SH_UnderlineShortcut, option, widget)
        flags |= int(Qt.TextFlag.TextShowMnemonic if show else Qt.TextFlag.TextHideMnemonic)
        if not option.icon.isNull():
            side = option.iconSize.width()
            gap = round(side * 0.45) if option.text else 0
            words = option.fontMetrics.size(int(Qt.TextFlag.TextShowMnemonic), option.text).width()
            left = area.left() + max(0, (area.width() - side - gap - words) // 2)
            option.icon.paint(painter, QRect(left, area.center().y() - side // 2, side, side))
            area.setLeft(left + side + gap)
            flags = flags & ~int(Qt.AlignmentFlag.AlignHCenter) | int(Qt.AlignmentFlag.AlignLeft)
        painter.setPen(ink)
        painter.drawText(area, flags, option.text)

    def _progress_bar(self, option: QStyleOption, painter: QPainter, widget: QWidget | None) -> None:
        if not isinstance(option, QStyleOptionProgressBar):
            return
        span = option.maximum - option.minimum
        share = None if span <= 0 else (option.progress - option.minimum) / span
        drawing.progress(painter, option.rect, self.colours, share)

    def _focus_frame(self, option: QStyleOption, painter: QPainter, widget: QWidget | None) -> None:
        drawing.focus_ring(painter, option.rect, self.colours)

    def _header_section(self, option: QStyleOption, painter: QPainter, widget: QWidget | None) -> None:
        painter.fillRect(option.rect, QColor(self.colours.surface))
        edge = option.rect
        painter.setPen(QPen(QColor(self.colours.border), 1))
        if isinstance(option, QStyleOptionHeader) and option.orientation == Qt.Orientation.Horizontal:
            painter.drawLine(edge.bottomLeft(), edge.bottomRight())

    def _tab(self, option: QStyleOption, painter: QPainter, widget: QWidget | None) -> None:
        chosen = _has(option, _STATE.State_Selected)
        if _has(option, _STATE.State_MouseOver) and not chosen:
            painter.fillRect(option.rect, QColor(self.colours.hover))
        if chosen and isinstance(option, QStyleOptionTab):
            foot = QRect(option.rect.left(), option.rect.bottom() - 3, option.rect.width(), 4)
            painter.fillRect(foot, QColor(self.colours.selection))

    def _check(self, option: QStyleOption, painter: QPainter, widget: QWidget | None) -> None:
        drawing.check(
            painter,
            _square(option.rect),
            self.colours,
            on=_has(option, _STATE.State_On),
            partly=_has(option, _STATE.State_NoChange),
            enabled=_has(option, _STATE.State_Enabled),
        )

    def _radio(self, option: QStyleOption, painter: QPainter, widget: QWidget | None) -> None:
        drawing.radio(
            painter,
            _square(option.rect),
            self.colours,
            on=_has(option, _STATE.State_On),
            enabled=_has(option, _STATE.State_Enabled),
        )

    def _line_edit(self, option: QStyleOption, painter: QPainter, widget: QWidget | None) -> None:
        if isinstance(widget, QLineEdit) and isinstance(widget.parentWidget(), QComboBox | QAbstractSpinBox):
            return
        if isinstance(option, QStyleOptionFrame) and option.lineWidth <= 0:
            return
        self._line_edit_frame(option, painter, widget)

    def _line_edit_frame(self, option: QStyleOption, painter: QPainter, widget: QWidget | None) -> None:
        open_to_change = not (isinstance(widget, QLineEdit) and widget.isReadOnly())
        drawing.field(
            painter,
            option.rect,
            self.colours,
            enabled=_has(option, _STATE.State_Enabled) and open_to_change,
            wrong=_is_wrong(widget),
        )

    def _frame(self, option: QStyleOption, painter: QPainter, widget: QWidget | None) -> None:
        fillable = isinstance(widget, QAbstractScrollArea)
        wrong = _is_wrong(widget)
        edge = self.colours.error if wrong else self.colours.border if fillable else self.colours.line
        drawing.box(
            painter, option.rect, QColor(Qt.GlobalColor.transparent), QColor(edge), 2.0 if wrong else 1.0, 3.0
        )

    def _tool_button(self, option: QStyleOption, painter: QPainter, widget: QWidget | None) -> None:
        held = _has(option, _STATE.State_Sunken) or _has(option, _STATE.State_On)
        if held or _has(option, _STATE.State_MouseOver):
            edge = QColor(self.colours.border if held else self.colours.hover)
            drawing.box(painter, option.rect, QColor(self.colours.hover), edge)

    def _focus_rect(self, option: QStyleOption, painter: QPainter, widget: QWidget | None) -> None:
        """Mark the current cell; everywhere else the window's one ring shows the focus."""
        if isinstance(widget, QAbstractItemView):
            chosen = _has(option, _STATE.State_Selected)
            painter.save()
            painter.setPen(QPen(QColor(self.colours.on_selection if chosen else self.colours.text), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(option.rect.adjusted(1, 1, -1, -1))
            painter.restore()

    def _combo(self, option: QStyleOptionComboBox, painter: QPainter, widget: QWidget | None) -> None:
        enabled = _has(option, _STATE.State_Enabled)
        drawing.field(painter, option.rect, self.colours, enabled=enabled, wrong=_is_wrong(widget))
        arrow = self.subControlRect(_CC.CC_ComboBox, option, _SC.SC_ComboBoxArrow, widget)
        ink = QColor(self.colours.text if enabled else self.colours.hint)
        drawing.chevron(painter, arrow, ink, Qt.ArrowType.DownArrow, line_of(option, widget) * 0.24)

    def _spin_box(self, option: QStyleOptionSpinBox, painter: QPainter, widget: QWidget | None) -> None:
        enabled = _has(option, _STATE.State_Enabled)
        if option.frame:
            drawing.field(painter, option.rect, self.colours, enabled=enabled, wrong=_is_wrong(widget))
        if option.buttonSymbols == QAbstractSpinBox.ButtonSymbols.NoButtons:
            return
        for part, arrow in (
            (_SC.SC_SpinBoxUp, Qt.ArrowType.UpArrow),
            (_SC.SC_SpinBoxDown, Qt.ArrowType.DownArrow),
        ):
            place = self.subControlRect(_CC.CC_SpinBox, option, part, widget)
            ink = QColor(self.colours.text if enabled else self.colours.hint)
            drawing.chevron(painter, place, ink, arrow, line_of(option, widget) * 0.18)

    def _scroll_bar(self, option: QStyleOptionSlider, painter: QPainter, widget: QWidget | None) -> None:
        painter.fillRect(option.rect, QColor(self.colours.canvas))
        if option.maximum > option.minimum:
            handle = self.subControlRect(_CC.CC_ScrollBar, option, _SC.SC_ScrollBarSlider, widget)
            upright = option.orientation == Qt.Orientation.Vertical
            hot = _has(option, _STATE.State_Sunken) or _has(option, _STATE.State_MouseOver)
            drawing.scroll_handle(painter, handle, self.colours, upright=upright, hot=hot)

    def _group_box(self, option: QStyleOptionGroupBox, painter: QPainter, widget: QWidget | None) -> None:
        """A group of answers: its legend in bold, and no frame, which would only add noise."""
        painter.save()
        font = painter.font()
        font.setBold(True)
        painter.setFont(font)
        label = QRect(option.rect.left(), option.rect.top(), option.rect.width(), line_of(option, widget) + 4)
        ink = self.colours.text if _has(option, _STATE.State_Enabled) else self.colours.hint
        painter.setPen(QColor(ink))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextHideMnemonic
        painter.drawText(label, int(flags), option.text)
        painter.restore()


def _nothing(option: QStyleOption, painter: QPainter, widget: QWidget | None) -> None:
    """Draw nothing: the part is drawn with another."""


def _has(option: QStyleOption, flag: QStyle.StateFlag) -> bool:
    return bool(option.state & flag)


def _rank(widget: QWidget | None) -> Rank:
    said = widget.property("rank") if widget is not None else None
    return _RANKS.get(said, Rank.SECONDARY) if isinstance(said, str) else Rank.SECONDARY


def _is_wrong(widget: QWidget | None) -> bool:
    """A field says so itself: `field.setProperty("wrong", True)`, then `field.update()`."""
    return widget is not None and bool(widget.property("wrong"))


def _square(area: QRect) -> QRect:
    side = min(area.width(), area.height())
    return QRect(area.left(), area.center().y() - side // 2, side, side)
