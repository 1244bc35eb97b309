"""The report: figures recomputed from the raw outputs of SUMO, and the page that shows them."""
