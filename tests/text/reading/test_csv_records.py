"""Cutting CSV at the ends of its records, against the csv module of Python."""

from __future__ import annotations

import csv
import io

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from slowfold.text.reading.csv_records import careful_records, cut_blocks, find_records

COMMA = ord(",")
ROUGH = st.text('a,"\n\r', max_size=40)


def records_of(text):
    return [record for record in csv.reader(io.StringIO(text, newline="")) if record]


@given(ROUGH, st.integers(1, 12))
def test_blocks_hold_the_records_that_python_reads(text, size):
    blocks = list(cut_blocks(io.BytesIO(text.encode()).read, COMMA, size, str))
    read = []
    for block in blocks:
        assert block.first == len(read)
        found = records_of(block.content.decode())
        assert len(found) == block.rows
        read += found
    # A line feed is put at the end where there is none, which an unclosed quote takes for a part of its field.
    assert read == records_of(text) or read == records_of(text + "\n")


@given(st.lists(st.lists(st.text('a,"\n\r', max_size=5), min_size=2, max_size=2), min_size=1, max_size=6))
def test_what_a_writer_writes_is_cut_by_arithmetic_alone(rows):
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    content = np.frombuffer(file.getvalue().encode(), np.uint8)
    found = find_records(content, COMMA)
    assert found is not None
    assert len(found.ends) == len(rows)
    assert found.ends[-1] == len(content) - 1
    assert not found.blank.any()


def test_a_field_with_a_line_break_is_not_cut_wherever_a_block_ends():
    content = b'"one\ntwo",1\n' * 5
    for size in range(1, len(content) + 1):
        blocks = list(cut_blocks(io.BytesIO(content).read, COMMA, size, str))
        assert b"".join(block.content for block in blocks) == content
        assert all(block.content.endswith(b'",1\n') for block in blocks)
        assert all(block.records is not None for block in blocks)


def test_a_careful_look_says_where_it_ends():
    records, error = careful_records(b'a,1\n"b" c,2\nd,3\n', ",", strict=True)
    assert records == [(["a", "1"], 4)]
    assert isinstance(error, csv.Error)
    assert careful_records(b"caf\xe9,1\n", ",", strict=True) == ([(["caf\udce9", "1"], 7)], None)
