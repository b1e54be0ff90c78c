"""The command line: one file a command, and what they share."""

from slowfold.cli.main import main

__all__ = ["main"]
