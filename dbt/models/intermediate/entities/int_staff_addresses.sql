{#- How the company's own staff is recognised among contacts and leads: by e-mail domain, and by the whole address where the
    domain is a free-mail provider's. Any address a user ever had counts. -#}
with addresses as (

    select distinct lower(trim(email)) as email from {{ united('staff_addresses') }} as united

),

with_domain as (

    select email, {{ email_domain('email') }} as email_domain from addresses

)

select distinct
    case when free_mail.email_domain is null then with_domain.email_domain else with_domain.email end as address
from with_domain
left join {{ ref('free_mail_domains') }} as free_mail on with_domain.email_domain = lower(trim(free_mail.email_domain))
where with_domain.email_domain is not null
