"""Extracts and their files: which versions each one takes, in what format, and what is wrong with it."""
