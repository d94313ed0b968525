"""The commands of the application, each with its help, an example and its exit code."""
