"""Emergence: from dated documents to technologies, forecasts and their record.

In reading order:

- words and terms: ``text``, ``terms``, ``vocabulary``
- technologies: ``communities``, ``survey``, ``labels``, ``identity``, ``areas``; from counts alone: ``survey_counts``
- measures: ``shares``, ``targets``, ``indicators`` (with ``indicator_table``), ``bursts``, ``trend``, ``trend_forecast``
- forecasts: ``features``, ``forecasts``, ``baselines``, ``skill``, ``record``
- what is shown: ``observation`` (with ``observation_units``), ``sky_map``, ``findings``, ``comparability``
- kept and compared: ``survey_tables``, ``near_duplicates``, ``recovery``
"""
