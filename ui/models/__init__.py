"""Item models over views of the workspace: one for each list, refreshed row by row."""
