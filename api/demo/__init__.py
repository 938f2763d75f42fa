"""The demonstration: an invented programme's record of ten years, and a short story of what can be asked of it."""
