"""Expressions of structured forms: FHIRPath, as far as forms need it, compiled and bounded."""

from workbook_desktop.forms.expressions.amounts import Amount
from workbook_desktop.forms.expressions.errors import CannotWorkOut, ExpressionRefused
from workbook_desktop.forms.expressions.moments import PartialDate, PartialDateTime, PartialTime
from workbook_desktop.forms.expressions.nodes import Node, Types
from workbook_desktop.forms.expressions.program import Program, compile_expression, read_expression
from workbook_desktop.forms.expressions.response import AnswerNode, ItemNode, Resource, Response
from workbook_desktop.forms.expressions.results import to_answer, truth
from workbook_desktop.forms.expressions.running import Environment

__all__ = [
    "Amount",
    "AnswerNode",
    "CannotWorkOut",
    "Environment",
    "ExpressionRefused",
    "ItemNode",
    "Node",
    "PartialDate",
    "PartialDateTime",
    "PartialTime",
    "Program",
    "Resource",
    "Response",
    "Types",
    "compile_expression",
    "read_expression",
    "to_answer",
    "truth",
]
