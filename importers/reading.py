"""The names of ``importers.readers``, until all who use them say so."""

from importers.readers import RawRow, Reader, Rows, csv_rows, json_rows, schema_v1_file, schema_v1_folder, xz_lines

__all__ = ["RawRow", "Reader", "Rows", "csv_rows", "json_rows", "schema_v1_file", "schema_v1_folder", "xz_lines"]
