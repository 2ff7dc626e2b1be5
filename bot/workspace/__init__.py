"""A Slack-compatible workspace on loopback: the trial without tokens, and the harness of the tests."""
