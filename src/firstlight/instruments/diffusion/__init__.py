"""Diffusion: how technologies grow, spread, learn and replace one another, with honest uncertainty.

In reading order:

- growth: ``growth_curves``, ``growth_errors``, ``growth_series``, ``growth_fit``, ``bass_fit``;
  their posterior and average: ``growth_posterior``, ``growth_average``; forecasts from earlier
  years: ``growth_hindcast``; ``least_squares``
- life cycle: ``life_cycle``, ``stage_calibration``; ``life_stages``
- adoption across places: ``adoption_lags``
- learning curves: ``cost_learning``
- substitution: ``market_takeover``; ``competition``, ``two_technologies``
- across records: ``same_company``, ``take_off``, ``lead_lag``, ``tracing``, ``readiness``
"""
