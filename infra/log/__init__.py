"""The record, and the one way to add to it.

`event_log`, `deciding`, `desk`      a `command` is decided at a desk, in turn (`turns`) with those who come at once
                                     (`combining`); `batch` is what was decided with it, `digests` tell its request
`timelines`, `ahead`, `at_hand`      the histories that a process keeps, those that several commands miss and are read
                                     together, and those that one command has at hand
`judging`, `reliance`                what a command makes of the record, and what others rest on, judged as a whole
`guarding`                           the sets that an event belongs to, recorded before a rule came or after
`submission`, `append`               what is decided goes to the log, in one transaction
`envelope`, `states`                 the bytes of an event: what its author stated, and what it says
`sealing`, `vault`                   what is personal in it, and the keys
`terms`                              on which a process records: whose rules, no destroyed key, which server's log
`reading`, `event_rows`, `entries`   reading it: an event from its bytes, in order, and as people see it
`external`, `accepted`               what imports ask: the identifiers of natural keys, and what was accepted already
`export`, `library`, `subscription`  the log written out; the log as the eventsourcing library sees it
"""
