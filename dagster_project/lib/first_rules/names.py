"""What columns and files of exports are called, in the words of vendors and people: lower case, letters and digits.

Names are ordered: of two columns that could be one declared column, the one whose name stands earlier is taken.
"""

from __future__ import annotations

import re

FILES: dict[str, tuple[str, ...]] = {
    "opportunity_changes": ("opportunityhistory", "dealhistory", "stagehistory", "changes", "history", "hist"),
    "opportunity_contacts": ("opportunitycontact", "dealcontact", "contactrole"),
    "quotas": ("quota", "target", "goal"),
    "touches": ("touch", "campaignmember", "response", "formfill"),
    "activities": ("activit", "meeting", "call", "task", "email", "event"),
    "costs": ("cost", "spend", "budget"),
    "campaigns": ("campaign", "program"),
    "opportunities": ("opportunit", "deal", "pipeline", "sales", "potential"),
    "leads": ("lead", "prospect", "enquir", "inquir"),
    "contacts": ("contact", "person", "people"),
    "accounts": ("account", "compan", "organi", "customer", "client"),
    "users": ("user", "owner", "salesrep", "rep", "employee", "staff", "team"),
}
"""Object of `generic.yml` -> parts of file and folder names; the first object of the list that fits is tried first."""

COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "opportunities": {
        "opportunity_id": (
            *("opportunityid", "dealid", "recordid", "id", "dealnumber", "opportunitynumber", "potentialid"),
            *("opportunity", "dealno", "no", "number", "key", "crmid", "uuid", "guid", "reference", "ref"),
        ),
        "opportunity_name": (
            "opportunityname",
            "dealname",
            "name",
            "title",
            "dealtitle",
            "potentialname",
            "topic",
            "deal",
        ),
        "pipeline_id": ("pipelineid", "pipeline", "salespipeline", "dealpipeline", "process"),
        "stage": (
            *("stage", "dealstage", "stagename", "salesstage", "pipelinestage", "opportunitystage", "phase", "status"),
            *("dealstatus", "state", "statusreason"),
        ),
        "amount": (
            *("amount", "dealvalue", "value", "dealamount", "opportunityamount", "totalvalue", "acv", "arr", "tcv"),
            *("estrevenue", "estimatedrevenue", "estimatedvalue", "revenue", "price", "total", "closevalue"),
        ),
        "currency": ("currency", "currencycode", "currencyisocode", "dealcurrency", "amountcurrency"),
        "close_date": (
            *("closedate", "expectedclosedate", "expectedclose", "closingdate", "estclosedate", "estimatedclosedate"),
            *("duedate", "targetdate", "forecastdate"),
        ),
        "closed_at": (
            *(
                "closedat",
                "closedon",
                "closed",
                "closedtime",
                "actualclosedate",
                "actualclose",
                "dateclosed",
                "wontime",
            ),
            *("wondate", "wonlostdate"),
        ),
        "is_closed": ("isclosed", "closed", "closedflag"),
        "is_won": ("iswon", "won", "wonflag"),
        "owner_id": (
            *("ownerid", "opportunityowner", "dealowner", "owner", "salesrep", "salesagent", "salesperson", "rep"),
            *("accountexecutive", "accountmanager", "assignedto", "responsible", "user"),
        ),
        "account_id": (
            *(
                "accountid",
                "companyid",
                "organizationid",
                "customerid",
                "clientid",
                "accountname",
                "account",
                "company",
            ),
            *("associatedcompany", "organization", "organisation", "customer", "client"),
        ),
        "lead_id": ("leadid",),
        "source": ("leadsource", "source", "dealsource", "origin", "sourcechannel", "howtheyfoundus"),
        "primary_campaign_id": ("primarycampaignid", "campaignid", "primarycampaignsource", "campaign"),
        "forecast_category": ("forecastcategory", "forecast"),
        "probability": ("probability", "winprobability", "dealprobability", "probabilitypercent"),
        "opportunity_type": ("opportunitytype", "dealtype", "type", "typeofbusiness"),
        "loss_reason": ("lossreason", "lostreason", "closedlostreason", "reasonlost", "reason"),
        "next_step": ("nextstep", "nextaction"),
        "created_at": (
            *("createdat", "createddate", "createdate", "created", "createdon", "creationdate", "datecreated"),
            *("dealcreated", "addtime", "opened", "openedon", "engagedate", "startdate", "createdtime"),
        ),
        "modified_at": (
            *("modifiedat", "lastmodifieddate", "lastmodified", "modifiedon", "updatedat", "updated", "lastupdated"),
            *("updatetime", "modifiedtime", "modified", "systemmodstamp"),
        ),
    },
    "opportunity_changes": {
        "opportunity_id": ("opportunityid", "dealid", "recordid", "id", "caseid", "opportunity", "deal"),
        "field": ("field", "fieldname", "property", "propertyname", "column"),
        "old_value": ("oldvalue", "fromvalue", "from", "previousvalue", "fromstage", "oldstage"),
        "new_value": ("newvalue", "tovalue", "to", "value", "tostage", "newstage", "stage", "status"),
        "changed_at": (
            *(
                "changedat",
                "changedate",
                "changed",
                "timestamp",
                "editdate",
                "createddate",
                "date",
                "time",
                "enteredat",
            ),
            *("datetime", "at", "on", "when"),
        ),
        "changed_by_id": ("changedbyid", "changedby", "editedby", "createdby", "user"),
        "sequence_number": ("sequencenumber", "sequence"),
    },
    "opportunity_contacts": {
        "opportunity_id": ("opportunityid", "dealid", "opportunity", "deal"),
        "contact_id": ("contactid", "personid", "contact", "person"),
        "role": ("role", "contactrole"),
        "is_primary": ("isprimary", "primary"),
        "created_at": ("createdat", "createddate", "created"),
    },
    "accounts": {
        "account_id": (
            "accountid",
            "companyid",
            "organizationid",
            "customerid",
            "recordid",
            "id",
            "account",
            "company",
        ),
        "account_name": ("accountname", "companyname", "organizationname", "name", "account", "company"),
        "parent_account_id": ("parentaccountid", "parentid", "parentaccount", "parentcompany", "subsidiaryof"),
        "segment": ("segment", "size", "tier"),
        "industry": ("industry", "sector", "vertical"),
        "territory": ("territory", "region", "officelocation"),
        "email_domain": ("emaildomain", "domain", "website", "companydomainname", "web"),
        "owner_id": ("ownerid", "accountowner", "companyowner", "owner"),
        "created_at": ("createdat", "createddate", "createdate", "created"),
        "modified_at": ("modifiedat", "lastmodifieddate", "lastmodified", "updatedat", "updated"),
    },
    "contacts": {
        "contact_id": ("contactid", "personid", "recordid", "id"),
        "account_id": ("accountid", "companyid", "organizationid", "accountname", "account", "company", "organization"),
        "email": ("email", "emailaddress", "mail"),
        "full_name": ("fullname", "name", "contactname", "personname"),
        "source": ("leadsource", "source", "contactsource"),
        "created_at": ("createdat", "createddate", "createdate", "created"),
        "modified_at": ("modifiedat", "lastmodifieddate", "lastmodified", "updatedat", "updated"),
    },
    "leads": {
        "lead_id": ("leadid", "mqlid", "recordid", "id"),
        "email": ("email", "emailaddress", "mail"),
        "full_name": ("fullname", "name", "leadname"),
        "company": ("company", "companyname", "account", "organization"),
        "source": ("leadsource", "source", "origin"),
        "status": ("leadstatus", "status", "stage"),
        "owner_id": ("ownerid", "leadowner", "owner", "sdrid"),
        "converted_at": ("convertedat", "converteddate", "converted", "wondate"),
        "converted_account_id": ("convertedaccountid",),
        "converted_contact_id": ("convertedcontactid",),
        "converted_opportunity_id": ("convertedopportunityid", "dealid"),
        "created_at": ("createdat", "createddate", "createdate", "created", "firstcontactdate"),
        "modified_at": ("modifiedat", "lastmodifieddate", "lastmodified", "updatedat", "updated"),
    },
    "users": {
        "user_id": ("userid", "ownerid", "employeeid", "salesagent", "recordid", "id", "user", "name", "email"),
        "user_name": ("username", "fullname", "name", "salesagent", "employee"),
        "email": ("email", "emailaddress", "mail"),
        "role": ("role", "title", "jobtitle", "position", "profile"),
        "team": ("team", "department", "group"),
        "segment": ("segment",),
        "territory": ("territory", "region", "regionaloffice", "office"),
        "manager_id": ("managerid", "manager", "reportsto"),
        "started_on": ("startedon", "startdate", "hiredate", "hired"),
        "ended_on": ("endedon", "enddate", "leftdate", "terminationdate"),
    },
    "campaigns": {
        "campaign_id": ("campaignid", "id", "recordid", "campaign"),
        "campaign_name": ("campaignname", "name", "campaign", "title"),
        "campaign_type": ("campaigntype", "type"),
        "channel": ("channel",),
        "starts_on": ("startson", "startdate", "start"),
        "ends_on": ("endson", "enddate", "end"),
        "budget_amount": ("budgetamount", "budget", "budgetedcost"),
        "actual_cost": ("actualcost", "cost", "spend"),
        "currency": ("currency", "currencycode"),
    },
    "touches": {
        "touch_id": ("touchid", "id", "memberid", "eventid", "responseid"),
        "contact_id": ("contactid", "personid", "contact"),
        "lead_id": ("leadid", "mqlid"),
        "account_id": ("accountid", "companyid"),
        "opportunity_id": ("opportunityid", "dealid"),
        "campaign_id": ("campaignid", "campaign"),
        "touch_type": ("touchtype", "type", "interaction", "eventtype"),
        "touch_status": ("touchstatus", "status", "response", "memberstatus"),
        "channel": ("channel", "medium", "source"),
        "asset": ("asset", "page", "form", "landingpage", "content"),
        "touched_at": ("touchedat", "timestamp", "date", "occurredat", "eventdate", "createdat", "firstresponded"),
    },
    "activities": {
        "activity_id": ("activityid", "id", "taskid", "eventid", "callid", "recordid"),
        "activity_type": ("activitytype", "type", "kind"),
        "direction": ("direction",),
        "status": ("status", "outcome"),
        "occurred_at": (
            "occurredat",
            "date",
            "activitydate",
            "timestamp",
            "starttime",
            "start",
            "duedate",
            "createdat",
        ),
        "ended_at": ("endedat", "endtime", "end"),
        "duration_seconds": ("durationseconds",),
        "owner_id": ("ownerid", "owner", "assignedto", "user"),
        "account_id": ("accountid", "companyid"),
        "contact_id": ("contactid", "personid", "contact"),
        "lead_id": ("leadid",),
        "opportunity_id": ("opportunityid", "dealid", "opportunity", "deal"),
    },
    "costs": {
        "cost_id": ("costid", "id"),
        "campaign_id": ("campaignid", "campaign"),
        "channel": ("channel", "medium"),
        "spent_on": ("spenton", "date", "day"),
        "amount": ("amount", "cost", "spend"),
        "currency": ("currency", "currencycode"),
    },
    "quotas": {
        "user_id": ("userid", "ownerid", "employeeid", "owner", "salesrep", "rep", "user", "name"),
        "period_type": ("periodtype", "period"),
        "period_start": ("periodstart", "startdate", "start", "quarterstart", "quotadate", "date"),
        "quota_amount": ("quotaamount", "quota", "amount", "target", "salesquota", "value"),
        "currency": ("currency", "currencycode"),
    },
}
"""Object -> declared column -> what exports call it."""

NEVER_ALONE = {"opportunity_changes": ("new_value", "changed_at"), "opportunity_contacts": ("contact_id",)}
"""Object -> columns without which a file isn't taken for it, beside the required ones."""


def plain(name: str) -> str:
    """`Deal - Close Date` -> `dealclosedate`."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def last_word(name: str) -> str:
    """`Deal - Close Date` -> `closedate`: what stands behind the object that some exports put before each column."""
    return plain(re.split(r"\s[-:]\s|\.|: ", name)[-1])
