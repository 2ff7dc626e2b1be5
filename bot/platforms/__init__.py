"""The chat platforms that Callsheet speaks, one folder each."""
