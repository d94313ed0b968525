"""The windows: they show, ask and report."""
