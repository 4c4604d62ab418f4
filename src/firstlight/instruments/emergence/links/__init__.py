"""New links: pairs of technologies that hardly ever stood in one document, and soon will."""
