"""Models of what programs send and get."""
