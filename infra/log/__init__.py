"""The record, and the one way to add to it.

`command`, `desk`, `event_log`       a command is decided at a desk, on histories that `timelines` keeps and `reliance`
                                     checks, in turn (`turns`) with those who come at once (`combining`); `batch` is
                                     what was decided with it, `digests` tell its request
`guarding`                           the sets that an event belongs to, recorded before a rule came or after
`submission`, `append`               what is decided goes to the log, in one transaction
`envelope`, `states`                 the bytes of an event: what its author stated, and what it says
`sealing`, `vault`                   what is personal in it, and the keys
`event_rows`, `entries`, `external`  reading it: in order, as people see it, and in bulk for imports
`export`, `library`, `subscription`  the log written out; the log as the eventsourcing library sees it
"""
