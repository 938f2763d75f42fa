"""The full-data checks of `make acceptance`."""
