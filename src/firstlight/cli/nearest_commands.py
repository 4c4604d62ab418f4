"""The commands that a person's words ask for, where no command is called so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from firstlight.cli.arguments import VERBS
from firstlight.cli.parser import CLI
from firstlight.errors import shown
from firstlight.texts import LANGUAGES, Name


def asked_in_words(given: Sequence[str]) -> str:
    """What stands where a command should, or a measurement, and is none; "" where all is well.

    >>> asked_in_words(["supplier", "stops"]), asked_in_words(["measure", "jobs", "--lang", "zh"])
    ('supplier stops', 'jobs')
    >>> asked_in_words(["observe", "papers.csv"]), asked_in_words(["measure", "growth"])
    ('', '')
    """
    known = set[str](VERBS)
    if given[:1] == ["measure"]:
        from firstlight.measurement import folders  # slow, and the other verbs don't need it

        known, given = set(folders()), given[1:]
    if not given or given[0] in known:
        return ""
    # What has an equals sign may be a key, which nothing repeats.
    return " ".join(takewhile(lambda word: word[:1] != "-" and "=" not in word, given))


def nearest_commands(phrase: str) -> list[str]:
    """The names of verbs and measurements, three at most, that a phrase asks for.

    >>> nearest_commands("obsrve"), nearest_commands("下一个风口")[0]
    (['observe'], 'observe')
    """
    from firstlight.measurement import speaking_of

    words = {}
    for verb in VERBS:
        also = [CLI.in_language(lang, "help", verb, "also") for lang in LANGUAGES]
        does = [CLI.say(lang, "help", verb, "verb") for lang in LANGUAGES]
        words[verb] = {"called": "\n".join([verb, *also]), "answers": "\n".join(does)}
    return speaking_of(phrase, words)


def nearest_lines(phrase: str, lang: str) -> Iterator[str]:
    """What to say of a phrase: the commands to type, each with the question that it answers."""
    from firstlight.measurement import question_of

    found = nearest_commands(phrase)
    yield CLI.say(lang, "nearest" if found else "nothing_near", asked=shown(phrase))
    for name in found:
        is_verb = name in VERBS
        yield f"  firstlight {name}" if is_verb else f"  firstlight measure {name}"
        yield f"      {CLI.say(lang, 'help', name, 'verb') if is_verb else question_of(name, lang)}"
    yield CLI.say(lang, "see_help", program=Name("firstlight measure"))
