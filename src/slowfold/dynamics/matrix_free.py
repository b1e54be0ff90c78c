"""Root finding on F(h) - h for states of thousands of units, by products with the Jacobian alone."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from slowfold.dynamics.known import Known
from slowfold.dynamics.maps import Map
from slowfold.dynamics.solution import STATIONARY, Solution, is_still, q_of

__all__ = ["krylov_levenberg_marquardt"]

# A damped step is solved until its normal residual is this share of the gradient. The directions that a looser one
# leaves out are those in which q is flattest, and each further step would have to search for them anew.
_FORCING = 1e-3
# A Newton step from a still point is solved further, so that its length tells how far the root can be.
_NEWTON_FORCING = 1e-6
# Newton steps taken from a still point, as long as they lower q.
_POLISH = 3
# Damping of the first step, as a share of the curvature of q along its gradient.
_FIRST_DAMPING = 1e-3
# At most this many numbers in one stack of states. A search keeps about 60 such stacks: 1 GB.
_ENTRIES = 2**21


@dataclass
class _Active:
    """What the search knows of the starts that are still moving; every field has one row a start."""

    start: Tensor
    point: Tensor
    damping: Tensor  # NaN before the first step
    growth: Tensor

    def keep(self, rows: Tensor) -> _Active:
        return _Active(**{name: value[rows] for name, value in vars(self).items()})


class _Tangent:
    """Products with J - I and its transpose at some points; F is computed once, and each product is one pass.

    The product with the transpose is a backward pass. It is linear in its vector, so the backward pass of that one is
    the product with J - I itself: no rule for forward differentiation is asked of the map, and what F computed on its
    way is not computed again for each product. A map that automatic differentiation does not see through gives its own
    products.
    """

    def __init__(self, held: Map, point: Tensor) -> None:
        self._held = held
        self._point = point
        with torch.enable_grad():
            # A map that is not differentiable by PyTorch need not take tensors that ask for a gradient.
            before = point.detach().requires_grad_(held.differentiable)
            after = held(before)
            self._seen = after.requires_grad
            self.residual = (after - before).detach()
            if not self._seen:
                return
            self._before, self._after = before, after
            self._probe = torch.zeros_like(point, requires_grad=True)
            (self._pulled,) = torch.autograd.grad(after, before, self._probe, create_graph=True, materialize_grads=True)

    def push(self, vectors: Tensor) -> Tensor:
        """(J - I) v, [start, unit]."""
        if not self._seen:
            return self._held.jvp(self._point, vectors) - vectors
        if not self._pulled.requires_grad:  # what was seen does not depend on the state
            return -vectors
        passes = {"retain_graph": True, "materialize_grads": True}
        return torch.autograd.grad(self._pulled, self._probe, vectors, **passes)[0] - vectors

    def pull(self, vectors: Tensor) -> Tensor:
        """(J - I)^T v, [start, unit]."""
        if not self._seen:
            return self._held.vjp(self._point, vectors) - vectors
        passes = {"retain_graph": True, "materialize_grads": True}
        return torch.autograd.grad(self._after, self._before, vectors, **passes)[0] - vectors

    def keep(self, rows: Tensor) -> _Tangent:
        return _Tangent(self._held, self._point[rows])


def krylov_levenberg_marquardt(
    held: Map,
    starts: Float[Tensor, "start unit"],
    *,
    max_steps: int = 200,
    max_inner: int = 300,
    known: Known | None = None,
) -> Solution:
    """Minimises 1/2 ||F(h) - h||^2 from every start without ever forming a Jacobian.

    The steps are those of :func:`levenberg_marquardt`, each start with its own damping, acceptance and end; each is the
    least-squares solution of (J - I) d = -r, damped, which LSMR finds by products of J - I and of its transpose with
    vectors. LSMR works on J - I itself, not on (J - I)^T (J - I), whose condition number is the square, and never
    raises the gradient left over, so that a step cut short is still one downhill. Memory is a few dozen numbers a unit
    and start, where a Jacobian takes one a pair of units; worth it from about a thousand units.

    Args:
        held: The map; of a callable only the function itself is needed.
        starts: Where to start, [start, unit], of the map's type.
        max_steps: The most steps tried from a start.
        max_inner: The most iterations of LSMR in one step, two products each.
        known: Roots of the map that are known.

    Returns:
        Where each start ended. ``newton`` is the length of a Newton step solved to six digits, and infinite where LSMR
        came to its end before.

    Source:
        Fong and Saunders, "LSMR: an iterative algorithm for sparse least-squares problems", SIAM J. Sci. Comput. 2011;
        Nielsen, "Damping parameter in Marquardt's method", IMM-REP-1999-05.

    Example:
        >>> affine = Map(lambda h: h / 2 + 1, size=2)
        >>> krylov_levenberg_marquardt(affine, torch.zeros(1, 2, dtype=torch.float64)).point.tolist()
        [[2.0, 2.0]]
    """
    rows = max(1, _ENTRIES // held.size)
    parts = [_search(held, chunk, max_steps, max_inner, known) for chunk in starts.split(rows)]
    return Solution.join(parts)


@torch.no_grad()
def _search(held: Map, starts: Tensor, max_steps: int, max_inner: int, known: Known | None) -> Solution:
    count = starts.shape[0]
    point, gradient = starts.clone(), starts.new_zeros(count)
    q, steps = starts.new_zeros(count), torch.zeros(count, dtype=torch.int64, device=starts.device)
    still, stationary = torch.zeros(2, count, dtype=torch.bool, device=starts.device)
    root = torch.full_like(steps, -1)

    everyone = torch.arange(count, device=starts.device)
    active = _Active(everyone, starts, torch.full_like(q, torch.nan), torch.full_like(q, 2.0))
    for step in range(max_steps + 1):
        tangent = _Tangent(held, active.point)
        slope = tangent.pull(tangent.residual)
        energy, steepness = q_of(tangent.residual), slope.norm(dim=1)
        done = is_still(active.point, energy)
        lost = ~torch.isfinite(energy)
        stuck = ~done & ~lost & (steepness <= STATIONARY * (2 * energy).sqrt())
        at = active.start
        point[at], q[at], gradient[at], steps[at] = active.point, energy, steepness, step
        still[at], stationary[at] = done, stuck
        moving = ~(done | stuck | lost)
        if known is not None:
            arrived, whose = known.around(active.point)
            root[at[arrived]] = whose[arrived]
            moving &= ~arrived
        if step == max_steps or not moving.any():
            break
        if not moving.all():
            active, tangent, slope = active.keep(moving), tangent.keep(moving), slope[moving]
        _advance(held, active, tangent, slope, max_inner)
    newton = _polish(held, point, q, gradient, still & (root < 0), max_inner)
    found = Solution(point, q, gradient, steps, newton, still, stationary)
    if known is not None:
        known.end(found, (root >= 0).nonzero().flatten(), root[root >= 0])
    return found


def _advance(held: Map, active: _Active, tangent: _Tangent, slope: Tensor, max_inner: int) -> None:
    along = tangent.push(slope).norm(dim=1) / slope.norm(dim=1)
    active.damping = torch.where(active.damping.isnan(), _FIRST_DAMPING * along.square(), active.damping)
    move, _ = _least_squares(tangent, slope, active.damping, _FORCING, max_inner)
    before, foretold = q_of(tangent.residual), q_of(tangent.residual + tangent.push(move))
    trial = active.point + move
    now = q_of(held(trial) - trial)
    # What LSMR leaves unsolved is left out of the decrease foretold too, so the ratio judges the linear model alone.
    ratio = (before - now) / (before - foretold).clamp_min(torch.finfo(before.dtype).tiny)
    accepted = (now < before) & torch.isfinite(now)
    shrink = (1 - (2 * ratio - 1) ** 3).clamp(1 / 3, 2)
    active.point = torch.where(accepted.unsqueeze(-1), trial, active.point)
    active.damping = torch.where(accepted, active.damping * shrink, active.damping * active.growth)
    active.growth = torch.where(accepted, torch.full_like(active.growth, 2.0), active.growth * 2)


def _polish(held: Map, point: Tensor, q: Tensor, gradient: Tensor, still: Tensor, max_inner: int) -> Tensor:
    """Undamped steps from every still point while they lower q, down to rounding; returns the last step's length."""
    newton = torch.full_like(q, torch.inf)
    rows = still.nonzero().squeeze(-1)
    for _ in range(_POLISH):
        if not len(rows):
            break
        tangent = _Tangent(held, point[rows])
        slope = tangent.pull(tangent.residual)
        move, solved = _least_squares(tangent, slope, torch.zeros_like(q[rows]), _NEWTON_FORCING, max_inner)
        rows, trial, move = rows[solved], (point[rows] + move)[solved], move[solved]
        newton[rows] = move.norm(dim=1)
        if not len(rows):
            break
        after = _Tangent(held, trial)
        energy, steepness = q_of(after.residual), after.pull(after.residual).norm(dim=1)
        better = energy < q[rows]
        rows = rows[better]
        point[rows], q[rows], gradient[rows] = trial[better], energy[better], steepness[better]
    return newton


@dataclass
class _Krylov:
    """LSMR in the making, in the letters of its paper; every field has one row a start.

    A v_k = beta_(k+1) u_(k+1) + alpha_k u_k is the Golub-Kahan process; two rotations an iteration turn its bidiagonal
    matrix into the solution, and |zeta_bar| is the normal residual left over.
    """

    row: Tensor
    target: Tensor  # the normal residual at which the row is solved
    damp: Tensor
    solution: Tensor
    u: Tensor
    v: Tensor
    h: Tensor
    h_bar: Tensor
    alpha: Tensor
    alpha_bar: Tensor
    zeta_bar: Tensor
    rho: Tensor
    rho_bar: Tensor
    c_bar: Tensor
    s_bar: Tensor

    @property
    def solved(self) -> Tensor:
        # A row that holds NaN is solved: no iteration would mend it.
        return ~(self.zeta_bar.abs() > self.target)

    def keep(self, rows: Tensor) -> _Krylov:
        return _Krylov(**{name: value[rows] for name, value in vars(self).items()})


def _least_squares(
    tangent: _Tangent, slope: Tensor, damping: Tensor, forcing: float, max_inner: int
) -> tuple[Tensor, Tensor]:
    """The d that minimises ||(J - I) d + r||^2 + mu ||d||^2, and where it was found, by LSMR from all starts at once.

    Rows that are solved go on with the others, which does them no harm, until they are half of all; then they leave.
    """
    move, solved = torch.zeros_like(slope), torch.zeros(len(slope), dtype=torch.bool, device=slope.device)
    run = _begin(tangent.residual, slope, damping, forcing)
    for _ in range(max_inner):
        finished = run.solved
        if finished.all():
            break
        if 2 * int(finished.sum()) >= len(finished):
            move[run.row[finished]], solved[run.row[finished]] = run.solution[finished], True
            run, tangent = run.keep(~finished), tangent.keep(~finished)
        _iterate(tangent, run)
    move[run.row], solved[run.row] = run.solution, run.solved
    return move, solved & torch.isfinite(move).all(dim=1)


def _begin(residual: Tensor, slope: Tensor, damping: Tensor, forcing: float) -> _Krylov:
    beta, steepness = residual.norm(dim=1), slope.norm(dim=1)
    u, v, alpha = -_over(residual, beta), -_over(slope, steepness), steepness / beta
    one = torch.ones_like(beta)
    return _Krylov(
        row=torch.arange(len(beta), device=beta.device),
        target=forcing * steepness,
        damp=damping.sqrt(),
        solution=torch.zeros_like(v),
        u=u,
        v=v,
        h=v,
        h_bar=torch.zeros_like(v),
        alpha=alpha,
        alpha_bar=alpha,
        zeta_bar=steepness,
        rho=one,
        rho_bar=one,
        c_bar=one,
        s_bar=torch.zeros_like(beta),
    )


def _iterate(tangent: _Tangent, run: _Krylov) -> None:
    u = tangent.push(run.v) - run.alpha.unsqueeze(-1) * run.u
    beta = u.norm(dim=1)
    u = _over(u, beta)
    v = tangent.pull(u) - beta.unsqueeze(-1) * run.v
    alpha = v.norm(dim=1)
    v = _over(v, alpha)

    alpha_hat = torch.hypot(run.alpha_bar, run.damp)
    rho = torch.hypot(alpha_hat, beta)
    c, s = alpha_hat / rho, beta / rho
    theta = s * alpha
    theta_bar, turned = run.s_bar * rho, run.c_bar * rho
    rho_bar = torch.hypot(turned, theta)
    c_bar, s_bar = turned / rho_bar, theta / rho_bar
    zeta = c_bar * run.zeta_bar

    run.h_bar = run.h - (theta_bar * rho / (run.rho * run.rho_bar)).unsqueeze(-1) * run.h_bar
    run.solution = run.solution + (zeta / (rho * rho_bar)).unsqueeze(-1) * run.h_bar
    run.h = v - (theta / rho).unsqueeze(-1) * run.h
    run.u, run.v, run.alpha, run.alpha_bar = u, v, alpha, c * alpha
    run.zeta_bar, run.rho, run.rho_bar, run.c_bar, run.s_bar = -s_bar * run.zeta_bar, rho, rho_bar, c_bar, s_bar


def _over(vectors: Tensor, length: Tensor) -> Tensor:
    """Vectors over their lengths; a vector of no length, at which the process ends, stays 0."""
    return vectors / length.clamp_min(torch.finfo(length.dtype).tiny).unsqueeze(-1)
