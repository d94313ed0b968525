"""The Workbook where the work happens: an encrypted caseload, forms, and an exchange with the ICS."""

__version__ = "0.1.0"
