"""Reads dates, times and numbers as people type and dictate them. No Qt here.

What cannot be read is no error: the words stay in field and draft, and `problem` says what is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal, InvalidOperation

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

DATE_WANTED = "Enter a real date, such as 27/3/2026 or 27 March 2026"
TIME_WANTED = "Enter a time, such as 14:30 or 2.30pm"
MOMENT_WANTED = "Enter a date and a time, such as 27/3/2026 14:30"
TIME_TOO_WANTED = "Enter the time too, such as 27/3/2026 14:30"
WHOLE_WANTED = "Enter a whole number, such as 12"
NUMBER_WANTED = "Enter a number, such as 12 or 12.5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was understood: `value` as it is kept, `words` to show it back, or the `problem`."""

    value: str | int | None = None
    words: str = ""
    problem: str = ""
    about: bool = False  # a date said to be about then


_ABOUT = re.compile(
    r"^(?:(?:about|around|approximately|approx\.?|roughly|circa|c\.?)(?:\s+|(?=\d))|~\s*)(?=.)"
)


def read_date(text: str, today: date, precisions: Collection[str] = ("day",)) -> Reading:
    """Read a date: 27/3, 27/3/2026, 27 March, tue, today, yest, -2, and where allowed March 2026 or 2026.

    A day without a year is of this year, or of last year if it would be over half a year ahead. A weekday is
    the last one, today included; "next tue" the one to come; before a day it has to be that day's. "About",
    "around", "c." before it is kept.
    """
    words = _tidy(text)
    if not words:
        return Reading()
    exact = _ABOUT.sub("", words)
    about = exact != words
    words = re.sub(r"^(on|in)\s+(?!\w+ (?:day|week)s?$)", "", exact)
    found = _relative(words, today) or _calendar_day(words, today)
    if found is not None:
        named = _weekday_before(words)
        if named is not None and named != found.weekday():
            return Reading(problem=f"{date_words(found.isoformat())}, not {DAYS[named]}: which is meant?")
        return Reading(
            value=found.isoformat(), words=_about(date_words(found.isoformat()), about), about=about
        )
    part = _partial(words, today)
    if part is not None:
        wanted = "month" if "-" in part else "year"
        if wanted in precisions or (wanted == "month" and "year" in precisions):
            return Reading(value=part, words=_about(date_words(part), about), about=about)
        return Reading(problem="Enter the day too, such as 27/3/2026")
    return Reading(problem=DATE_WANTED)


def read_time(text: str, now: datetime | None = None) -> Reading:
    """Read a time of day: 14:30, 2.30pm, 1430, 9, now."""
    words = _tidy(text)
    if not words:
        return Reading()
    words = {"noon": "12:00", "midday": "12:00", "midnight": "00:00"}.get(words, words)
    if words == "now" and now is not None:
        value = now.time().replace(second=0, microsecond=0)
        return Reading(value=value.isoformat(), words=f"{value:%H:%M}")
    found = re.fullmatch(r"(\d{1,2})(?:[:.h](\d{2})|(\d{2}))?(?::\d{2})?\s*([ap])?\.?m?\.?", words)
    if found is None or (found[4] is None and words.endswith("m")):
        return Reading(problem=TIME_WANTED)
    hour, minute = int(found[1]), int(found[2] or found[3] or 0)
    if found[4]:
        if not 1 <= hour <= 12:
            return Reading(problem=TIME_WANTED)
        hour = hour % 12 + (12 if found[4] == "p" else 0)
    if hour > 23 or minute > 59:
        return Reading(problem=TIME_WANTED)
    value = time(hour, minute)
    return Reading(value=value.isoformat(), words=f"{value:%H:%M}")


_TIME_AT_END = re.compile(
    r"(?:^|[\s,t]|\bat\s+)(now|noon|midday|midnight|(?<=at )\d{1,2}"
    r"|\d{1,2}[:.h]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?)?|\d{1,2}\s*[ap]\.?m\.?|\d{4})$"
)


# Before the date, or before the time alone: "yesterday about 3pm".
_ABOUT_THEN = re.compile(
    r"(?<!\w)(?:about|around|approximately|approx\.?|roughly|circa|c\.)\s*(?=\d)|~\s*(?=\d)"
)


def read_moment(text: str, now: datetime) -> Reading:
    """Read a date and time in the zone of `now`. A time alone is of today. "About", "around", "c." before
    either is kept."""
    said = _tidy(text)
    if not said:
        return Reading()
    words = _tidy(_ABOUT_THEN.sub(" ", _ABOUT.sub("", said)))
    about = words != said
    found = _TIME_AT_END.search(words)
    day = read_date(words, now.date())
    if found is None or (found[1].isdigit() and not day.problem):  # "27 March 2026": those digits are a year
        return Reading(problem=MOMENT_WANTED if day.problem else TIME_TOO_WANTED)
    before = re.sub(r"(\s+at|,)\s*$", "", words[: found.start()].strip())
    day = read_date(before or "today", now.date())
    hour = read_time(found[1], now)
    if day.problem not in ("", DATE_WANTED):
        return Reading(problem=day.problem)
    if day.problem or hour.problem or day.value is None or hour.value is None:
        return Reading(problem=MOMENT_WANTED)
    moment = datetime.combine(
        date.fromisoformat(str(day.value)), time.fromisoformat(str(hour.value)), now.tzinfo
    )
    words = f"{day.words}, {hour.words}"
    return Reading(value=moment.isoformat(), words=_about(words, about), about=about)


def read_whole(text: str) -> Reading:
    """Read a whole number; spaces and thousands commas do no harm."""
    words = _number_words(text)
    if not words:
        return Reading()
    if re.fullmatch(r"[+-]?\d{1,15}", words):
        return Reading(value=int(words), words=str(int(words)))
    return Reading(problem=WHOLE_WANTED)


def read_number(text: str) -> Reading:
    """Read a decimal, kept as text so that no digit changes."""
    words = _number_words(text)
    if not words:
        return Reading()
    if re.fullmatch(r"[+-]?(\d{1,18}(\.\d{0,12})?|\.\d{1,12})", words):
        try:
            plain = f"{Decimal(words):f}"
        except InvalidOperation:
            return Reading(problem=NUMBER_WANTED)
        return Reading(value=plain, words=plain)
    return Reading(problem=NUMBER_WANTED)


def date_words(value: str) -> str:
    """Return a kept date in words, such as "Friday 27 March 2026". Other text comes back as it is."""
    parts = value.split("-")
    try:
        if len(parts) == 1 and len(value) == 4 and value.isdigit():
            return value
        if len(parts) == 2:
            return f"{MONTHS[int(parts[1]) - 1]} {int(parts[0])}"
        day = date.fromisoformat(value)
    except (ValueError, IndexError):
        return value
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def date_typed(value: str) -> str:
    """Return a kept date as it is typed: "27/3/2026". Other text comes back as it is."""
    parts = value.split("-")
    try:
        if len(parts) == 2:
            return date_words(value)
        day = date.fromisoformat(value)
    except ValueError:
        return value
    return f"{day.day}/{day.month}/{day.year}"


def moment_typed(value: str, zone: tzinfo) -> str:
    """Return a kept date-time as it is typed where the work is done: "27/3/2026 14:30"."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    if "T" not in value:
        return date_typed(value)
    if moment.tzinfo is not None:
        moment = moment.astimezone(zone)
    return f"{moment.day}/{moment.month}/{moment.year} {moment:%H:%M}"


def moment_words(value: str, zone: tzinfo) -> str:
    """Return a kept date-time in words: "Friday 27 March 2026, 14:30"."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    if "T" not in value:
        return date_words(value)
    if moment.tzinfo is not None:
        moment = moment.astimezone(zone)
    return f"{date_words(moment.date().isoformat())}, {moment:%H:%M}"


def _about(words: str, about: bool) -> str:
    return f"About {words}" if about else words


def _tidy(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").lower().split()).strip(" ,;")


def _number_words(text: str) -> str:
    words = "".join(text.replace("\u00a0", " ").split()).replace("\u2212", "-")
    return words.replace(",", "") if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", words) else words


_COUNTS = {"a": 1, "an": 1} | {
    word: number + 1
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    )
}


def _relative(words: str, today: date) -> date | None:
    near = {"today": 0, "t": 0, "yesterday": -1, "yest": -1, "y": -1, "tomorrow": 1, "tom": 1}
    try:
        if words in near:
            return today + timedelta(days=near[words])
        if found := re.fullmatch(r"([+-]) ?(\d{1,4})(?: ?(d|days?|w|wks?|weeks?))?", words):
            count = int(found[2]) * (7 if (found[3] or "").startswith("w") else 1)
            return today + timedelta(days=count if found[1] == "+" else -count)
        if found := re.fullmatch(r"(in )?(\w{1,6}) (day|week)s?( ago)?", words):
            many = _COUNTS.get(found[2]) or (int(found[2]) if re.fullmatch(r"\d{1,4}", found[2]) else None)
            if many is None or bool(found[1]) is bool(found[4]):
                return None
            days = many * (7 if found[3] == "week" else 1)
            return today + timedelta(days=days if found[1] else -days)
    except OverflowError:
        return None
    if found := re.fullmatch(r"(?:(last|next|this|\+)\s*)?([a-z]{2,9})", words):
        day = _named(found[2], DAYS, least=2)
        if day is None or (len(found[2]) == 2 and found[2] not in ("mo", "tu", "we", "th", "fr", "sa", "su")):
            return None
        back = (today.weekday() - day) % 7
        if found[1] in ("next", "+"):
            return today + timedelta(days=(day - today.weekday()) % 7 or 7)
        if found[1] == "last":
            return today - timedelta(days=back or 7)
        return today - timedelta(days=back)
    return None


def _named(word: str, names: tuple[str, ...], least: int = 3) -> int | None:
    if word in ("sept", "tues", "thur", "thurs", "weds"):
        word = word[:3]
    hits = [place for place, name in enumerate(names) if len(word) >= least and name.lower().startswith(word)]
    return hits[0] if len(hits) == 1 else None


_WEEKDAY_BEFORE = re.compile(r"^([a-z]+),? (?=\d)")


def _weekday_before(words: str) -> int | None:
    """Return the weekday that stands before a day of the calendar, as in "mon 27/3"."""
    found = _WEEKDAY_BEFORE.match(words)
    return _named(found[1], DAYS) if found is not None else None


def _calendar_day(words: str, today: date) -> date | None:
    if _weekday_before(words) is not None:
        words = _WEEKDAY_BEFORE.sub("", words)
    if found := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", words):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := re.fullmatch(r"(\d{1,2})\s?[-/. ]\s?(\d{1,2})(?:\s?[-/. ]\s?(\d{4}|\d{2}))?\.?", words):
        return _with_year(found[3], int(found[2]), int(found[1]), today)
    plain = re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", words).replace(" of ", " ")
    if found := re.fullmatch(r"(\d{1,2})[-/ ]?([a-z]{3,9})\.?,?(?:[-/ ]?(\d{4}|\d{2}))?", plain):
        month = _named(found[2], MONTHS)
        return None if month is None else _with_year(found[3], month + 1, int(found[1]), today)
    if found := re.fullmatch(r"([a-z]{3,9})\.? (\d{1,2})(?:,? (\d{4}))?", plain):
        month = _named(found[1], MONTHS)
        return None if month is None else _with_year(found[3], month + 1, int(found[2]), today)
    if found := re.fullmatch(r"(\d{2})(\d{2})(\d{4})", words):
        return _day(int(found[3]), int(found[2]), int(found[1]))
    return None


def _partial(words: str, today: date) -> str | None:
    if re.fullmatch(r"(18|19|20|21)\d{2}", words):
        return words
    month: int | None = None
    if found := re.fullmatch(r"([a-z]{3,9})\.?,? ?(\d{4})", words):
        named = _named(found[1], MONTHS)
        month = None if named is None else named + 1
    elif found := re.fullmatch(r"(\d{1,2})[-/. ](\d{4})", words):
        month = int(found[1])
    elif re.fullmatch(r"[a-z]{3,9}", words) and (named := _named(words, MONTHS)) is not None:
        year = today.year - (named + 1 > today.month)
        return f"{year:04}-{named + 1:02}"
    if found is None and (found := re.fullmatch(r"(\d{4})[-/.](\d{1,2})", words)):
        month = int(found[2])
        return f"{found[1]}-{month:02}" if 1 <= month <= 12 else None
    if found is None or month is None or not 1 <= month <= 12:
        return None
    return f"{found[2]}-{month:02}"


def _with_year(written: str | None, month: int, day: int, today: date) -> date | None:
    if written is None:
        found = _day(today.year, month, day) or _day(today.year - 1, month, day)
        if found is not None and found - today > timedelta(days=183):
            return _day(today.year - 1, month, day) or found
        return found
    year = int(written)
    if len(written) == 2:
        year += 2000 if 2000 + year <= today.year + 20 else 1900
    return _day(year, month, day)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if 1800 <= year <= 2200 else None
    except ValueError:
        return None
