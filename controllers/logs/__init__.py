"""What is written down of a run and read again: journal, tape, event logs."""
