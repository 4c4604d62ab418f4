"""Diffusion: how technologies grow, spread, learn and replace one another, with honest uncertainty.

In reading order:

- growth: ``growth_curves``, ``growth_errors``, ``growth_series``, ``growth_fit``, ``bass_fit``; their posterior and average:
  ``growth_posterior``, ``growth_average``; forecasts from earlier years: ``growth_hindcast``; ``least_squares``
- life cycle: ``life_cycle``, ``stage_calibration``
- adoption across places: ``adoption_dates``, ``adoption``
- learning curves: ``learning_curves``, ``learning_forecast``, ``learning_crossing``; their record: ``learning_hindcast``,
  ``learning_calibration``; many technologies at once: ``learning``, with ``learning_table`` and ``learning_sentences``
- substitution: ``fisher_pry``; many markets at once: ``substitution``, with ``substitution_sentences``; ``competition``,
  ``interaction``
- across records: ``same_company``, ``take_off``, ``lead_lag``, ``following``, ``readiness``
"""
