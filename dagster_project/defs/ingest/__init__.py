"""Extracts and raw tables: one asset per source object, and the ledger over them."""
