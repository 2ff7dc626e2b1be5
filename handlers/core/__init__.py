"""What every feature shares: messages in, replies out, the router, permissions, voices and errors."""
