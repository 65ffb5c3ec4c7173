"""Results from and to other programs: scores as CSV, bob's files, cards, hub folders."""
