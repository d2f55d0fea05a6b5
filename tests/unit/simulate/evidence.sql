-- Evidence of each opportunity's source, found in the sample's files: METRICS.md section 3, written apart from the project's models.
-- {l} is the folder of the Salesforce extracts, {g} that of the generic ones with the history of staff, {truth} that of the
-- truth, {seeds} the seeds.
create view opportunity as select *, CreatedDate::timestamp as created_at from read_csv('{l}/Opportunity/*', all_varchar = true);
create view account as select *, replace(Website, 'https://www.', '') as domain from read_csv('{l}/Account/*', all_varchar = true);
create view contact as select * from read_csv('{l}/Contact/*', all_varchar = true);
create view lead as select * from read_csv('{l}/Lead/*', all_varchar = true);
create view campaign as select * from read_csv('{l}/Campaign/*', all_varchar = true);
create view task as select * from read_csv('{l}/Task/*', all_varchar = true);
create view event as select * from read_csv('{l}/Event/*', all_varchar = true);
create view email as select * from read_parquet('{l}/EmailMessage/*');
create view member as select * from read_json('{l}/CampaignMember/*', format = 'newline_delimited');
create view taxonomy as select * from read_csv('{seeds}/channel_taxonomy.csv');
create view person as
    select Id as id, AccountId as account_id from contact
    union all
    select lead.Id, coalesce(nullif(lead.ConvertedAccountId, ''), account.Id)
    from lead left join account on account.domain = split_part(lead.Email, '@', 2);
create view touch as
    select person.account_id, coalesce(member.FirstRespondedDate, member.CreatedDate)::timestamp as touched_at,
        taxonomy.is_hand_raise, taxonomy.is_partner and taxonomy.is_material as is_partner
    from member
    inner join campaign on campaign.Id = member.CampaignId
    inner join taxonomy on taxonomy.touch_type = campaign.Type and taxonomy.touch_status in (member.Status, '*')
    inner join person on person.id = coalesce(member.ContactId, member.LeadId);
create view activity as
    select person.account_id, task.OwnerId as owner_id, task.CompletedDateTime::timestamp as occurred_at,
        coalesce(email.Incoming, false) as is_answer,
        coalesce(email.Incoming, try_cast(task.CallDurationInSeconds as integer) >= 60, false) as is_two_way
    from task left join email on email.ActivityId = task.Id inner join person on person.id = task.WhoId
    union all
    select person.account_id, event.OwnerId, event.StartDateTime::timestamp, false, true
    from event inner join person on person.id = event.WhoId where event.Outcome__c = 'Held';
create view evidence as
    select
        opportunity.Id as opportunity_id,
        exists (
            select 1 from opportunity as earlier
            where earlier.AccountId = opportunity.AccountId and earlier.IsWon = 'true'
                and earlier.CloseDate::date < opportunity.created_at::date
        ) as is_customer,
        (
            select min(touched_at) from touch
            where account_id = opportunity.AccountId and is_partner and touched_at < created_at
        ) as partner_at,
        (
            select min(touched_at) from touch
            where account_id = opportunity.AccountId and is_hand_raise
                and touched_at < created_at and touched_at >= created_at - interval 90 day
        ) as raised_at,
        (
            select min({{'at': first.occurred_at, 'by': first.owner_id}}) from activity as first
            where first.account_id = opportunity.AccountId and not first.is_answer
                and first.occurred_at < created_at and first.occurred_at >= created_at - interval 90 day
                and exists (
                    select 1 from activity as answer
                    where answer.account_id = first.account_id and answer.owner_id = first.owner_id
                        and answer.is_two_way
                        and answer.occurred_at >= first.occurred_at and answer.occurred_at < created_at
                )
        ) as reached
    from opportunity;
select truth.true_source, truth.has_evidence::varchar as has_evidence,
    case
        when is_customer then 'expansion'
        when partner_at < coalesce(least(raised_at, reached.at), opportunity.created_at) then 'partner'
        when raised_at < coalesce(reached.at, opportunity.created_at) then 'marketing_inbound'
        when reached is not null and staff.role = 'sdr' then 'outbound_sdr'
        when reached is not null then 'outbound_ae'
        else 'none'
    end as found, count(*)
from evidence
inner join opportunity on opportunity.Id = opportunity_id
inner join read_parquet('{truth}/opportunities.parquet') as truth using (opportunity_id)
left join read_csv('{g}/user_history/*', all_varchar = true) as staff
    on staff.user_id = reached.by and staff.valid_from::timestamp <= reached.at
        and coalesce(nullif(staff.valid_to, '')::timestamp, timestamp 'infinity') > reached.at
group by all;
