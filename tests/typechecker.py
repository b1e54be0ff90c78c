"""How annotations are checked while the tests run: an int may stand where a float is asked for, as in Python."""

from beartype import BeartypeConf, beartype

__all__ = ["check"]

check = beartype(conf=BeartypeConf(is_pep484_tower=True))
