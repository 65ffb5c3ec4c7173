"""Tables from score files: built as `model.Table`, then rendered. Everything here starts without numpy."""
