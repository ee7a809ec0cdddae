"""The report as content: every section, in order."""

from __future__ import annotations

from netplan.report.content import Report, Section
from netplan.report.context import Context
from netplan.report.sections.assumptions import assumptions
from netplan.report.sections.bill import bill
from netplan.report.sections.comparison import comparison
from netplan.report.sections.district import demand, district, today
from netplan.report.sections.extra import extra
from netplan.report.sections.first import first_page
from netplan.report.sections.indicators import indicators
from netplan.report.sections.maps import maps
from netplan.report.sections.method import method
from netplan.report.sections.plan import plan
from netplan.report.sections.sources import sources

ORDER = (plan, comparison, extra, maps, indicators, bill, district, demand, today, method, assumptions, sources)
"""After the first page. What was decided comes first, what it was decided from after it, how and whence last."""
FRAME = ("contents", "skip", "letters")


def build(context: Context) -> Report:
    """Every section that has something to say."""
    words, chosen = context.words, context.plan
    key = "subtitle_one"
    if not chosen.planned:
        key = "subtitle_none"
    elif context.several:
        key = "subtitle" if context.recommends else "subtitle_shown"
    made = [section(context) for section in ORDER]
    sections: tuple[Section, ...] = tuple(section for section in made if section is not None)
    labels = {name: words(f"frame.{name}") for name in FRAME}
    version = (chosen.summary.get("versions") or {}).get("netplan", "")
    labels["made"] = " ".join(words("frame.made", version=version).split())
    return Report(
        title=words("frame.title", name=context.name),
        subtitle=words(f"frame.{key}", scenario=chosen.name, date=chosen.written_on),
        date=chosen.written_on,
        language=words.language,
        right_to_left=False,
        first=first_page(context),
        sections=sections,
        labels=labels,
    )
