{#- The rules by which histories are repaired, in the order of a life: what is found, and what is done about it. -#}
{% macro repair_rules() -%}
    {{ return({
        'history_without_record':
            'Changes are recorded of an opportunity that no extract holds. They wait in raw until the record arrives.',
        'start_before_creation':
            'A change is recorded before the creation date. Life starts at the first change.',
        'start_from_first_change':
            'There is no creation date. Life starts at the first recorded change.',
        'start_from_first_extract':
            'There is neither a creation date nor a recorded change. Life starts at the first extract that holds the record, and its
             start counts as unknown.',
        'creation_restated':
            'Extracts differ on the creation date. The newest version counts.',
        'moved_to_start':
            'An extract shows a version dated before the start of life. What it shows counts from the start.',
        'first_old_value_dropped':
            'The first recorded change, at the start of life, replaces a value. Nothing says since when that held, so it is left out.',
        'first_stage_assumed':
            'Nothing tells the first stage. The first one that is told, an open one, is taken to have held since the start of life.',
        'first_pipeline_assumed':
            'Nothing tells the pipeline at the start of life. The first that is told is taken to have held since then.',
        'stage_unknown_at_start':
            'Nothing tells the stage before the first one that is told, and that one is closed, or was entered later by the CRM. A visit
             of stage (unknown) stands in: open pipeline, in the conversion and time of no stage.',
        'closing_dated_by_record':
            'No history records the closing. It is dated by the record: an instant of the CRM itself, the close date, the modified time
             or the first extract that shows it closed.',
        'closing_witness_outside':
            'A record dates its closing before the newest evidence that it was open, or after the extract that shows it closed. The next
             witness counts.',
        'won_below_bar':
            'A deal was won, and all of its stages that are told lie below the bar. It cleared the bar by winning.',
        'record_overruled':
            'An extract shows a value where recorded history, before and after it, says another. History counts.',
        'stages_from_entry_dates':
            'No history of stages is kept, only when each stage was last entered. Visits are made of these dates, so returns are lost.',
        'change_missing_from_history':
            'An extract shows a value that recorded history does not lead to. A change is made, dated by the record where it can be, else by
             the extract.',
        'change_seen_early':
            'An extract shows a value minutes before the change to it is recorded. It counts from the recorded instant.',
        'change_repeated':
            'A change is recorded to the value that held already. It is dropped.',
        'old_value_contradicted':
            'A recorded change replaces another value than the one before it set. What was set holds until the change.',
        'order_by_file':
            'Two changes of one field bear one instant, and no sequence number orders them. They apply as they stand in the file.',
        'other_history_dropped':
            'A second object of the CRM records a change that the preferred one does not. It is dropped.',
        'reference_by_name':
            'A change of owner, account or campaign is recorded by name alone. It is dropped; extracts tell when the id changed.',
        'unreadable_value':
            'A recorded amount, probability or date cannot be read as one. It is taken for empty.',
        'stage_emptied':
            'A stage or pipeline is emptied. What held before goes on.',
        'stage_not_in_policy':
            'Neither the stage policy nor the CRM lists a stage. It is what most records in it say, open, won or lost; where none says,
             what its name says in the words of Salesforce and HubSpot; else open pipeline.',
        'stage_placed_by_crm':
            'The written stage policy of a pipeline leaves out a stage. It has the place and kind that the CRM gives it, past the bar
             where a stage before it is.',
        'closed_flag_contradicted':
            'The record says of itself that it is closed or won where the policy, the CRM or most records say of its stage that it is
             not, or the other way round. The stage counts.',
        'deleted_by_absence':
            'A full extract no longer holds the record. It counts as deleted from that extract on.',
        'currency_missing':
            'The record names no currency where others of its source do. Its amounts are taken for the reporting currency.',
        'currency_without_rate':
            'No rate is known for the currency on the day life starts. Amounts are none.'
    }) }}
{%- endmacro %}
