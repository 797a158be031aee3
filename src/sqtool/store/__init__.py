"""The store: every chat ever imported, in Delta Lake tables, one truth for all commands.

Tables are written one after the other and the row of ``imports`` last: it names the versions of all
others, and readers open exactly those. So the store is always as before a change or as after it.
"""
