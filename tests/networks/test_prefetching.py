from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowfold.networks.prefetching import prefetched


@given(items=st.lists(st.integers()), ahead=st.integers(1, 4))
def test_the_items_and_their_order_stay(items: list[int], ahead: int) -> None:
    with prefetched(iter(items), ahead=ahead) as found:
        assert list(found) == items


def test_items_are_made_by_one_other_thread_and_no_further_ahead_than_asked() -> None:
    makers, made = set[int](), list[int]()

    def items() -> Iterator[int]:
        for number in range(20):
            makers.add(threading.get_ident())
            made.append(number)
            yield number

    with prefetched(items(), ahead=3) as found:
        for number in found:
            assert len(made) <= number + 5
    assert makers.isdisjoint({threading.get_ident()})
    assert len(makers) == 1


def test_an_error_comes_where_the_item_would_have_come() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    seen = []
    with pytest.raises(ValueError, match="no more"), prefetched(items()) as found:
        seen.extend(number for number in found)
    with prefetched(items()) as found:
        assert next(found) == 1


def test_whoever_leaves_early_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    with prefetched(iter(range(10**9))) as found:
        assert next(found) == 0
        assert threading.active_count() == before + 1
    assert threading.active_count() == before
