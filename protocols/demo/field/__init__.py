"""Miniatures of the field's standard sets: drawn one by one, when a protocol asks for them, of people of their own."""
