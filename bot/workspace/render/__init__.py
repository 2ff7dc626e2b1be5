"""Block Kit drawn as HTML for the page: pure, no I/O. User text is escaped before anything is marked up."""
