"""Whether a service keeps the ICS Sync Contract: scenarios over HTTP against any of them, and a report."""
