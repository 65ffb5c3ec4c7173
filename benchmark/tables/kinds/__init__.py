"""The tables: each file registers its own."""
