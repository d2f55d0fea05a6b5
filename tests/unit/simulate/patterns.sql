-- Which opportunities satisfy each pattern of METRICS.md section 4, found in what is recorded of them: stages, amounts, dates,
-- owners, activities and hand-raises. Written apart from the simulator and from the project's models; instants are seconds.
create view checkpoint as
    select unnest(starts[2:]) as moment from quarters union all select unnest(starts[:-2]) + 21 * 86400 from quarters;
create view history as select starts[-1] as ends_at, seen_at from quarters;
create view quarter as
    select starts_at, lead(starts_at, 1, starts_at + 92 * 86400) over (order by starts_at) as ends_at
    from (select unnest(starts) as starts_at from quarters);
create table visit as
    select deal, value as stage, moment, lag(value) over life as before, lead(moment) over life as left_at
    from change where field = 'stage' window life as (partition by deal order by moment);
create table life as
    select deal.*,
        least(coalesce(closed_at, history.ends_at), coalesce(deleted_at, history.ends_at)) as end_at,
        closed_at, deleted_at, is_won, bar_at, bar_stage, reason
    from deal
    cross join history
    left join (
        select deal, max(moment) filter (stage >= 6 and left_at is null) as closed_at, bool_or(stage = 6 and left_at is null) as is_won,
            min(moment) filter (stage between 3 and 6) as bar_at, arg_min(stage, moment) filter (stage between 3 and 6) as bar_stage
        from visit group by deal
    ) using (deal)
    left join (select deal, min(moment) as deleted_at from change where field = 'deleted' and value = 1 group by deal) using (deal)
    left join (
        select deal, arg_max(coalesce(value, -1), moment) as reason from change where field = 'loss_reason' group by deal
    ) using (deal);
create table two_way as
    select account, moment, kind, owner_role from activity where is_two_way
    union all
    select account, moment, 'form', null from hand_raise;
create table padding as
    select deal,
        exists (from checkpoint where checkpoint.moment > created and checkpoint.moment <= created + 14 * 86400)
        or coalesce(reason in (-1, 2, 8), true)
        or (
            select count(*) >= 3 from change as closing inner join change as other
                on other.field = 'stage' and other.value = 7 and other.by = closing.by and abs(other.moment - closing.moment) <= 1800
            where closing.deal = life.deal and closing.field = 'stage' and closing.value = 7
        ) as is_high
    from life, history
    where bar_at is null and end_at - created >= 21 * 86400
        and exists (from visit where visit.deal = life.deal and stage between 1 and 2)
        and not exists (
            from two_way where two_way.account = life.account and moment >= created - 30 * 86400 and moment < end_at
        )
        and (
            closed_at is not null or deleted_at is not null
            or end_at - created > (
                select quantile_cont(coalesce(other.bar_at, other.end_at) - other.created, 0.9)
                from life as other where other.segment = life.segment and coalesce(other.bar_at, other.closed_at) is not null
            )
        );
create table won_cycle as
    select segment, quantile_cont(closed_at - created, 0.25) as p25, count(*) as n from life where is_won group by segment;
create table dated as
    select deal, moment, value * 86400 as due, lag(value) over life * 86400 as before
    from change where field = 'close_date' window life as (partition by deal order by moment);
create table quarter_parking as
    select distinct dated.deal
    from dated inner join life using (deal) inner join quarter on dated.due >= quarter.starts_at and dated.due < quarter.ends_at
    cross join lateral (
        select min(other.moment) as moment from dated as other
        where other.deal = dated.deal and other.moment > dated.moment and other.moment < life.end_at and other.due >= quarter.ends_at
    ) as push
    inner join won_cycle using (segment)
    where dated.moment < quarter.starts_at and dated.moment >= quarter.starts_at - 21 * 86400
        and (dated.before is null or dated.before < quarter.starts_at or dated.before >= quarter.ends_at)
        and push.moment >= quarter.starts_at and not coalesce(is_won, false)
        and (
            (n >= 20 and dated.due - life.created < p25)
            or not exists (
                from two_way where two_way.account = life.account
                    and two_way.moment >= dated.moment - 14 * 86400 and two_way.moment < push.moment
            )
        );
create table meeting as select * from activity where kind = 'meeting' and is_held;
create table pass_through as
    select life.deal
    from life left join (
        select account, arg_min(booker_role, moment) as booker_role from meeting group by account
    ) as first_meeting using (account)
    where bar_at is not null
        and (creator_role = 'sdr' or booker_role = 'sdr' or lead_owner_role = 'sdr')
        and not exists (
            from meeting where meeting.account = life.account and owner_role = 'ae'
                and meeting.moment >= created and meeting.moment < bar_at - 3 * 86400
        )
        and not exists (from two_way where two_way.account = life.account and moment > bar_at and moment < end_at)
        and not exists (
            from visit
            where visit.deal = life.deal
                and (stage between bar_stage + 1 and 6 or (moment <= bar_at + 7 * 86400 and moment > bar_at))
        )
        and (select count(*) < 2 from meeting where meeting.account = life.account and moment >= created and moment < end_at)
        and ((closed_at is not null and reason in (-1, 7)) or end_at - bar_at >= 30 * 86400);
create table stage_inflation as
    select distinct step.deal
    from visit as step inner join life using (deal)
    where before is not null and before < step.stage and step.stage < 6
        and exists (from checkpoint where checkpoint.moment > step.moment and checkpoint.moment <= step.moment + 10 * 86400)
        and not exists (
            from two_way where two_way.account = life.account and moment between step.moment - 7 * 86400 and step.moment + 7 * 86400
        )
        and exists (
            from visit as later where later.deal = step.deal and later.moment > step.moment and later.moment <= step.moment + 30 * 86400
                and (later.stage = 7 or later.stage < step.stage)
        );
create table stale_close_date as
    select deal
    from life, history
    where closed_at is null and deleted_at is null and created < seen_at - 30 * 86400
        and (
            (select arg_max(due, moment) from dated where dated.deal = life.deal) < seen_at
            or (
                not exists (
                    from activity where activity.account = life.account and moment >= seen_at - 30 * 86400 and moment < seen_at
                )
                and not exists (from activity where activity.deal = life.deal and kind = 'meeting' and moment >= seen_at)
            )
        );
create table priced as
    select deal, moment, usd, lag(usd) over life as before
    from change where field = 'amount' window life as (partition by deal order by moment);
create table inflated_amount as
    select distinct up.deal
    from priced as up inner join life using (deal)
    left join (
        select segment, quantile_cont(amount, 0.9) as p90, count(*) as n
        from life inner join (select deal, arg_max(usd, moment) as amount from priced group by deal) using (deal)
        where is_won group by segment
    ) as sold using (segment)
    where not coalesce(is_won, false) and (
        (n >= 50 and up.usd > 3 * p90)
        or (
            up.before > 0 and up.usd > up.before
            and exists (from checkpoint where checkpoint.moment > up.moment and checkpoint.moment <= up.moment + 14 * 86400)
            and exists (
                from priced as down where down.deal = up.deal and down.moment > up.moment and down.moment <= up.moment + 30 * 86400
                    and down.usd <= up.usd - (up.usd - up.before) / 2
                    and not exists (
                        from two_way where two_way.account = life.account
                            and two_way.moment between down.moment - 7 * 86400 and down.moment + 7 * 86400
                    )
            )
        )
    );
