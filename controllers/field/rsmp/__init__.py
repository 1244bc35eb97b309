"""RSMP 3.2 with the signal exchange list for traffic light controllers 1.2: messages, one connection, a supervisor."""
