"""A local page that follows a text you type."""
