"""A record as a FHIR QuestionnaireResponse, and back, with nothing lost either way.

Out: every answer with its value, why it is empty, who said it when, and rows with their ids and order. What
FHIR has no place for stands in extensions of ours; an answer that does not fit its question (a date of "31/2"
stays as it was typed) stands as text beside its exact value. In: what others wrote is taken as far as the
form knows it; what the form does not know is handed back as `Imported.strangers`, never dropped.
"""

from workbook_desktop.forms.response.reading import Imported, from_response
from workbook_desktop.forms.response.values import ABSENT
from workbook_desktop.forms.response.writing import encoded, to_response

__all__ = ["ABSENT", "Imported", "encoded", "from_response", "to_response"]
