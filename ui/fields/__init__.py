"""Fields: one editor for each kind of answer, all two-way and all complete by keyboard."""

from ui.fields.base import Editor, Field, Group, question_text
from ui.fields.context import FieldContext
from ui.fields.factory import editor_for, field_for
from ui.fields.shown import answer_words

__all__ = [
    "Editor",
    "Field",
    "FieldContext",
    "Group",
    "answer_words",
    "editor_for",
    "field_for",
    "question_text",
]
