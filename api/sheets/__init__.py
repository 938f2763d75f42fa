"""Sheets: one CSV file for each kind of facts, one fact a row, entered through the ordinary decisions."""
