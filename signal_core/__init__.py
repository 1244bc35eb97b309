"""The engine: arithmetic on arrays. No graph, no simulator, no files, no wall clock."""
