"""Nested cross-validation over OpenAlex subfields: all topics of a subfield are held out together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from benchmarks.areas.candidates import CANDIDATES, PHRASES, Candidate, Floats, fit
from benchmarks.areas.labelled import (
    Labelled,
    key_phrases,
    own_text,
    phrase_shares,
    split_all,
    vectorise,
    vocabulary,
)
from sklearn.metrics import confusion_matrix, f1_score
from sklearn.model_selection import StratifiedGroupKFold

from firstlight.instruments.emergence.areas import phrase_support

CODES = ("energy", "health", "information", "manufacturing", "materials", "none", "space")
MINIMUM = 3  # texts that use a feature
TEMPERATURES = np.geomspace(0.05, 20.0, 61)
Rows = npt.NDArray[np.int64]
ENOUGH = 0.2  # share of a text from which key phrases say no more
TOLERANCE = 1.1  # how far above the lowest log loss a candidate may lie


class Texts:
    """The labelled topics and our own descriptions, split into words once."""

    def __init__(self, data: Labelled) -> None:
        own, codes = own_text()
        self.full, self.brief, self.own = (
            split_all(data.full),
            split_all(data.brief),
            split_all(own),
        )
        self.domain = [a + b for a, b in zip(self.full, split_all(data.domain), strict=True)]
        self.own_area = np.array([code.split("/")[0] for code in codes])
        self.area, self.group = data.area, data.group
        phrases = key_phrases()
        self.support = np.array(
            [
                phrase_support(phrase_shares(split, phrases, CODES), ENOUGH)
                for split in (self.full, self.brief)
            ]
        )


def scores(candidates: Sequence[Candidate], texts: Texts, train: Rows, test: Rows) -> list[Floats]:
    """Log-odds (2, tests, A) of every candidate, on whole texts and on names alone; the training
    part's vocabulary."""
    fitted: dict[Candidate, Floats] = {}
    for domain in sorted({candidate.domain for candidate in candidates}):
        source = texts.domain if domain else texts.full
        learn = [source[i] for i in train] + texts.own
        rows, idf = vocabulary(learn, MINIMUM)
        x, labels = vectorise(learn, rows, idf), np.concatenate([texts.area[train], texts.own_area])
        is_own = np.arange(len(learn)) >= len(train)
        held = [
            vectorise([split[i] for i in test], rows, idf) for split in (texts.full, texts.brief)
        ]
        for candidate in {c.fitted_like() for c in candidates if c.domain == domain}:
            weights, intercept = fit(candidate, x, labels, is_own, CODES)
            fitted[candidate] = np.array([one @ weights + intercept for one in held])
    return [fitted[c.fitted_like()] + c.phrase * texts.support[:, test] for c in candidates]


def out_of_fold(
    candidates: Sequence[Candidate], texts: Texts, rows: Rows, folds: int, seed: int
) -> list[Floats]:
    """Log-odds (2, rows, A) of every candidate, each row scored by a fit that saw nothing of its
    subfield."""
    out = [np.zeros((2, len(rows), len(CODES))) for _ in candidates]
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    for train, test in splitter.split(rows, texts.area[rows], texts.group[rows]):
        for result, part in zip(
            out, scores(candidates, texts, rows[train], rows[test]), strict=True
        ):
            result[:, test] = part
    return out


def macro_f1(truth: npt.NDArray[np.str_], log_odds: Floats) -> float:
    return float(
        f1_score(truth, answers(log_odds), average="macro", labels=list(CODES), zero_division=0)
    )


def answers(log_odds: Floats) -> npt.NDArray[np.str_]:
    return np.array(CODES)[log_odds.argmax(axis=1)]


def probabilities(log_odds: Floats, temperature: float) -> Floats:
    exponents = np.exp((log_odds - log_odds.max(axis=1, keepdims=True)) / temperature)
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))


def log_loss(truth: npt.NDArray[np.str_], chances: Floats) -> float:
    column = np.array([CODES.index(code) for code in truth])
    return float(-np.mean(np.log(np.maximum(chances[np.arange(len(truth)), column], 1e-15))))


def best_temperature(truth: npt.NDArray[np.str_], log_odds: Floats) -> tuple[float, float]:
    """The temperature with the lowest log loss, and that loss in nats."""
    losses = [log_loss(truth, probabilities(log_odds, t)) for t in TEMPERATURES]
    return round(float(TEMPERATURES[int(np.argmin(losses))]), 3), min(losses)


@dataclass(frozen=True)
class Tried:
    """What a candidate reached on held-out subfields, whole texts and names alone taken together."""

    candidate: Candidate
    accuracy: float
    macro_f1: float
    log_loss: float
    temperature: float


def try_all(texts: Texts, rows: Rows, folds: int, seed: int) -> list[Tried]:
    """Every candidate on folds of subfields within ``rows``."""
    candidates = [
        replace(candidate, phrase=phrase) for candidate in CANDIDATES for phrase in PHRASES
    ]
    truth = np.tile(texts.area[rows], 2)
    tried = []
    for candidate, both in zip(
        candidates, out_of_fold(candidates, texts, rows, folds, seed), strict=True
    ):
        result = both.reshape(-1, len(CODES))
        temperature, loss = best_temperature(truth, result)
        accuracy = float(np.mean(answers(result) == truth))
        tried.append(Tried(candidate, accuracy, macro_f1(truth, result), loss, temperature))
    return tried


def choose(tried: Sequence[Tried]) -> Tried:
    """The best macro-F1 among those whose log loss lies near the lowest: areas are rare,
    probabilities are shown."""
    lowest = min(one.log_loss for one in tried)
    near = [one for one in tried if one.log_loss <= TOLERANCE * lowest]
    return max(near, key=lambda one: (round(one.macro_f1, 4), -one.log_loss))


@dataclass(frozen=True)
class Evaluation:
    """Held-out answers of the nested choice: (2, n, A) on whole texts and on names alone."""

    truth: npt.NDArray[np.str_]
    group: npt.NDArray[np.str_]
    log_odds: Floats
    probabilities: Floats
    chosen: list[Tried]


def evaluate(texts: Texts, outer: int = 8, inner: int = 4, seed: int = 2024) -> Evaluation:
    everything = np.arange(len(texts.area))
    log_odds, chances = (np.zeros((2, len(everything), len(CODES))) for _ in range(2))
    chosen = []
    splitter = StratifiedGroupKFold(outer, shuffle=True, random_state=seed)
    for fold, (train, test) in enumerate(splitter.split(everything, texts.area, texts.group)):
        best = choose(try_all(texts, train, inner, seed + 1 + fold))
        log_odds[:, test] = scores([best.candidate], texts, train, test)[0]
        chances[:, test] = [probabilities(one[test], best.temperature) for one in log_odds]
        chosen.append(best)
        print(
            f"  fold {fold + 1}/{outer}: {best.candidate}, temperature {best.temperature}",
            flush=True,
        )
    return Evaluation(texts.area, texts.group, log_odds, chances, chosen)


def gain_over_majority(
    truth: npt.NDArray[np.str_], guess: npt.NDArray[np.str_], group: npt.NDArray[np.str_]
) -> tuple[float, float]:
    """Accuracy minus that of always answering none, with its standard error.

    Topics of a subfield share a label, so the error is taken over subfields, not over topics
    (Cameron, Miller 2015).
    """
    gain = (guess == truth).astype(float) - (truth == "none")
    sums = [np.sum(gain[group == one] - gain.mean()) for one in np.unique(group)]
    return float(gain.mean()), float(np.sqrt(np.sum(np.square(sums))) / len(gain))


def report(result: Evaluation) -> str:
    """The table: accuracy and macro-F1 beside the majority baseline, calibration, and the confusion
    matrix."""
    truth, majority = result.truth, np.full(len(result.truth), "none")
    base = np.array([[float(np.mean(truth == code)) for code in CODES]] * len(truth))
    whole, brief = (answers(one) for one in result.log_odds)
    lines = [f"{'':32}accuracy  macro-F1  log loss"]
    for name, answer, chance in (
        ("majority (none), base rates", majority, base),
        ("nested choice, whole texts", whole, result.probabilities[0]),
        ("nested choice, names alone", brief, result.probabilities[1]),
    ):
        score = f1_score(truth, answer, average="macro", labels=list(CODES), zero_division=0)
        lines.append(
            f"{name:32}{np.mean(answer == truth):8.3f}  {score:8.3f}  {log_loss(truth, chance):8.3f}"
        )
    gain, error = gain_over_majority(truth, whole, result.group)
    lines.append(
        f"gain in accuracy over the majority {gain:.3f}, standard error over subfields {error:.3f}"
    )
    lines += ["", *_reliability(result), "", *_confusion(truth, whole)]
    return "\n".join(lines)


def _reliability(result: Evaluation) -> list[str]:
    """How often the answer is right, by the probability that it was given."""
    lines = ["probability of the answer: texts, share that is right (whole texts | names alone)"]
    for low in np.arange(0.3, 1.0, 0.1):
        cells = []
        for chance in result.probabilities:
            inside = (chance.max(axis=1) >= low) & (chance.max(axis=1) < low + 0.1 + 1e-9)
            right = np.array(CODES)[chance.argmax(axis=1)] == result.truth
            cells.append(
                f"{inside.sum():5d} {right[inside].mean() if inside.any() else np.nan:5.2f}"
            )
        lines.append(f"  {low:.1f}-{low + 0.1:.1f}   " + "  |  ".join(cells))
    return lines


def _confusion(truth: npt.NDArray[np.str_], guess: npt.NDArray[np.str_]) -> list[str]:
    each = f1_score(truth, guess, average=None, labels=list(CODES), zero_division=0)
    head = f"{'':14}" + "".join(f"{code[:7]:>9}" for code in CODES) + "   recall       F1"
    lines = ["whole texts, rows: crosswalk, columns: answer", head]
    for code, row, f1 in zip(
        CODES, confusion_matrix(truth, guess, labels=list(CODES)), each, strict=True
    ):
        recall = row[CODES.index(code)] / row.sum()
        lines.append(f"{code:14}" + "".join(f"{n:9d}" for n in row) + f"{recall:9.2f}{f1:9.2f}")
    return lines
