"""The product's rules as tables, and its dialogues through the real router over real SQLite."""
