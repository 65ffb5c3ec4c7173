"""What a column of Table 1 may hold: each metric registers itself."""
