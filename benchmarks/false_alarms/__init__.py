"""How often tests of structure find something where there is nothing."""
