"""The server and the ways to it.

`cluster`, `server`, `private`  the embedded server: its programs and folders, its life, the account it runs as
`safety`                        whether a server keeps what it answers for
`database`, `direct`            connections: pools and engines under each role; those of processes that follow the log
`roles`                         the roles of a database: made, named, and given their passwords
`silence`                       what a server says, waited for no longer than it is silent for
`prepared`                      questions prepared once on each connection, and connections given back without waiting
`calls`, `arrays`, `rows`       functions called with arrays in binary form; rows written as arrays, by one statement
`alone`                         work that one process at a time does
`collecting`                    when Python looks for cyclic garbage
"""
