"""Can a run start here, and on what? Checks and what they found."""
