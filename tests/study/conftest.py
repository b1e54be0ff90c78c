"""One small run that several tests look at."""

import pytest

from slowfold.study import Experiment, Run, conduct

SMALL = Experiment(
    task="categorical", classes="3", length=12, documents=900, hidden=16, steps=120, starts=40, states_of=60, seed=1
)


@pytest.fixture(scope="session")
def experiment() -> Experiment:
    return SMALL


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return conduct(SMALL, folder=tmp_path_factory.mktemp("runs") / "small")
