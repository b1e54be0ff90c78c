"""One question asked of one network, and what is kept of the answer."""

import lazy_loader

# Whoever needs an Experiment alone, as the command line does before its options are checked, loads no PyTorch.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
