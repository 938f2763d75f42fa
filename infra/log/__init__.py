"""The record, and the one way to add to it.

`command`, `desk`, `event_log`       a command is decided at a desk, on histories that `timelines` keeps and `reliance`
                                     checks, in turn (`turns`) with those it meets; `batch` is what was decided with it
`submission`, `append`, `combining`  what is decided goes to the log, those who come at once in one transaction
`envelope`, `sealing`, `vault`       the bytes of an event, and the keys of what is personal in it
`event_rows`, `entries`, `external`  reading it: in order, as people see it, and in bulk for imports
`export`, `library`, `subscription`  the log written out; the log as the eventsourcing library sees it
"""
