"""One folder per source; a folder added here is found by itself."""
