"""How large things are, and where the parts of a control go: grown with the text, and large enough to hit."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QGroupBox,
    QProxyStyle,
    QStyle,
    QStyleOption,
    QStyleOptionComplex,
    QStyleOptionFrame,
    QStyleOptionGroupBox,
    QStyleOptionSlider,
    QWidget,
)

from ui.style.measures import RING, ROW, TARGET

_CC = QStyle.ComplexControl
_SC = QStyle.SubControl
_PM = QStyle.PixelMetric
_CT = QStyle.ContentsType
_SE = QStyle.SubElement

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


class SizedStyle(QProxyStyle):
    """Fusion, in our sizes."""

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
        return max(least, round(line_of(option, widget) * times))

    def sizeFromContents(
        self, kind: QStyle.ContentsType, option: QStyleOption, size: QSize, widget: QWidget | None = None
    ) -> QSize:
        """Return a size that a finger or an unsteady hand can hit."""
        result = super().sizeFromContents(kind, option, size, widget)  # type: ignore[arg-type]
        line = line_of(option, widget)
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
        line = line_of(option, widget)
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


def line_of(option: QStyleOption | None, widget: QWidget | None) -> int:
    """Return the height of a line of text, in px."""
    if widget is not None:
        return widget.fontMetrics().height()
    if option is not None:
        return option.fontMetrics.height()
    return QApplication.fontMetrics().height()
