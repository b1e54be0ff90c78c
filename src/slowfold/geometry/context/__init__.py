"""What a word does to the words after it."""
