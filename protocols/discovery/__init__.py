"""Walking a release's folders and reading its lists: what the adapters share."""
