"""Many runs from one small TOML file: planned, priced, shared between machines, taken up again after any death."""
