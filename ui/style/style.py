"""Fusion, with the parts drawn again that fail on contrast, size or focus."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QGroupBox,
    QLineEdit,
    QPlainTextEdit,
    QProxyStyle,
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
from ui.style.measures import RING, ROW, TARGET
from ui.style.palettes import LIGHT, Colours

_CE = QStyle.ControlElement
_PE = QStyle.PrimitiveElement
_CC = QStyle.ComplexControl
_SC = QStyle.SubControl
_PM = QStyle.PixelMetric
_CT = QStyle.ContentsType
_SE = QStyle.SubElement
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
# Sizes in px, and sizes in lines of text with their least. As tables: Qt asks thousands of times for a page.
_FIXED = {
    _PM.PM_CheckBoxLabelSpacing: 10,
    _PM.PM_RadioButtonLabelSpacing: 10,
    _PM.PM_ScrollBarExtent: 18,
    _PM.PM_ScrollBarSliderMin: TARGET,
    _PM.PM_FocusFrameHMargin: RING,
    _PM.PM_FocusFrameVMargin: RING,
    _PM.PM_ButtonShiftHorizontal: 0,
    _PM.PM_ButtonShiftVertical: 1,
    _PM.PM_MenuPanelWidth: 1,
}
_SHARES: dict[QStyle.PixelMetric, tuple[float, int]] = {
    _PM.PM_IndicatorWidth: (1.1, 20),
    _PM.PM_IndicatorHeight: (1.1, 20),
    _PM.PM_ExclusiveIndicatorWidth: (1.1, 20),
    _PM.PM_ExclusiveIndicatorHeight: (1.1, 20),
    _PM.PM_LayoutLeftMargin: (0.9, 0),
    _PM.PM_LayoutRightMargin: (0.9, 0),
    _PM.PM_LayoutTopMargin: (0.8, 0),
    _PM.PM_LayoutBottomMargin: (0.8, 0),
    _PM.PM_LayoutHorizontalSpacing: (0.55, 0),
    _PM.PM_LayoutVerticalSpacing: (0.55, 0),
    _PM.PM_SmallIconSize: (0.95, 16),
    _PM.PM_ButtonIconSize: (0.95, 16),
    _PM.PM_ListViewIconSize: (0.95, 16),
    _PM.PM_ToolBarIconSize: (1.0, 18),
}
_UPRIGHT = frozenset({_PM.PM_LayoutTopMargin, _PM.PM_LayoutBottomMargin})
_MARGINS = _UPRIGHT | {_PM.PM_LayoutLeftMargin, _PM.PM_LayoutRightMargin}
_NO_DRAWING = frozenset({_PE.PE_FrameStatusBarItem, _PE.PE_FrameGroupBox, _PE.PE_PanelStatusBar})


class WorkbookStyle(QProxyStyle):
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

    # -- sizes ---------------------------------------------------------------------------------------------

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        """Return sizes that grow with the text."""
        fixed = _FIXED.get(metric)
        if fixed is not None:
            return fixed
        share = _SHARES.get(metric)
        if share is None:
            return super().pixelMetric(metric, option, widget)
        times, least = share
        if metric in _MARGINS and isinstance(widget, QGroupBox):
            times = 0.25 if metric in _UPRIGHT else 0
        return max(least, round(_line(option, widget) * times))

    def sizeFromContents(
        self, kind: QStyle.ContentsType, option: QStyleOption, size: QSize, widget: QWidget | None = None
    ) -> QSize:
        """Return a size that a finger or an unsteady hand can hit."""
        result = super().sizeFromContents(kind, option, size, widget)  # type: ignore[arg-type]
        line = _line(option, widget)
        match kind:
            case _CT.CT_PushButton:
                wide = size.width() + round(line * 1.35)
                return QSize(max(TARGET, wide), max(TARGET, size.height() + round(line * 0.75)))
            case _CT.CT_LineEdit:
                if widget is not None and isinstance(widget.parentWidget(), QComboBox | QAbstractSpinBox):
                    return result
                return QSize(result.width() + 12, max(TARGET, line + round(line * 0.75)))
            case _CT.CT_ComboBox:
                wide = size.width() + round(line * 1.6) + 22
                return QSize(max(TARGET, wide), max(TARGET, line + round(line * 0.75)))
            case _CT.CT_SpinBox:
                return QSize(result.width() + 16 + line, max(TARGET, line + round(line * 0.75)))
            case _CT.CT_CheckBox | _CT.CT_RadioButton:
                return QSize(max(TARGET, result.width() + 4), max(TARGET, result.height()))
            case _CT.CT_ToolButton | _CT.CT_TabBarTab:
                grown = result + QSize(round(line * 0.6), round(line * 0.4))
                return QSize(max(TARGET, grown.width()), max(TARGET, grown.height()))
            case _CT.CT_MenuItem:
                if size.height() <= 2:  # a separator
                    return result
                return QSize(result.width() + line, max(TARGET, result.height()))
            case _CT.CT_MenuBarItem:
                return QSize(result.width() + round(line * 0.3), max(TARGET, result.height()))
            case _CT.CT_HeaderSection:
                return QSize(result.width() + 10, max(TARGET, result.height()))
            case _CT.CT_ItemViewItem:
                return QSize(result.width(), max(ROW, result.height() + 8))
            case _:
                return result

    def subElementRect(
        self, element: QStyle.SubElement, option: QStyleOption, widget: QWidget | None = None
    ) -> QRect:
        """Return where a part goes: text in a field keeps off its edge."""
        area = super().subElementRect(element, option, widget)  # type: ignore[arg-type]
        if (
            element == _SE.SE_LineEditContents
            and isinstance(option, QStyleOptionFrame)
            and option.lineWidth > 0
        ):
            return area.adjusted(6, 0, -6, 0)
        if element == _SE.SE_ProgressBarGroove or element == _SE.SE_ProgressBarContents:
            return option.rect
        return area

    def subControlRect(
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex,
        part: QStyle.SubControl,
        widget: QWidget | None = None,
    ) -> QRect:
        """Return where a part of a compound control goes."""
        area = option.rect
        line = _line(option, widget)
        if control == _CC.CC_ComboBox:
            arrow = round(line * 1.3)
            if part == _SC.SC_ComboBoxEditField:
                return QRect(area.left() + 8, area.top() + 1, area.width() - arrow - 12, area.height() - 2)
            if part == _SC.SC_ComboBoxArrow:
                return QRect(area.right() - arrow, area.top(), arrow, area.height())
        if control == _CC.CC_SpinBox:
            side = max(24, line)
            if part == _SC.SC_SpinBoxEditField:
                return QRect(area.left() + 6, area.top() + 1, area.width() - side - 8, area.height() - 2)
            if part == _SC.SC_SpinBoxUp:
                return QRect(area.right() - side, area.top() + 1, side, area.height() // 2 - 1)
            if part == _SC.SC_SpinBoxDown:
                half = area.height() // 2
                return QRect(area.right() - side, area.top() + half, side, area.height() - half - 1)
        if control == _CC.CC_GroupBox and isinstance(option, QStyleOptionGroupBox):
            head = line + 4 if option.text else 0
            if part == _SC.SC_GroupBoxContents:
                return area.adjusted(0, head, 0, 0)
            if part == _SC.SC_GroupBoxLabel:
                return QRect(area.left(), area.top(), area.width(), head)
        if control == _CC.CC_ScrollBar and isinstance(option, QStyleOptionSlider):
            return self._scroll_bar_part(option, part, widget)
        return super().subControlRect(control, option, part, widget)  # type: ignore[arg-type]

    def _scroll_bar_part(
        self, option: QStyleOptionSlider, part: QStyle.SubControl, widget: QWidget | None
    ) -> QRect:
        """Return a scroll bar without arrow buttons, the whole length for the handle."""
        area = option.rect
        if part in (_SC.SC_ScrollBarAddLine, _SC.SC_ScrollBarSubLine):
            return QRect()
        if part == _SC.SC_ScrollBarGroove:
            return area
        upright = option.orientation == Qt.Orientation.Vertical
        length = area.height() if upright else area.width()
        span = option.maximum - option.minimum
        handle = length
        if span > 0:
            share = option.pageStep / (span + option.pageStep)
            handle = min(
                length,
                max(round(length * share), self.pixelMetric(_PM.PM_ScrollBarSliderMin, option, widget)),
            )
        start = QStyle.sliderPositionFromValue(
            option.minimum, option.maximum, option.sliderPosition, length - handle, option.upsideDown
        )
        if part == _SC.SC_ScrollBarSlider:
            first, size = start, handle
        elif part == _SC.SC_ScrollBarSubPage:
            first, size = 0, start
        elif part == _SC.SC_ScrollBarAddPage:
            first, size = start + handle, length - start - handle
        else:
            return QRect()
        if upright:
            return QRect(area.left(), area.top() + first, area.width(), size)
        return QRect(area.left() + first, area.top(), size, area.height())

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
            line = _line(option, widget)
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
            area.adjust(0, 0, -_line(option, widget), 0)
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
        drawing.chevron(painter, arrow, ink, Qt.ArrowType.DownArrow, _line(option, widget) * 0.24)

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
            drawing.chevron(painter, place, ink, arrow, _line(option, widget) * 0.18)

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
        label = QRect(option.rect.left(), option.rect.top(), option.rect.width(), _line(option, widget) + 4)
        ink = self.colours.text if _has(option, _STATE.State_Enabled) else self.colours.hint
        painter.setPen(QColor(ink))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextHideMnemonic
        painter.drawText(label, int(flags), option.text)
        painter.restore()


def _nothing(option: QStyleOption, painter: QPainter, widget: QWidget | None) -> None:
    """Draw nothing: the part is drawn with another."""


def _line(option: QStyleOption | None, widget: QWidget | None) -> int:
    """Return the height of a line of text, in px."""
    if widget is not None:
        return widget.fontMetrics().height()
    if option is not None:
        return option.fontMetrics.height()
    return QApplication.fontMetrics().height()


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
