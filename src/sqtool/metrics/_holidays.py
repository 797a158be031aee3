"""Mainland public holidays inside a period: why a week may be quiet."""

from datetime import timedelta

from sqtool.context import Period
from sqtool.i18n import Lang


def holidays(period: Period, lang: Lang) -> tuple[str, ...] | None:
    """Return the names of the mainland public holidays with a day off inside the period.

    Args:
        period: A span of local dates.
        lang: Language of the names.

    Returns:
        Names in order of date, each once; None where the calendar does not know one of the years
        (the State Council names the days off late in the year before).
    """
    # Imported here: only the review asks for it, and it reads twenty years of days.
    from chinese_calendar import Holiday, get_holiday_detail

    titles = {h.value: h.chinese if lang == "zh" else h.value for h in Holiday}
    names: dict[str, None] = {}
    for i in range((period.last_on - period.first_on).days + 1):
        try:
            day_off, name = get_holiday_detail(period.first_on + timedelta(days=i))
        except NotImplementedError:
            return None
        if day_off and name is not None:  # a free day without a name is an ordinary week-end
            names[titles[name]] = None
    return tuple(names)
