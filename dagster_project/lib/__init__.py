"""Plain, typed functions without Dagster: settings, ingest, gate, publish and the daily run's plumbing."""
