"""Talent: stocks and flows of people, the relatedness of skills, graduates against demand."""
