"""Networks: who works with whom, who bridges, who could work together, who moves, and who
contributed what."""
