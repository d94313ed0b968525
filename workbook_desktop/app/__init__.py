"""Builds each object once and joins them: the only place that knows the windows, the store and the sync."""
