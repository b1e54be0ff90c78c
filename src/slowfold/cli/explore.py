"""The command explore: a local page that follows a text you type."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

__all__ = ["ExploreCommand"]


@dataclass(frozen=True, kw_only=True)
class ExploreCommand:
    """Open a page on this machine that follows a text you type through the network of a run.

    Attributes:
        run: The folder of the run, or latest.
        port: The port of the page, or 0 for any that is free.
        no_browser: Only tell the address, and open no browser.
        debug: Show where in the code an error came up.
    """

    run: str
    port: int = 8642
    no_browser: bool = False
    debug: bool = False

    def execute(self, console: Console, progress: Console) -> None:
        """Does it, until Ctrl-C: the address goes to ``console``, what is being done to ``progress``."""
        from slowfold.explorer import serve
        from slowfold.study import open_run

        run = open_run(self.run)
        progress.print("reading the run", style="dim")

        def tell(address: str) -> None:
            console.print(Text(address), soft_wrap=True)
            progress.print("Ctrl-C ends it", style="dim")

        serve(run, port=self.port, browse=not self.no_browser, notify=tell)
