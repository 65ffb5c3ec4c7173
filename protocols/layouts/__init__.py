"""Layouts that any release may lie in: a list of files, prepared frames, a plain folder tree."""
