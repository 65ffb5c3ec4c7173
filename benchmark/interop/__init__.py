"""Scores for other tools and back: bob's score files, `datasets`, model cards. Everything stays on this machine."""
