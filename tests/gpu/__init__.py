"""What one GPU has to show of this project: correct, and how fast."""
