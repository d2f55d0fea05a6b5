"""Drift: columns that came, went, were renamed or hold another type, against the file before."""

from __future__ import annotations

import json

from landing_zone import LandingZone

FOLDER = "generic/opportunities"


def test_drift_is_told_against_the_previous_file(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/2026-01-05.csv", "opportunity_id,stage,Old__c\n1,New,x\n")
    zone.load()
    zone.write(f"{FOLDER}/2026-01-06.csv", "opportunity_id,Old__c,New__c\n1,x,y\n")
    report = zone.load()
    assert report.drift == [
        f"{FOLDER}/2026-01-06.csv: the declared column 'stage' is no longer there.",
        f"{FOLDER}/2026-01-06.csv: the column 'New__c' is new and not declared.",
    ]
    assert report.loaded[0].new_columns == ("New__c",)
    assert "stage" in report.loaded[0].missing_columns
    stored = zone.rows("select new_columns from raw.plumbline_files where file_path like '%06.csv'")
    assert json.loads(stored[0][0]) == ["New__c"]


def test_renamed_and_retyped_columns_are_told(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/2026-01-05.csv", "opportunity_id,Old__c,amount\n1,x,1\n2,y,2\n")
    zone.load()
    zone.write(f"{FOLDER}/2026-01-06.csv", "opportunity_id,New__c,amount\n1,x,$1\n2,y,$2\n")
    zone.write(f"{FOLDER}/2026-01-07.csv", "stage,New__c,amount\nNew,x,1\n")
    assert zone.load().drift == [
        f"{FOLDER}/2026-01-06.csv: the column 'New__c' is new and not declared.",
        f"{FOLDER}/2026-01-06.csv: the column 'New__c' stands where 'Old__c' was: renamed?",
        f"{FOLDER}/2026-01-06.csv: most values of the column 'amount' can't be read as its type: re-typed?",
        f"{FOLDER}/2026-01-07.csv: the column 'opportunity_id' (or id, deal_id) is missing, needed for the required "
        "column 'opportunity_id' of opportunities. The file has: stage, New__c, amount.",
    ]
