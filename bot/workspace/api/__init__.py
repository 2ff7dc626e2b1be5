"""The Web API methods that the app calls, one module per family."""
