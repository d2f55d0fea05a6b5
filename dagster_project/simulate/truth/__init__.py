"""What really happened, for tests to compare with. No asset may read it."""
