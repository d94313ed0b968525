"""Extensions of a Questionnaire: the standard's that we read, our own, and those that are left for later."""

from __future__ import annotations

from typing import Any

OURS = "https://workbook.invalid/fhir/StructureDefinition/"
_STANDARD = ("http://hl7.org/fhir/", "https://hl7.org/fhir/")
_PREFIXES = ("sdc-questionnaire-", "questionnaire-")

# What a form may ask for and this version does not do, in the words of `Form.remarks`; and whether that
# changes what the form does (or only how it looks, or what becomes of the record elsewhere).
LATER = {
    "candidateExpression": ("does not offer answers: they come from a formula", True),
    "contextExpression": ("shows nothing from elsewhere", False),
    "answerOptionsToggleExpression": ("always offers every answer", True),
    "subQuestionnaire": ("stands for another form that is not brought in", True),
    "minQuantity": ("has a lower limit that is not checked", True),
    "maxQuantity": ("has an upper limit that is not checked", True),
    "unitValueSet": ("does not offer units: their list is kept elsewhere", True),
    "lookupQuestionnaire": ("looks answers up in a place that is not reached", True),
    "externallydefined": ("looks answers up in a place that is not reached", True),
    "targetStructureMap": ("names a map for handing its answers on, which is not run here", False),
    "sourceQueries": ("asks a server for first answers, and is not filled in from there", True),
    "sourceStructureMap": ("asks a server for first answers, and is not filled in from there", True),
    "cqf-library": ("names a library of CQL, which is not run here", False),
}
_RENAMED = {"questionnaire-constraint": "constraint", "minDecimals": "minValue"}


class Extensions:
    """The extensions of one element, by short name: ``hidden``, ``minValue``, ``workbook:merge``."""

    __slots__ = ("_found", "_parts")

    def __init__(self, element: Any) -> None:
        self._found: dict[str, list[Any]] = {}
        self._parts: dict[str, list[Extensions]] = {}
        listed = element.get("extension") if isinstance(element, dict) else None
        if not isinstance(listed, list):
            return
        for each in listed:
            if not isinstance(each, dict) or not isinstance(each.get("url"), str):
                continue
            value = next((each[key] for key in each if key.startswith("value")), None)
            name = short_name(each["url"])
            self._found.setdefault(name, []).append(value)
            if value is None and "extension" in each:
                self._parts.setdefault(name, []).append(Extensions(each))

    def __bool__(self) -> bool:
        return bool(self._found)

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def names(self) -> tuple[str, ...]:
        """Return the short names that are there."""
        return tuple(self._found)

    def all(self, name: str) -> list[Any]:
        """Return every value of an extension."""
        return self._found.get(name, [])

    def parts(self, name: str) -> list[Extensions]:
        """Return what stands inside each extension of this name that is made of several."""
        return self._parts.get(name, [])

    def one(self, name: str) -> Any:
        """Return the first value of an extension, or None."""
        values = self._found.get(name)
        return values[0] if values else None

    def text(self, name: str) -> str:
        """Return the first value if it is text, a code or a coding's code; else ``""``."""
        value = self.one(name)
        if isinstance(value, dict):
            value = value.get("code")
        return value if isinstance(value, str) else ""

    def yes(self, name: str) -> bool:
        """Say whether the first value is true."""
        return self.one(name) is True

    def whole(self, name: str) -> int | None:
        """Return the first value if it is a whole number that is not negative."""
        value = self.one(name)
        return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def short_name(url: str) -> str:
    """Return what an extension is called here: ``minValue``, ``workbook:merge``, or a stranger's url."""
    if url.startswith(OURS):
        return "workbook:" + url[len(OURS) :]
    if not url.startswith(_STANDARD):
        return url
    name = url.rsplit("/", 1)[-1]
    name = _RENAMED.get(name, name)
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name
