"""Deals that were entered twice in HubSpot and merged into the right one after weeks: an innocent twin of padding.

Only HubSpot knows them. A duplicate is open below the bar, with an amount and without any conversation, until the merge
deletes it; who counts merged deals as lost, or as deleted, is wrong.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Frame, Ints, as_of, concat, full, sample, stream, take
from dagster_project.simulate.records.tables import Table
from dagster_project.simulate.timeline import DAY, later
from dagster_project.simulate.vocabulary import DISCOVERY
from dagster_project.simulate.world.build import World
from dagster_project.simulate.world.patterns import is_free

# What HubSpot's deals take of the CRM's versions.
DEAL_COLUMNS = (
    "StageName", "Amount", "CloseDate", "OwnerId", "AccountId", "LeadSource", "CampaignId", "NextStep",
    "Loss_Reason__c", "CreatedDate", "CreatedById", "LastModifiedById", "IsDeleted",
)  # fmt: skip


def merged_deals(world: World) -> Frame:
    """The duplicates: `deal` (the right one's row), `created`, `merged_at`; they are numbered after all deals."""
    rng = stream(world.options.seed, "merged deals")
    deals = world.deals
    count = len(deals["created"])
    created = later(deals["created"], 0.5 + 4 * rng.random(count))
    merged_at = later(created, 17 + 25 * rng.random(count))
    honest = is_free(deals) & ~deals["won"] & (deals["deleted_at"] == NULL)
    fits = honest & (merged_at + DAY < np.minimum(deals["life_end"], world.timeline.end))
    rows = np.flatnonzero(sample(rng, fits, round(world.options.rates.merged_deals * int(honest.sum()))))
    return {"deal": rows, "created": created[rows], "merged_at": merged_at[rows]}


def duplicate_versions(opportunities: Table, merged: Frame, deal: Ints) -> Frame:
    """Versions of the duplicates, at creation and at the merge, in the right ones' columns; numbers are `deal`."""
    position = np.arange(len(opportunities.key))
    found = as_of(opportunities.key, opportunities.modified, position, merged["deal"], merged["created"])
    columns = {name: opportunities.columns[name].values[found] for name in DEAL_COLUMNS} | {"row": found}
    columns |= {"StageName": full(len(deal), DISCOVERY), "CreatedDate": merged["created"]}
    columns["CreatedById"] = columns["OwnerId"]
    columns["LastModifiedById"] = columns["OwnerId"]
    entered = columns | {"deal": deal, "at": merged["created"]}
    both = concat([entered, entered | {"at": merged["merged_at"], "IsDeleted": np.ones(len(deal), dtype=np.bool_)}])
    return take(both, np.lexsort((both["at"], both["deal"])))
