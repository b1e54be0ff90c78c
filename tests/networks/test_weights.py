from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from slowfold.errors import NetworkError
from slowfold.networks.weights import read_tensors, write_tensors

TENSORS = {"a": torch.arange(6.0).reshape(2, 3).T, "scalar": torch.tensor(3), "double": torch.ones(2).double()}


def test_reading_gives_back_the_same_bits(tmp_path: Path) -> None:
    write_tensors(tmp_path / "x.safetensors", TENSORS, {"ü": [1, None]})
    tensors, note = read_tensors(tmp_path / "x.safetensors")
    assert note == {"ü": [1, None]}
    assert tensors.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert tensors[name].dtype == tensor.dtype
        assert tensors[name].equal(tensor)


@given(st.floats(0, 0.999))
def test_a_cut_off_file_is_refused(tmp_path_factory: pytest.TempPathFactory, share: float) -> None:
    path = tmp_path_factory.mktemp("cut") / "x.safetensors"
    write_tensors(path, TENSORS, {})
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(NetworkError, match="cut off"):
        read_tensors(path)


@given(st.binary(max_size=64))
def test_any_other_bytes_are_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("other") / "x.safetensors"
    path.write_bytes(data)
    with pytest.raises(NetworkError, match=r"x\.safetensors"):
        read_tensors(path)


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}, {"slowfold": "no JSON"}, {"slowfold": "[1]"}])
def test_weights_of_another_program_are_refused(tmp_path: Path, metadata: dict[str, str] | None) -> None:
    path = tmp_path / "x.safetensors"
    save_file({"a": torch.ones(2)}, path, metadata=metadata)
    with pytest.raises(NetworkError, match="slowfold"):
        read_tensors(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="nowhere"):
        read_tensors(tmp_path / "nowhere")
