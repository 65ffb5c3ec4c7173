"""One module per release: how its folders become presentations."""
