"""What listens on this machine, and how each of it is to be asked.

`sockets` reads the machine; `services` makes one service of many sockets; `names` and
`known` say what it is called and what it speaks; `listeners` puts them together.
"""
