"""Plumbline's Python side: Dagster definitions (`defs/`), what they call (`lib/`), source contracts and the sample company.

Python moves bytes and asks questions; every number is made in SQL under `dbt/`.
"""
