"""Views: pages, prints, reports and files, drawn from tables, messages and facts and from nothing
else."""
