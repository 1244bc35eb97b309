"""The process beside a signal controller: its site file, its engine, when it stands back, and what it tells."""
