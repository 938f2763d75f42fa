"""Tests of what is promised to those outside: schemas, interfaces, the folders."""
