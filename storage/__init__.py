"""Tables, queries, units of work and migrations. Knows neither chat nor the time of day."""
