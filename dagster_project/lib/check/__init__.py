"""What a landing folder, mappings and seeds would make of a run, said before dbt starts and without it.

Here belong the questions asked of files and raw tables: is there anything to publish, what is read and what is not,
which words nobody knows, what will be missing. Loading is `lib.ingest`; every number of the marts is dbt's. What
`plumbline init` writes from the same files is `lib.first_rules`.
"""
