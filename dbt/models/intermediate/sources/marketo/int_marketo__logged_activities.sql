{#- What people did with the web site, forms and e-mails, in the taxonomy's words: web_visit, form (its name is the status),
    email_sent, email_open, email_click (a click on an unsubscribe link has that as its status). Bots are flagged by Marketo.
    The campaign is the program whose smart campaign sent the e-mail, else that of the e-mail itself; of a visit or form the
    program that utm_campaign names. Two programs of one name: the older. -#}
with activities as (

    select
        source_name, activity_id, lead_id, 'web_visit' as touch_type, cast(null as varchar) as touch_status,
        cast(null as boolean) as is_bot, occurred_at, smart_campaign_id, cast(null as varchar) as email_template_id,
        query_parameters, is_record_deleted
    from ({{ latest_version(ref('stg_marketo__activity_visit_webpage')) }}) as visits
    union all
    select
        source_name, activity_id, lead_id, 'form' as touch_type, form_name as touch_status,
        cast(null as boolean) as is_bot, occurred_at, smart_campaign_id, cast(null as varchar) as email_template_id,
        query_parameters, is_record_deleted
    from ({{ latest_version(ref('stg_marketo__activity_fill_out_form')) }}) as forms
    union all
    select
        source_name, activity_id, lead_id, 'email_sent' as touch_type, cast(null as varchar) as touch_status,
        cast(null as boolean) as is_bot, occurred_at, smart_campaign_id, email_template_id,
        cast(null as varchar) as query_parameters, is_record_deleted
    from ({{ latest_version(ref('stg_marketo__activity_send_email')) }}) as sent
    -- An e-mail that a rule held back wasn't sent.
    where coalesce(lower(trim(action_result)), 'succeeded') = 'succeeded'
    union all
    select
        source_name, activity_id, lead_id, 'email_open' as touch_type, cast(null as varchar) as touch_status,
        is_bot_activity as is_bot, occurred_at, smart_campaign_id, email_template_id,
        cast(null as varchar) as query_parameters, is_record_deleted
    from ({{ latest_version(ref('stg_marketo__activity_open_email')) }}) as opened
    union all
    select
        source_name, activity_id, lead_id, 'email_click' as touch_type,
        case when lower(link) like '%unsubscribe%' then 'Unsubscribe' end as touch_status,
        is_bot_activity as is_bot, occurred_at, smart_campaign_id, email_template_id,
        cast(null as varchar) as query_parameters, is_record_deleted
    from ({{ latest_version(ref('stg_marketo__activity_click_email')) }}) as clicked

),

named as (

    select
        *,
        {{ name_slug(utm_campaign('query_parameters')) }} as utm_slug
    from activities
    where not is_record_deleted

),

smart_campaigns as (

    select source_name, smart_campaign_id, program_id
    from ({{ latest_version(ref('stg_marketo__campaign')) }}) as smart_campaigns

),

templates as (

    select source_name, email_template_id, program_id
    from ({{ latest_version(ref('stg_marketo__email_template_history')) }}) as templates
    where program_id is not null
    qualify
        row_number() over (
            partition by source_name, email_template_id order by modified_at desc nulls last, record_key desc nulls last
        ) = 1

),

-- Links keep the name that a program once had.
names as (

    select source_name, program_id, {{ name_slug('program_name') }} as slug, min(created_at) as created_at
    from {{ ref('stg_marketo__program') }}
    where program_name is not null
    group by source_name, program_id, {{ name_slug('program_name') }}

),

program_names as (

    select source_name, program_id, slug
    from names
    qualify
        row_number() over (
            partition by source_name, slug order by created_at asc nulls last, program_id asc nulls last
        ) = 1

),

placed as (

    select
        named.source_name, named.activity_id, named.lead_id, named.touch_type, named.touch_status, named.is_bot,
        named.occurred_at,
        coalesce(program_names.program_id, smart_campaigns.program_id, templates.program_id) as program_id
    from named
    left join program_names
        on named.source_name = program_names.source_name
        and named.utm_slug = program_names.slug
    left join smart_campaigns
        on named.source_name = smart_campaigns.source_name
        and named.smart_campaign_id = smart_campaigns.smart_campaign_id
    left join templates
        on named.source_name = templates.source_name
        and named.email_template_id = templates.email_template_id

)

select
    placed.source_name || ':activity:' || placed.activity_id as touch_id,
    placed.source_name,
    people.contact_id,
    case
        when people.marketo_lead_id is null then placed.source_name || ':lead:' || placed.lead_id
        else people.crm_lead_id
    end as lead_id,
    programs.campaign_id,
    placed.touch_type,
    placed.touch_status,
    coalesce(placed.is_bot, false) as is_bot,
    placed.occurred_at as touched_at
from placed
left join {{ ref('int_marketo__programs') }} as programs
    on placed.source_name = programs.source_name
    and placed.program_id = programs.program_id
left join {{ ref('int_marketo__people') }} as people
    on placed.source_name = people.source_name
    and placed.lead_id = people.lead_id
