"""The rooms of productivity's tests: what they share, ``dense_distances``, ``invented_farms`` and
``every_instrument``, lies here and is found from each."""
