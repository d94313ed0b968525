"""The colours, by what they mean. Ratios against their grounds are computed by tests/ui/test_style.py."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtGui import QColor, QPalette

_ROLE = QPalette.ColorRole
_GROUP = QPalette.ColorGroup


class Theme(StrEnum):
    """What the worker chose. `SYSTEM` follows the computer, its contrast theme included."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"


class Tone(StrEnum):
    """The mood of a tag or a band. A word always says the same, so the colour is never alone."""

    PLAIN = "plain"  # finished things: no ground, so that work still to do stands out
    NEUTRAL = "neutral"
    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shade:
    """Ink and edge on a ground, for one tone."""

    ground: str
    ink: str
    edge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """One theme. `#rrggbb` throughout."""

    name: str
    is_dark: bool
    text: str
    hint: str  # secondary text
    border: str  # the edge of anything a worker can act on: at least 3:1
    line: str  # quiet edge of a card; decoration only
    surface: str  # cards, fields, pages of text
    canvas: str  # what surfaces lie on
    hover: str
    link: str
    error: str
    success: str
    primary: str
    on_primary: str
    primary_edge: str
    identity: str
    on_identity: str
    selection: str
    on_selection: str
    ring_outer: str
    ring_inner: str
    tones: tuple[tuple[Tone, Shade], ...]

    def shade(self, tone: Tone) -> Shade:
        """Return the colours of a tone."""
        return next(shade for known, shade in self.tones if known is tone)


LIGHT = Colours(
    name="light",
    is_dark=False,
    text="#0b0c0c",
    hint="#505a5f",
    border="#505a5f",
    line="#c9d2d9",
    surface="#ffffff",
    canvas="#f4f8fb",
    hover="#e6eef5",
    link="#1a65a6",
    error="#ca3535",
    success="#00703c",
    primary="#00703c",
    on_primary="#ffffff",
    primary_edge="#00401f",
    identity="#1d70b8",
    on_identity="#ffffff",
    selection="#1d70b8",
    on_selection="#ffffff",
    ring_outer="#ffdd00",
    ring_inner="#0b0c0c",
    tones=(
        (Tone.PLAIN, Shade(ground="#ffffff", ink="#0b0c0c", edge="#ffffff")),
        (Tone.NEUTRAL, Shade(ground="#e9edf0", ink="#2b3338", edge="#505a5f")),
        (Tone.INFO, Shade(ground="#dbe9f6", ink="#0f3d66", edge="#1d70b8")),
        (Tone.SUCCESS, Shade(ground="#d3ebdf", ink="#004d29", edge="#00703c")),
        (Tone.WARNING, Shade(ground="#fdf0c4", ink="#523e00", edge="#8a6a00")),
        (Tone.ERROR, Shade(ground="#fbe0dd", ink="#7d1616", edge="#ca3535")),
    ),
)

DARK = Colours(
    name="dark",
    is_dark=True,
    text="#f5f5f5",
    hint="#b9bec2",
    border="#8e9398",
    line="#45474b",
    surface="#1b1b1d",
    canvas="#121214",
    hover="#2c2d30",
    link="#8ab8ff",
    error="#ff8a80",
    success="#7fd6a4",
    primary="#00703c",
    on_primary="#ffffff",
    primary_edge="#7fd6a4",
    identity="#174e80",
    on_identity="#ffffff",
    selection="#2f6ea8",
    on_selection="#ffffff",
    ring_outer="#ffdd00",
    ring_inner="#0b0c0c",
    tones=(
        (Tone.PLAIN, Shade(ground="#1b1b1d", ink="#f5f5f5", edge="#1b1b1d")),
        (Tone.NEUTRAL, Shade(ground="#2c2e31", ink="#eceef0", edge="#8e9398")),
        (Tone.INFO, Shade(ground="#15293b", ink="#cfe5ff", edge="#5f9fdc")),
        (Tone.SUCCESS, Shade(ground="#142b1f", ink="#bdf0d2", edge="#5cb487")),
        (Tone.WARNING, Shade(ground="#302910", ink="#ffe9a8", edge="#c9a227")),
        (Tone.ERROR, Shade(ground="#38191a", ink="#ffd9d4", edge="#ff8a80")),
    ),
)

CONTRAST = Colours(
    name="contrast",
    is_dark=True,
    text="#ffffff",
    hint="#ffffff",
    border="#ffffff",
    line="#ffffff",
    surface="#000000",
    canvas="#000000",
    hover="#333333",
    link="#ffe866",
    error="#ffb4ab",
    success="#9df0b8",
    primary="#ffffff",
    on_primary="#000000",
    primary_edge="#ffffff",
    identity="#000000",
    on_identity="#ffffff",
    selection="#ffffff",
    on_selection="#000000",
    ring_outer="#ffdd00",
    ring_inner="#000000",
    tones=(
        (Tone.PLAIN, Shade(ground="#000000", ink="#ffffff", edge="#000000")),
        (Tone.NEUTRAL, Shade(ground="#000000", ink="#ffffff", edge="#ffffff")),
        (Tone.INFO, Shade(ground="#000000", ink="#9fd3ff", edge="#9fd3ff")),
        (Tone.SUCCESS, Shade(ground="#000000", ink="#9df0b8", edge="#9df0b8")),
        (Tone.WARNING, Shade(ground="#000000", ink="#ffe866", edge="#ffe866")),
        (Tone.ERROR, Shade(ground="#000000", ink="#ffb4ab", edge="#ffb4ab")),
    ),
)


def from_system(system: QPalette) -> Colours:
    """Return the computer's own contrast colours; the worker chose them, so we add none (EN 301 549 11.7)."""

    def named(role: QPalette.ColorRole) -> str:
        return system.color(_GROUP.Active, role).name()

    text, ground, link = named(_ROLE.WindowText), named(_ROLE.Window), named(_ROLE.Link)
    shade = Shade(ground=ground, ink=text, edge=text)
    return Colours(
        name="system contrast",
        is_dark=system.color(_ROLE.Window).lightness() < 128,
        text=text,
        hint=text,
        border=text,
        line=text,
        surface=named(_ROLE.Base),
        canvas=ground,
        hover=ground,
        link=link,
        error=text,
        success=text,
        primary=named(_ROLE.Button),
        on_primary=named(_ROLE.ButtonText),
        primary_edge=text,
        identity=ground,
        on_identity=text,
        selection=named(_ROLE.Highlight),
        on_selection=named(_ROLE.HighlightedText),
        ring_outer=named(_ROLE.Highlight),
        ring_inner=text,
        tones=tuple((tone, shade) for tone in Tone),
    )


def qt_palette(colours: Colours) -> QPalette:
    """Return the palette Qt paints with. Hints use `PlaceholderText`, errors `BrightText`."""
    palette = QPalette()
    roles = {
        _ROLE.Window: colours.canvas,
        _ROLE.WindowText: colours.text,
        _ROLE.Base: colours.surface,
        _ROLE.AlternateBase: colours.canvas,
        _ROLE.Text: colours.text,
        _ROLE.Button: colours.surface,
        _ROLE.ButtonText: colours.text,
        _ROLE.BrightText: colours.error,
        _ROLE.PlaceholderText: colours.hint,
        _ROLE.Highlight: colours.selection,
        _ROLE.HighlightedText: colours.on_selection,
        _ROLE.Accent: colours.selection,
        _ROLE.Link: colours.link,
        _ROLE.LinkVisited: colours.link,
        _ROLE.ToolTipBase: colours.text,
        _ROLE.ToolTipText: colours.surface,
        _ROLE.Light: colours.surface,
        _ROLE.Midlight: colours.hover,
        _ROLE.Mid: colours.border,
        _ROLE.Dark: colours.border,
        _ROLE.Shadow: colours.text,
    }
    for role, value in roles.items():
        palette.setColor(role, QColor(value))
    for role in (_ROLE.WindowText, _ROLE.Text, _ROLE.ButtonText):
        # A thing that cannot be used now must still be readable: it says why the worker is waiting.
        palette.setColor(_GROUP.Disabled, role, QColor(colours.hint))
    palette.setColor(_GROUP.Disabled, _ROLE.Highlight, QColor(colours.hover))
    palette.setColor(_GROUP.Disabled, _ROLE.HighlightedText, QColor(colours.text))
    return palette


def ratio(one: str, other: str) -> float:
    """Return the WCAG contrast of two `#rrggbb` colours: 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
