"""The server and the ways to it.

`cluster`, `server`, `private`  the embedded server: its programs and folders, its life, the account it runs as
`safety`                        whether a server keeps what it answers for
`database`, `direct`            connections: pools and engines under each role; those of processes that follow the log
`prepared`                      questions prepared once on each connection, and connections given back without waiting
`calls`, `arrays`, `rows`       functions called with arrays in binary form; rows written by statement or by COPY
`alone`                         work that one process at a time does
`collecting`                    when Python looks for cyclic garbage
"""
