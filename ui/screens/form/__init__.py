"""S6 and S7: the form of a record."""

from ui.screens.form.screen import FormScreen

__all__ = ["FormScreen"]
