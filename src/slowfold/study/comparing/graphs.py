"""The fixed points of a run as a graph: which of them each saddle leads to."""

from __future__ import annotations

import torch

from slowfold.dynamics import End, find_connections, find_fixed_points
from slowfold.geometry.comparison import Topology
from slowfold.study.runs import Run

__all__ = ["MOST_POINTS", "graph_of"]

MOST_POINTS = 64
"""Of more points than this the connections are not looked for: each saddle takes about half a second."""


def graph_of(run: Run) -> tuple[Topology | None, str]:
    """The graph of the distinct fixed points at the mean input, in the order of analysis.nc, and what is to be said.

    Which points there are is on record, and where they lead is found here, from the weights of the run.

    Args:
        run: A finished run.

    Returns:
        The graph, or None where there is none to tell of; and a sentence, empty where all was found.
    """
    found = run.analysis.get("mean_point_state")
    if found is None or not len(found):
        return None, f"{run.name} has no fixed point at the mean input."
    if len(found) > MOST_POINTS:
        return (
            None,
            f"{run.name} has {len(found)} fixed points; connections are looked for among {MOST_POINTS} at most.",
        )
    network = run.network
    mean = torch.from_numpy(run.analysis["mean_input"].values).to(network.initial_state)
    held = network.hold(input=mean, name="mean")
    # From where they are said to be, points are found again at once; what is not found is no point of these weights.
    points = find_fixed_points(held, torch.from_numpy(found.values).double())
    members = points.member.tolist()
    if -1 in members or len(set(members)) < len(members):
        return None, f"The fixed points of {run.name} could not be found again from its weights."
    connections = find_connections(held, points)
    # Back into the order of analysis.nc.
    order = torch.tensor(members)
    graph = Topology.of(connections)
    ordered = Topology(graph.unstable[order], graph.leads_to[order][:, order])
    elsewhere = sum(end is not End.LISTED for end in connections.end)
    if not elsewhere:
        return ordered, ""
    return ordered, f"{elsewhere} of {len(connections)} ways from the saddles of {run.name} end at no listed point."
