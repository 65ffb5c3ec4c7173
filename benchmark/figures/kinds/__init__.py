"""One file per figure: each registers what it draws."""
