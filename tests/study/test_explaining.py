"""An explanation is about the network's own decision: its words, its probabilities, its logits to the last digit."""

import math

import jaxtyping
import pytest
import torch

from slowfold.errors import DataError, OptionError, TensorError
from slowfold.networks import Classifier
from slowfold.study.experiment import Source
from slowfold.study.explaining import Explainer, explain
from slowfold.study.tasks import read_task
from slowfold.text import Corpus, Vocabulary
from slowfold.text.corpus import Kind

WORDS = Vocabulary(("<unk>", "good", "bad", "not", "the", "film"), unknown=0)


def network_of(
    kind: Kind = "categorical",
    *,
    cell: str = "gru",
    vocabulary: Vocabulary = WORDS,
    classes=("no", "so", "yes"),
    **options,
) -> Classifier:
    names = tuple(classes)
    label = [[True] * len(names)] if kind == "multilabel" else [0]
    corpus = Corpus.from_tokens([[1]], label, vocabulary, names, kind=kind)
    network = Classifier.build(corpus, cell=cell, hidden=6, embedding=5, seed=3, **options)
    with torch.no_grad():
        network.embedding.weight.mul_(20)
        network.readout.weight.mul_(5)
    return network


def test_it_is_about_what_the_network_says():
    network = network_of()
    found = explain(network, "The film: NOT good!")
    assert found.words == ("the", "film", ":", "not", "good", "!")
    assert found.known == (True, True, False, True, True, False)
    corpus = Corpus.from_tokens([[4, 5, 0, 3, 1, 0]], [0], WORDS, network.class_names)
    logits = network.double().logits(corpus)[0]
    torch.testing.assert_close(found.ledger.logits, logits, rtol=0, atol=1e-12)
    torch.testing.assert_close(found.probabilities, logits.softmax(dim=0))
    assert found.decided == (network.class_names[int(logits.argmax())],) == (found.foremost,)
    assert found.verdict == f"{found.foremost} with {float(found.probabilities.max()):.1%}"
    assert len(found) == 6
    assert repr(found).startswith("Explanation(6 words; no 0.")


def test_several_labels_are_each_decided_by_themselves():
    network = network_of("multilabel")
    with torch.no_grad():
        network.readout.bias.copy_(torch.tensor([50.0, -50.0, 60.0]))
    found = explain(network, "good film")
    assert found.decided == ("no", "yes")
    torch.testing.assert_close(found.probabilities, found.ledger.logits.sigmoid())
    torch.testing.assert_close(found.towards("so", found.ledger.evidence), found.ledger.evidence[:, 1])
    with torch.no_grad():
        network.readout.bias.copy_(torch.tensor([-50.0, -40.0, -60.0]))
    none = explain(network, "good film")
    assert none.decided == ()
    assert none.verdict == "no label; the nearest is so with 0.0%"


def test_evidence_for_a_class_is_told_against_the_others():
    found = explain(network_of(), "good film")
    values = torch.tensor([[1.0, 2.0, 6.0]]).double()
    assert found.towards("yes", values).tolist() == [4.5]
    assert found.towards("no", values).tolist() == [-3.0]
    with pytest.raises(OptionError, match="there is no class 'yess'; did you mean 'yes'"):
        found.towards("yess", values)


def test_the_input_held_is_a_choice():
    network = network_of()
    mean = torch.linspace(-1, 1, 5)
    by_zero, by_mean = explain(network, "good film"), explain(network, "good film", held=mean)
    torch.testing.assert_close(by_zero.ledger.logits, by_mean.ledger.logits)
    assert not torch.allclose(by_zero.ledger.evidence, by_mean.ledger.evidence, atol=1e-3)
    same = explain(network, "good film", held=network.zero_input())
    assert same.ledger.evidence.equal(by_zero.ledger.evidence)


def test_an_input_that_cannot_be_held_is_told(monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(OptionError, match="there is no input 'mean'; give 'zero', or an input as a tensor"):
        Explainer(network_of(), "mean")
    with pytest.raises(TensorError, match=r"the held input has shape \(3,\), not \(5,\)"):
        Explainer(network_of(), torch.zeros(3))


def test_one_explainer_explains_many_texts_and_changes_nothing():
    network = network_of(cell="lstm", readout="state")
    before = {name: value.clone() for name, value in network.state_dict().items()}
    explainer = Explainer(network)
    for text in ("good", "not bad the film", "film"):
        assert explainer.explain(text).ledger.evidence.equal(explain(network, text).ledger.evidence)
    assert all(value.equal(before[name]) for name, value in network.state_dict().items())
    first = explainer.explain("not bad the film").ledger.logits
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(1)
    assert explainer.explain("not bad the film").ledger.logits.equal(first)
    assert network.training
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_what_cannot_be_explained_is_told():
    network = network_of()
    for text in ("", " \n\t ", "\x00"):
        with pytest.raises(DataError, match=r"the text has no word; give at least one"):
            explain(network, text)
    closed = network_of(vocabulary=Vocabulary(("<unk>", "good", "bad", "not", "the", "film")))
    with pytest.raises(DataError, match=r"'goood' is not among the 6 words.*did you mean 'good'"):
        explain(closed, "goood film")


def test_words_in_pieces_are_cut_as_in_training():
    pieces = Vocabulary(("<unk>", "good", "un", "##ness", "##good", "film"), unknown=0)
    found = explain(network_of(vocabulary=pieces), "ungood film goodness xyz")
    assert found.words == ("un", "##good", "film", "good", "##ness", "xyz")
    assert found.known == (True, True, True, True, True, False)


def test_hostile_text_and_names_never_become_markup():
    names = ("<script>alert(1)</script>", "b&c", "'\"")
    hostile = Vocabulary(("<unk>", "<b>", "a&b"), unknown=0)
    found = explain(network_of(classes=names, vocabulary=hostile), "<img src=x onerror=alert(1)> & 'x'")
    page = found._repr_html_()
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert page.count("<tr>") == 1 + len(found) + 4
    assert "<em>not known</em>" in page
    assert page.count("<td") == 3 * (len(found) + 4)
    plain = found.ledger._repr_html_()
    assert "token 3" in plain
    assert "class 2" in plain


def test_a_long_text_shows_its_most_telling_words_in_a_notebook():
    found = explain(network_of(), "the " * 600 + "good ")
    page = found._repr_html_()
    assert page.count('<th scope="row"') == 200 + 1 + 4
    assert ">good<" in page
    assert "401 words more" in page


@pytest.mark.parametrize("cell", ["gru", "lstm", "ugrnn", "vanilla"])
def test_the_parts_sum_to_the_logits_on_natural_texts(cell, data_dir, monkeypatch):
    """Two hundred texts as they come, a network of each cell."""
    # Checked at every step of every text, annotations take longer than the steps; other tests have them checked.
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    documents = read_task(Source(task="sst5", data_dir=str(data_dir)))
    network = Classifier.build(documents.train, cell=cell, hidden=24, seed=0).double()
    texts = documents.test.take(200, seed=0)
    with torch.no_grad():
        network.embedding.weight.mul_(10)
    logits, explainer = network.logits(texts), Explainer(network)
    assert len(texts) == 200
    for number in range(200):
        found = explainer.explain(" ".join(word for word in texts.words(number)).replace("<unk>", "qqzzqq"))
        ledger = found.ledger
        assert len(found) == texts.lengths[number]
        parts = ledger.start + (ledger.input_part + ledger.drift_part).sum(dim=0)
        assert (parts - logits[number]).abs().max() < 1e-10
        assert (ledger.linear + ledger.remainder - logits[number]).abs().max() < 1e-10


def test_the_share_that_is_not_linear():
    found = explain(network_of(), "good film not bad")
    ledger = found.ledger
    own = [float(found.towards(found.foremost, part).abs().sum()) for part in (ledger.wordless, ledger.evidence)]
    left = abs(float(found.towards(found.foremost, ledger.remainder)))
    assert found.not_linear == pytest.approx(left / (math.fsum(own) + left))
    assert 0 < found.not_linear < 1
