"""What links technologies to codes: the texts, senses and weights that ship, and their record."""
