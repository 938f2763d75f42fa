"""The demonstration: an invented record of two programmes, and a short story of what can be asked of it."""
