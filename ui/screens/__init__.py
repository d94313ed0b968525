"""The screens, one for each job. Each takes what it needs through its constructor."""
