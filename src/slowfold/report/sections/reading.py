"""What words do to the state, what they are worth, what their order is worth, and which of them change others."""

from __future__ import annotations

from typing import Any

from slowfold.report import panels
from slowfold.report.evidence_tables import mode_table, modifier_table, word_table
from slowfold.report.panels.flows import flows_of
from slowfold.report.panels.word_evidence import worth_of
from slowfold.report.rereading import shuffled_of
from slowfold.report.sections.section import Plot, Section
from slowfold.report.wording import MINUS, number, percent, plural
from slowfold.study import Run

__all__ = ["flow", "modifiers", "shuffle", "words", "worth"]


def words(run: Run) -> Section:
    """The mean push of single words."""
    sizes = run.analysis.sizes
    colour = (
        "in the colour of the label it says most about, broken where it speaks against it"
        if run.summary["task"]["kind"] == "multilabel"
        else "in the colour of the class whose evidence it raises most beside the others"
    )
    return Section(
        "words",
        "What single words do",
        f"Each arrow is the average push of one word, {colour}; words that say nothing stay near 0. The pale dots are "
        "single pushes: the more they scatter, the more the effect of a word depends on where the state is.",
        f"F(h, w) {MINUS} h from {plural(sizes['move'], 'visited state')}, for {plural(sizes['word'], 'word')}: all "
        "of a small vocabulary, else the most telling of each class and the commonest, in grey. Words whose names "
        "would hide others are named under the pointer.",
        (Plot("words", panels.words(run)),),
    )


def flow(run: Run) -> Section | None:
    """Where one word carries each state of the slow manifold; None where there is none."""
    flows = flows_of(run)
    if not flows:
        return None
    lengths = ", ".join(number(one.length) for one in flows)
    return Section(
        "flow",
        "Where one word carries each state",
        "Arrows that run alike over all of the surface add the same evidence wherever the state is; where they turn or "
        "shrink, the word counts for less.",
        f"F(h, w) {MINUS} h at {plural(len(flows[0].at), 'state')} of the slow manifold (grey; arrows at those far "
        "apart), in all units, then on the first two principal components of the visited states, made longer by one "
        "factor: of the word with the most evidence for its class"
        + (", and beside it the commonest of those that say little" if len(flows) > 1 else "")
        + f". Median lengths of the moves: {lengths}.",
        tuple(
            Plot(f"flow-{place}", panels.flow(run, place), "The most telling word" if place == 0 else "A common word")
            for place in range(len(flows))
        ),
    )


def worth(run: Run) -> Section | None:
    """Learned evidence beside that of the counts; None where a run does not say."""
    found, evidence = worth_of(run), run.summary.get("evidence")
    if found is None or evidence is None:
        return None
    measured: dict[str, Any] = evidence["words"]
    agreement = measured["agreement"]
    agree = ""
    if agreement is not None and agreement["mean"]["correlation"] is not None:
        mean = agreement["mean"]
        between = (
            f" ({percent(agreement['level'], 0)} interval {mean['low']:.2f} to {mean['high']:.2f})"
            if mean["low"] is not None and mean["high"] is not None
            else ""
        )
        agree = f" Over all of them the two agree with a rank correlation of {mean['correlation']:.2f}{between}."
    modes = () if found.by_mode is None else (mode_table(run, found),)
    return Section(
        "worth",
        "What words are worth",
        "Each dot is a word: to the right what the word counts say for the class it speaks of, upwards what the "
        "network has made of it. On the dashed line both are the same; a slope says that the network counts all words "
        f"for more, or for less.{agree}",
        f"The {plural(measured['count'], 'commonest word')}. Counted: the log-likelihood ratio in the training "
        "documents. Learned: what the end of a test document holds of the word, to first order, on average over "
        f"{plural(measured['places'], 'place')} in test documents, in place of the mean input; ± is the standard "
        "deviation over the places. Of classes each is less its mean over them. Along a mode: l · ∂F/∂x (x "
        f"{MINUS} x*), with l its left vector, on average over the points.",
        (Plot("worth", panels.worths(run)),),
        tables=(word_table(run, found), *modes),
    )


def shuffle(run: Run) -> Section:
    """Where reading ends with the words in their order and in another."""
    found, accuracy = shuffled_of(run), run.summary["accuracy"]
    return Section(
        "shuffle",
        "What the order of words is worth",
        "The end of each document (filled) and of the same words in random order (hollow): the shorter the lines, the "
        "less does order count.",
        f"{plural(len(found.ordered), 'test document')} that the run keeps, read twice, each shuffled once: "
        f"{percent(found.alike)} are decided alike, and the end moves by {percent(found.away)} of its length in the "
        f"mean. Over all test documents {percent(accuracy['test'])} are right in order and "
        f"{percent(accuracy['shuffled_words'])} shuffled.",
        (Plot("shuffle", panels.shuffled_ends(run, found)),),
    )


def modifiers(run: Run) -> Section | None:
    """Words that change what the words after them do; None where none was looked for."""
    context = run.summary.get("context")
    if context is None or "modifier" not in run.analysis:
        return None
    count = context["stand_out"]
    some = f"{plural(count, 'word')} of the {context['ranked']} commonest {'changes' if count == 1 else 'change'}"
    see = (
        f"{some} what the next word does more than words do that are read as often."
        if count
        else f"None of the {context['ranked']} commonest words changes what the next word does more than words do that "
        "are read as often: there is no negation or intensifier here that stands out. The foremost are shown."
    )
    return Section(
        "modifiers",
        "Words that change other words",
        f"{see} A factor of 1 leaves the next word as it is, one below 1 weakens it, one below 0 turns it round. In "
        "the barcodes, orange takes from what the next word (across) says, blue adds to it.",
        f"True steps from {plural(context['states'], 'visited state')} of as many documents, settled at the mean "
        "input: what a probe word says right after the modifier, over what it says without it, a least-squares factor "
        f"over {plural(context['probes'], 'probe')} with its 95 % interval; ordinary words have a factor of "
        f"{number(context['usual'])}. Beside it, the same with so many ordinary words between the two. The score says "
        "by how many spreads the passing change stands out from that of words read as often.",
        (
            Plot("factors", panels.factors(run), "Times what the next word says"),
            Plot("fading", panels.fading(run), "With words between"),
            Plot("barcodes", panels.barcodes(run), "What is added to each word"),
        ),
        tables=(modifier_table(run),),
    )
