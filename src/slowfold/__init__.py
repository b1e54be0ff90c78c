"""slowfold shows how a recurrent text classifier decides: its slow points, their shape, and the words that move it."""

import lazy_loader

# Names are loaded when they are first used: the command line answers --help without loading PyTorch.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

__version__ = "0.1.0"
