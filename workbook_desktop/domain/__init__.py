"""Values and rules of the work. No files, clocks, network or Qt; the standard library alone."""
