"""Which outline is which place: names matched exactly first, then without the words for what kind
of place it is."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firstlight.errors import InputError
from firstlight.sources.outlines import Outlines
from firstlight.texts import Name, Value, message, names

RUN = Path(__file__).parent
MOST_TOLD = 12  # properties that an error lists
PEOPLES = (
    "壮族|回族|维吾尔|藏族|羌族|彝族|苗族|侗族|土家族|布依族|哈尼族|傣族|白族|景颇族|傈僳族|朝鲜族|蒙古族|蒙古|哈萨克|"
    "柯尔克孜|黎族|满族|瑶族|土族|撒拉族|东乡族|裕固族|保安族|仫佬族|毛南族|水族|仡佬族|畲族|拉祜族|佤族|纳西族|独龙族|怒族"
)
_CHINESE = re.compile(
    rf"(?<=..)(?:(?:{PEOPLES})*(?:自治区|自治州|自治县)|特别行政区|地区|[省市县盟州])$"
)
_AFTER = re.compile(
    r"\s+(?:province|state|county|prefecture|region|district|department|municipality|parish|"
    r"governorate|oblast)$"
)
_BEFORE = re.compile(
    r"^(?:province|state|county|prefecture|region|district|department|municipality) of "
)


@dataclass(frozen=True)
class Matched:
    """Places and the features that are theirs.

    taken     : the property that names outlines
    features  : name of an outline -> positions of its features in the file
    exact     : place -> name of its outline, the same text
    by_rule   : place -> name of its outline, by a rule for names that are not the same text
    ambiguous : places that the rule would give an outline, were it the only one
    """

    taken: str
    features: Mapping[str, Sequence[int]]
    exact: Mapping[str, str]
    by_rule: Mapping[str, str]
    ambiguous: Collection[str]

    @property
    def outline_of(self) -> dict[str, str]:
        """Place -> name of its outline."""
        return {**self.exact, **self.by_rule}


def plain_name(name: str) -> str:
    """A name without case, accents and the word for its kind of place.

    >>> [plain_name(name) for name in ("广西壮族自治区", "吉林省", "County of Córdoba", "Orange County",
    ...     "北京")]
    ['广西', '吉林', 'cordoba', 'orange', '北京']
    """
    letters = unicodedata.normalize("NFKD", name.casefold())
    text = "".join(letter for letter in letters if not unicodedata.combining(letter))
    text = " ".join(unicodedata.normalize("NFC", text).split())
    return _CHINESE.sub("", _BEFORE.sub("", _AFTER.sub("", text)))


def match_names(places: Iterable[str], outlines: Outlines, asked: str | None) -> Matched:
    """Match the places of a table with the outlines of a file, by a property that was asked for or
    the one that matches most.

    Raises  InputError for a property that no feature has, or where none matches a place.
    """
    wanted = sorted(set(places))
    known = outlines.properties()
    about: dict[str, Value[Any]]
    about = {"file": Name(outlines.snapshot.path), "known": names(known, MOST_TOLD)}
    if not known:
        raise InputError(message("no_properties", **about), RUN)
    if asked is not None and asked not in known:
        raise InputError(message("no_property", name=Name(asked), **about), RUN)
    properties = known if asked is None else [asked]
    tried = [_by(wanted, outlines, name) for name in properties]
    # the most places, then the most of them exactly, then the fewest features to a name; ties by
    # the order in the file
    best = max(tried, key=lambda own: (len(own.outline_of), len(own.exact), len(own.features)))
    if not best.outline_of:
        about["examples"] = names(list(tried[0].features)[:3])
        about["places"] = names(wanted[:3])
        if asked is not None:
            raise InputError(message("property_fits_none", name=Name(asked), **about), RUN)
        raise InputError(message("no_property_fits", **about), RUN)
    return best


def _by(places: Sequence[str], outlines: Outlines, name: str) -> Matched:
    features: dict[str, list[int]] = {}
    for number, own in enumerate(outlines.outlines):
        if name in own.properties:
            features.setdefault(unicodedata.normalize("NFC", own.properties[name]), []).append(
                number
            )
    normal = {place: unicodedata.normalize("NFC", place.strip()) for place in places}
    same = Counter(
        normal.values()
    )  # one text, written with other code points, is not two places of one outline
    exact = {place: text for place, text in normal.items() if text in features and same[text] == 1}
    alike, of_outline = Counter(map(plain_name, places)), dict[str, list[str]]()
    for text in features:
        of_outline.setdefault(plain_name(text), []).append(text)
    by_rule, ambiguous = {}, []
    for place in places:
        fitting = of_outline.get(plain_name(place), [])
        if place in exact or not fitting:
            continue
        if (
            len(fitting) == 1 and alike[plain_name(place)] == 1
        ):  # so that no other place has it exactly, either
            by_rule[place] = fitting[0]
        else:
            ambiguous.append(place)
    return Matched(name, features, exact, by_rule, ambiguous)
