"""Reports for a decision: one content, from written plans alone, as a page (HTML) and on paper (PDF)."""

from netplan.report.write import read_report, recommended_folder, shown_folder, write_report

__all__ = ["read_report", "recommended_folder", "shown_folder", "write_report"]
