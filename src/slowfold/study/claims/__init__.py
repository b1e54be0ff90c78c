"""The paper's claims, each with the rule that would refute it, and the ledger of what became of them."""

from slowfold.study.claims.claim import Check, Claim, Judged, Outcome, Verdict, Why
from slowfold.study.claims.judging import judge_check, judge_claim
from slowfold.study.claims.ledger import Ledger, beyond_summaries, read_ledger, reproduce
from slowfold.study.claims.listed import CLAIMS, claims_of
from slowfold.study.claims.plan import CELLS, FULL, SMALL, Plan, plan_of
from slowfold.study.claims.written import claims_table, keep_summaries, write_ledger
from slowfold.study.intervals import Interval, fit_interval, mean_interval, share_interval

__all__ = [
    "CELLS",
    "CLAIMS",
    "FULL",
    "SMALL",
    "Check",
    "Claim",
    "Interval",
    "Judged",
    "Ledger",
    "Outcome",
    "Plan",
    "Verdict",
    "Why",
    "beyond_summaries",
    "claims_of",
    "claims_table",
    "fit_interval",
    "judge_check",
    "judge_claim",
    "keep_summaries",
    "mean_interval",
    "plan_of",
    "read_ledger",
    "reproduce",
    "share_interval",
    "write_ledger",
]
