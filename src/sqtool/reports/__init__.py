"""Composed reports: one file each. A report is a frozen model; renderers write it."""
