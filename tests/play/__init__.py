"""
play - behaviours of the program, each written down as a small play

A play names what the world is like, what the program is asked to do, what
servers hear and say, and what the report must be.  tests/scenario/README.md
describes the language; the plays stand beside it.

text     bytes as a play writes them
script   a play, parsed
wire     a message as SMTP must carry it
names    a DNS server for the zone of a play
server   servers that follow a script
table    the timeout table
cdb      a constant database
subject  the program under test
stage    a play performed
judges   what was wrong with it
rspawn   what qmail-rspawn makes of a report
"""
