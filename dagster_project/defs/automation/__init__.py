"""When and how assets run: the daily job, its schedule, and policies mapped over all assets once."""
