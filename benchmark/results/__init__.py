"""What a run leaves behind: score files, run folders, and the pictures that reports show."""
