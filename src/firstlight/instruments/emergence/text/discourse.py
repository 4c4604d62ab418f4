"""Words of scientific and legal discourse, which say what an author does, not what a thing is."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def discourse() -> dict[str, list[str]]:
    """Words that no name begins with (first) or ends with (last), and that follow names.

    Of those that follow (uses, products) names end before the former. Nouns_like_verbs end as
    participles and adverbs do, and are neither.
    """
    text = files(__package__).joinpath("discourse.toml").read_text(encoding="utf-8")
    return {place: sorted(set(words.split())) for place, words in tomllib.loads(text).items()}
