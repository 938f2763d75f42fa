"""Who takes the views along with the log.

`projector`, `taking`, `lease`   a process that follows the log, what it does when an event fails, who keeps a view
`replay`, `lag`                  keys that waited brought up to their view; how far behind each view is
`rebuild`, `compare`             a view filled anew beside the live one, and the two held against each other
`release`, `releasing`           letting the new one answer, once it is compared and that is on the record
`released`                       what has been released since an answer was cited
"""
