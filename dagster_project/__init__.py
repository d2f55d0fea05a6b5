"""Plumbline's Python side: Dagster definitions (`defs/`), what they call (`lib/`), contracts and the sample company.

Python moves bytes and asks questions; every number is made in SQL under `dbt/`.
"""
