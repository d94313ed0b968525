"""Every base widget on one page: `python -m ui.style.specimen OUT.png --theme dark --text 200`."""

from __future__ import annotations

import argparse
import os
import sys

from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDateEdit,
    QGroupBox,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ui.style.look import apply
from ui.style.palettes import Theme, Tone


def specimen() -> QWidget:
    """Return a window with one of each."""
    from ui import widgets as w

    window = QWidget()
    window.setWindowTitle("Specimen")
    column = QVBoxLayout(window)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    bar = w.IdentityBar()
    bar.show_identity("Maisie Tolland", ("7 years", "Child in need"), ("Two-worker visits",))
    bar.add_action(w.Button("Hide screen  F9", w.Rank.ON_IDENTITY, icon_name="eye-off"))
    column.addWidget(bar)
    sides = QHBoxLayout()
    sides.setSpacing(0)
    sides.setContentsMargins(0, 0, 0, 0)
    sides.addWidget(_left(), 1)
    sides.addWidget(_right(), 1)
    column.addLayout(sides, 1)
    status = w.StatusLine()
    status.say("saved", "Saved on this laptop 14:32")
    status.say("office", "Offline – 3 waiting")
    status.say("reached", "Office last reached today 08:55")
    status.say("text", "Text 100%")
    column.addWidget(status)
    return window


def _left() -> QWidget:
    from ui import widgets as w

    page = w.Page("Child seen", caption="Home visit, 27 March 2026")
    page.summary.show_problems(
        [("Date of visit must be today or in the past", page), ("Say whether the child was seen alone", page)]
    )
    page.add(
        w.Banner(Tone.WARNING, "Two workers must visit", "Agreed on 12 January 2026.", action="Read why")
    )
    page.add(
        w.Banner(Tone.INFO, "2 changes combined", "Yours and J. Brown's."),
        w.Inset("Last time (12 January): seen alone."),
    )
    page.add(
        w.Banner(Tone.SUCCESS, "Sent and accepted 14:32"), w.Banner(Tone.ERROR, "Not accepted – fix 2 things")
    )
    card = w.Card()
    card.add(w.HeadingTwo("Who was there"))
    label = w.FieldLabel("&Date and time of visit")
    line = QLineEdit("27/3/2026 14:30")
    label.set_field(line)
    hint, fault = w.Hint("For example, 27/3/2026"), w.Fault("Date of visit must be today or in the past")
    wrong = QLineEdit("31/2/2026")
    wrong.setProperty("wrong", True)
    card.add(label, hint, line, fault, wrong)
    group = QGroupBox("Was the child seen?")
    inside = QVBoxLayout(group)
    for place, text in enumerate(("Yes, alone", "Yes, with others", "No")):
        radio = QRadioButton(text)
        radio.setChecked(place == 0)
        inside.addWidget(radio)
    card.add(group)
    for text, on in (("Bedroom seen", True), ("Food in the kitchen", False)):
        check = QCheckBox(text)
        check.setChecked(on)
        card.add(check)
    combo, spin, day = QComboBox(), QSpinBox(), QDateEdit()
    combo.addItems(["Child in need", "Child protection"])
    row = w.FlowLayout()
    for field in (combo, spin, day):
        row.addWidget(field)
    card.column.addLayout(row)
    notes = QPlainTextEdit("Maisie showed me her room & the drawing on her wall.")
    notes.setMaximumHeight(90)
    card.add(w.Body("What did you observe?"), notes)
    page.add(card)
    off = w.Button("Not now")
    off.setEnabled(False)
    page.add_button(
        w.Button("Save and continue", w.Rank.PRIMARY), w.Button("Leave section", icon_name="arrow-left")
    )
    page.add_button(w.Button("Delete", w.Rank.DANGER), off, w.LinkButton("Last time: show"))
    return page


def _right() -> QWidget:
    from ui import widgets as w

    page = w.Page("My work", caption="Friday 27 March 2026")
    listed = w.RowList("My work")
    listed.set_rows(
        (
            w.Row(key="h", title="Tolland family", detail="3 children", is_heading=True),
            w.Row(
                key="1",
                title="Home visit",
                detail="Maisie Tolland, today 14:00",
                state="Draft on this laptop",
                icon="house",
            ),
            w.Row(
                key="2",
                title="Core assessment",
                detail="Alfie Tolland, 27 March, overdue",
                state="Needs your decision",
                tone=Tone.WARNING,
                icon="clipboard-list",
            ),
            w.Row(
                key="3",
                title="Case note",
                detail="Maisie Tolland, 25 March",
                state="Not accepted – fix 2 things",
                tone=Tone.ERROR,
                icon="file-text",
            ),
            w.Row(
                key="4",
                title="Plan",
                detail="Maisie Tolland, 20 March",
                state="Sent and accepted 14:32",
                tone=Tone.PLAIN,
                icon="list-checks",
            ),
        )
    )
    listed.choose("2")
    listed.show_all()
    page.add(listed)
    page.add(w.HeadingTwo("Sections"))
    card = w.Card()
    tasks = w.RowStack(
        w.TaskRow("Who was there", "Done", Tone.PLAIN),
        w.TaskRow("Child seen", "Now", Tone.INFO),
        w.TaskRow("Child's voice", "To do", Tone.NEUTRAL, detail="“Not asked” needs a reason"),
    )
    tasks.rows[1].set_chosen(True)  # type: ignore[attr-defined]
    card.add(tasks)
    page.add(card)
    flow = w.FlowLayout()
    for tone in Tone:
        flow.addWidget(w.Tag(str(tone).capitalize(), tone))
    page.add_layout(flow)
    page.add(w.HeadingTwo("Check your answers"))
    page.add(
        w.RowStack(
            w.SummaryRow("Child seen", "Yes, alone, 27 March 14:30"), w.SummaryRow("Child's voice", "")
        )
    )
    page.add(w.EmptyState("No goals yet. Start from the assessment's needs.", action="Add a goal"))
    bar = QProgressBar()
    bar.setValue(40)
    bar.setTextVisible(False)
    page.add(w.Hint("Sending 4 of 10 records"), bar)
    busy = QProgressBar()
    busy.setRange(0, 0)
    page.add(busy)
    page.add(
        w.ErrorState(
            "This laptop's disk is full",
            "Your work is safe: saved 14:32.",
            "Free some space, then try again.",
            code="disk-full",
            action="Try again",
        )
    )
    return page


def main(arguments: list[str]) -> int:
    """Write the picture."""
    parser = argparse.ArgumentParser(prog="ui.style.specimen", description=__doc__)
    parser.add_argument("out")
    parser.add_argument("--theme", choices=[str(theme) for theme in Theme], default="light")
    parser.add_argument("--text", type=int, default=100)
    parser.add_argument("--width", type=int, default=1366)
    parser.add_argument("--height", type=int, default=0, help="0: as high as the content")
    chosen = parser.parse_args(arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication([])
    look = apply(app, Theme(chosen.theme), chosen.text)
    window = specimen()
    window.resize(chosen.width, chosen.height or 2000 * chosen.text // 100)
    window.show()
    first = window.findChild(QLineEdit)
    if first is not None:
        window.activateWindow()
        first.setFocus()
    app.processEvents()
    window.grab().save(chosen.out)
    print(f"{chosen.out}: {look.colours.name}, {look.text_percent} %")
    window.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
