"""Production functions of firms, markups and dispersion."""
