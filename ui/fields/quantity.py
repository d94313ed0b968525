"""An amount with its unit."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QComboBox, QWidget

from ui.fields import reading
from ui.fields.choice import value_words
from ui.fields.reading import Reading
from ui.fields.typed import TypedEditor
from workbook_desktop.domain.records import Value
from workbook_desktop.forms.definition import Item


class QuantityEditor(TypedEditor):
    """A number, and its unit beside it: said by the form, or chosen."""

    def __init__(self, item: Item, parent: QWidget | None = None) -> None:
        self._units: list[Mapping[str, str]] = [unit for unit in item.units if isinstance(unit, Mapping)]
        self._fixed = item.unit
        self._kept: Mapping[str, str] | None = None  # the unit of the answer that is shown
        self.combo: QComboBox | None = None
        super().__init__(
            reading.read_number,
            self._write_amount,
            after="" if self._units else item.unit,
            example=item.prompt if item.prompt != item.text else "",
            letters=10,
            says_reading=False,
            parent=parent,
        )
        if self._units:
            self.combo = QComboBox(self)
            self.combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            self.combo.setMinimumContentsLength(10)
            self.combo.addItems([value_words(unit) for unit in self._units])
            self.combo.currentIndexChanged.connect(self._on_unit)
            self.combo.installEventFilter(self)
            self.row.insertWidget(1, self.combo)

    def stops(self) -> list[QWidget]:
        """Return the number, and the unit where it is chosen."""
        return [self.edit, self.combo] if self.combo is not None else [self.edit]

    def tell(self, question: str, details: str) -> None:
        """Name both."""
        super().tell(question, details)
        if self.combo is not None:
            self.combo.setAccessibleName(f"Unit: {question}")

    def show_value(self, value: Value | None) -> None:
        """Show number and unit."""
        if isinstance(value, Mapping):
            self._kept = {key: str(value[key]) for key in ("unit", "code", "system") if value.get(key)}
            if self.combo is not None:
                place = next((n for n, unit in enumerate(self._units) if self._is_unit(unit, value)), -1)
                if place < 0 and self._kept:
                    self._units.append({**self._kept, "display": self._kept.get("unit", "")})
                    self.combo.addItem(self._kept.get("unit") or self._kept.get("code", ""))
                    place = len(self._units) - 1
                blocked = self.combo.blockSignals(True)
                self.combo.setCurrentIndex(max(place, 0))
                self.combo.blockSignals(blocked)
            elif self._kept.get("unit") and self._kept["unit"] != self._fixed:
                self._after = self._kept["unit"]
        elif value is None and self.combo is not None and not self.edit.hasFocus():
            blocked = self.combo.blockSignals(True)
            self.combo.setCurrentIndex(0)
            self.combo.blockSignals(blocked)
        super().show_value(value)

    def _value_of(self, reading: Reading, text: str) -> Value | None:
        if reading.value is None and not reading.problem:
            return None
        amount = str(reading.value) if reading.value is not None else text
        if self.combo is not None and self._units:
            unit = self._units[max(self.combo.currentIndex(), 0)]
            told = {"unit": value_words(unit), "code": unit.get("code"), "system": unit.get("system")}
            return {"value": amount, **{key: each for key, each in told.items() if each}}
        if self._kept:
            return {"value": amount, **self._kept}
        return {"value": amount, "unit": self._fixed} if self._fixed else {"value": amount}

    def _write_amount(self, value: Value) -> str:
        return str(value.get("value", "")) if isinstance(value, Mapping) else str(value)

    def _is_unit(self, unit: Mapping[str, str], value: Mapping[str, str]) -> bool:
        if unit.get("code") and value.get("code"):
            return unit["code"] == value["code"]
        return value_words(unit) == value.get("unit")

    def _on_unit(self) -> None:
        value = self.value()
        if value is not None:
            self.edited.emit(value)
