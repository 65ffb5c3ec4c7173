"""Rates, thresholds, intervals and tests of significance: pure functions of scores."""
