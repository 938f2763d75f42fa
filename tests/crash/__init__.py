"""The fault campaign: what is acknowledged stays, once, whatever is killed or cut. `make crash` runs it in full."""
