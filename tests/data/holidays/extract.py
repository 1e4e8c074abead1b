#!/usr/bin/env python3
"""Writes chinesecalendar.json from the PyPI package of that name: what others read in the same notices.

    pip install chinesecalendar==1.11.0
    python3 tests/data/holidays/extract.py > tests/data/holidays/chinesecalendar.json
"""

import json
from importlib.metadata import version

from chinese_calendar.constants import holidays, workdays


def of(year, dates):
    return [str(date) for date in sorted(dates) if date.year == year]


years = {year: {"holidays": of(year, holidays), "makeup_days": of(year, workdays)} for year in (2025, 2026)}
print(json.dumps({"source": f"chinesecalendar {version('chinesecalendar')} (MIT)", "years": years}, indent=1))
