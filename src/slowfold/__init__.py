"""The public names of slowfold."""
