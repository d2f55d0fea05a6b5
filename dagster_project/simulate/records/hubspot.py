"""The CRM's records as a connector lands HubSpot: one folder per table, ids are numbers, properties have a prefix.

Tables (key; version): what is in them
- deal (deal_id; property_hs_lastmodifieddate): opportunities. `is_deleted` flags deletions and merged duplicates, which
  `property_hs_merged_object_ids` of the deal that stays names from then on. `deal_pipeline_stage_id` is a stage's id.
  `property_closedate` is midnight of the day. Without a history of properties,
  `property_hs_v2_date_entered_<stage id>` and `..._exited_...` tell when it last entered and left each stage.
- deal_property_history (deal_id, name, timestamp): every value of a property, the first included, '' when emptied;
  owners by owner id, stages by stage id. `source_id` is `userId:<id of users>` where a person made the change.
- merged_deal (deal_id, merged_deal_id): deals and the duplicates that were merged into them.
- deal_pipeline (pipeline_id; updated_at), deal_pipeline_stage (pipeline_id, stage_id; updated_at): labels are the stage
  names that the seeds know; probabilities are between 0 and 1.
- company (id; property_hs_lastmodifieddate), contact (id; property_lastmodifieddate): a merged one is deleted
  (`is_deleted` of companies, `_fivetran_deleted` of contacts). A lead is a contact.
- contact_property_history (contact_id, name, timestamp): as for deals; absent with it.
- owner (owner_id; updated_at), users (id; _fivetran_synced), role (id): `active_user_id` leads from an owner to the
  user who is named in histories and in `property_hs_created_by_user_id`.
- engagement (id), engagement_call, engagement_email, engagement_meeting, engagement_task (engagement_id;
  property_hs_lastmodifieddate): call durations in milliseconds, call outcomes by HubSpot's own ids.
- deal_company, deal_contact, engagement_contact, engagement_company, engagement_deal (both ids; _fivetran_synced):
  associations, kinds by HubSpot's numbers; `_fivetran_deleted` when one ends. Everybody from outside who is invited to
  a meeting is associated with it.

The company's own properties: deals have `deal_source` (the claimed source) and `campaign` (id of a campaign in the flat
files), contacts `contact_source`, companies `segment` and `territory`. Quotas, campaigns, their members, costs and
staff history are in the flat files, under these ids. There is no table of exchange rates: `property_hs_exchange_rate`
is what a unit of the deal's currency was worth in USD at creation. Instants are UTC; `_fivetran_synced` is up to 16
minutes later.
"""

from __future__ import annotations

from collections.abc import Mapping

from dagster_project.simulate.records.hubspot_contacts import contact_tables
from dagster_project.simulate.records.hubspot_deals import deal_tables
from dagster_project.simulate.records.hubspot_engagements import engagement_tables
from dagster_project.simulate.records.hubspot_people import companies, staff
from dagster_project.simulate.records.salesforce_people import Ids
from dagster_project.simulate.records.tables import Table
from dagster_project.simulate.world.build import World


def hubspot_tables(world: World, ids: Ids, crm: Mapping[str, Table]) -> list[Table]:
    """Every table of HubSpot; `crm` are the block's Salesforce tables by name, whose records they are."""
    return [
        *deal_tables(world, ids, crm),
        companies(world, ids, crm["Account"]),
        *contact_tables(world, ids, crm),
        *engagement_tables(world, ids, crm),
        *(staff(world, ids, crm) if world.is_first else []),
    ]
