"""Exports: what an agency may see, as a workbook or CSV file to take away."""
