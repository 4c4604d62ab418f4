from dataclasses import fields

import numpy as np
import polars as pl
import pytest
from benchmarks.technology_codes import calibrate
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from firstlight.instruments.concordance.technology_codes.code_choice import OF_DOUBT
from firstlight.instruments.concordance.technology_codes.coded_texts import LISTS
from firstlight.instruments.concordance.technology_codes.technology_codes import ALL, RECORD


def planted(slopes, count, seed=0):
    """Readings of lists whose answers come true with these slopes, without doubt."""
    random = np.random.default_rng(seed)
    place = np.repeat(np.arange(len(slopes)), count)
    odds = random.normal(0.3, 1.5, len(place))
    right = random.random(len(place)) < expit(-0.2 + np.array(slopes)[place] * odds)
    usual = calibrate.USUAL + calibrate.VARIES * random.normal(0, 1, (len(place), len(OF_DOUBT)))
    chinese = random.random(len(place)) < 0.5
    return calibrate.Readings(place, chinese, odds, usual, right, np.full(len(place), -1))


def stated(told):
    """What is stated for the answers of these readings."""
    kept = calibrate.calibrations(told)
    chances = np.zeros(len(told.odds))
    for row, (place, chinese) in enumerate(zip(told.place, told.chinese, strict=True)):
        own = kept[LISTS[place]]
        level, slope = own["calibration"]["zh" if chinese else "en"]
        chances[row] = expit(level + slope * told.odds[row] + told.doubts[row] @ own["of_doubt"])
    return chances


def test_answers_come_true_as_often_as_is_stated_in_each_list():
    told = planted([0.6, 0.8, 1.0, 1.2, 1.4], 1000)
    chances = stated(told)
    for place in range(len(LISTS)):
        own = told.place == place
        assert chances[own].mean() == pytest.approx(told.right[own].mean(), abs=0.005)
        refit = LogisticRegression(C=1e9).fit(
            np.log(chances[own] / (1 - chances[own]))[:, None], told.right[own]
        )
        # a slope is known to .08 from 1,000 readings, and its prior is .2 wide: of the .4 between
        # a list and what all have in common, a seventh stays
        assert refit.coef_[0, 0] == pytest.approx(1, abs=0.1)


def test_a_list_with_few_readings_has_what_all_have_in_common():
    slopes = [0.8, 0.8, 0.8, 0.8, 3.0]
    many, few = planted(slopes, 1000), planted(slopes, 10, seed=1)
    names = [field.name for field in fields(calibrate.Readings)]
    parts = many.rows(many.place < 4), few.rows(few.place == 4)
    kept = calibrate.Readings(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in names)
    )
    found = calibrate.calibrations(kept)
    alone = calibrate.calibrations(many)
    assert found[LISTS[4]]["calibration"]["en"][1] == pytest.approx(0.8, abs=0.25)
    assert alone[LISTS[4]]["calibration"]["en"][1] > 2


def test_the_fifth_set_is_kept_from_the_calibration():
    held = pl.read_csv(calibrate.HELD_OUT, infer_schema=False)
    fifth = held.filter(~pl.col("set").is_in(calibrate.ASKED))
    seen = held.filter(pl.col("set").is_in(calibrate.ASKED))
    assert fifth["set"].unique().to_list() == ["fifth"]
    assert not set(fifth["name_en"].str.to_lowercase()) & set(seen["name_en"].str.to_lowercase())


def test_slopes_of_the_record_by_names_are_near_one_in_each_list():
    record = pl.read_csv(RECORD).filter(pl.col("language").is_in(["en", "zh"]))
    assert set(record["classification"]) == {*LISTS, ALL}
    assert record["slope"].is_between(0.9, 1.1).all()
