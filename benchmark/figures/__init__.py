"""Figures as pure functions of score files: `registry` knows them by name, `kinds` holds one file for each."""
