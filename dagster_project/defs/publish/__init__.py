"""Published marts: what BI tools read."""
