"""The mechanism, which knows no business. Each folder rests on those named before it, and on nothing after it.

`settings`   what the environment says
`postgres/`  the server and the ways to it: the embedded one, connections under each role, calls and rows in bulk
`log/`       the record: a command is decided at a desk and appended; keys, envelopes, reading and writing out
`views/`     the bitemporal engine: what a view declares, what is kept of it, and what was so when, as known when
`following/` who takes views along: projectors and their leases, views filled anew, compared and released
`migrate`    makes the database and brings it up to date, by the revisions in `migrations/`
"""
