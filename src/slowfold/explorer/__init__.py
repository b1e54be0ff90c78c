"""A local page that follows a text you type."""

from slowfold.explorer.app import create_app
from slowfold.explorer.serving import PORT, serve

__all__ = ["PORT", "create_app", "serve"]
