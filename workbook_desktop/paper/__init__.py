"""What goes on paper, as values, and how it is set: the one place that knows the typesetter."""
