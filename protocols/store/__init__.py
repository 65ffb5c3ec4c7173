"""Faces prepared once and read by all methods through a memory map."""
