"""One run: what it is, its steps from releases to score file, its processes, its provenance, and `predict`."""
