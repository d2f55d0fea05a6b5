-- A row here means: a mart publishes a column by the name of one that the source contracts call personal. It says nothing about what
-- the column holds; names of the company's own staff are not among them, since a setting decides on those.
{% set personal = [
    'email', 'email_domain', 'full_name', 'first_name', 'last_name', 'phone', 'company', 'subject', 'from_address', 'to_address',
    'external_address', 'username', 'next_step', 'opportunity_name', 'lead_name', 'contact_name'
] %}
{% set found = [] %}
{% if execute %}
    {% for node in graph.nodes.values() if node.resource_type == 'model' and 'marts' in node.fqn %}
        {% for column in node.columns if column in personal %}
            {% do found.append([node.name, column]) %}
        {% endfor %}
    {% endfor %}
{% endif %}
select mart, column_name
from (select cast(null as varchar) as mart, cast(null as varchar) as column_name) as nothing
where mart is not null
{%- for mart, column in found %}
union all
select '{{ mart }}' as mart, '{{ column }}' as column_name
{%- endfor %}
