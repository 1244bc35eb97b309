"""What a signal owes to those who use it: who conflicts, what lies between two greens, who walks or cycles, limits."""
