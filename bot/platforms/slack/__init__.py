"""Slack: payloads in, Block Kit out. No Block Kit dict leaves this package."""
