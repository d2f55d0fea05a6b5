"""What `plumbline init` writes for a company that begins: a mapping of its files, and seeds for the words in them.

Here belong guesses: which object a file holds, which of its columns is which, how its dates and numbers are written,
what its stages, sources and touches mean. Every guess is marked where it is written, or in GUESSES.md beside the seeds.
What a run makes of it is said by `lib.check`.
"""
