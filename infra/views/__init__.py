"""The bitemporal engine: what is so on a day, as known at a position of the log.

`view`, `columns`, `tables`         what an author declares of a view, and the tables that follow from it
`engine`, `slots`, `refold`, `kept` a batch of events taken into a view: what they change of the past, folded again
`routing`                           what each event of a batch does to the keys of a view
`loads`, `writes`                   what is read for that, and what is written, in bulk
`counts`, `counting`                how many keys are in each group: from changes and sums of them, and keeping those
`reading`, `answers`, `waiting`     an answer's two coordinates, the statements behind it, and waiting for a position
`builds`, `shared_tables`           which tables of a view are the live ones, and what all views share
`parking`, `incomplete`             keys that wait because an event could not be folded, and what an answer says of them
`trouble`                           what goes wrong in a thread that must go on, said in the program's log
"""
