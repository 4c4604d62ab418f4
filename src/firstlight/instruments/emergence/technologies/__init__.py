"""Technologies: named things in all their forms, and their documents by year."""
