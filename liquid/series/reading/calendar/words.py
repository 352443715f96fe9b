"""Words of a calendar in English, German, French, Spanish and Italian: months, weekdays, halves of a day, zones."""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_MONTHS = """
january february march april may june july august september october november december
januar februar märz april mai juni juli august september oktober november dezember
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
jänner feber märz april mai juni juli august setiembre oktober november dezember
"""
_MORE_MONTHS = {"mrz": 3, "mär": 3, "maerz": 3, "fév": 2, "fev": 2, "fevr": 2, "aou": 8, "aout": 8}
_WEEKDAYS = """
monday tuesday wednesday thursday friday saturday sunday
montag dienstag mittwoch donnerstag freitag samstag sonntag
lundi mardi mercredi jeudi vendredi samedi dimanche
lunes martes miércoles jueves viernes sábado domingo
lunedì martedì mercoledì giovedì venerdì sabato domenica
sonnabend
"""
_SHORT_WEEKDAYS = "mo di mi do fr sa so lu ma me je ve sa di lun mar mer gio ven sab dom mie mié sáb"

HALVES = {"am": 0, "pm": 12, "a": 0, "p": 12}
# Hours east of Greenwich by the names that files write; where two places share one, the more usual.
_ZONES = {
    "z": 0.0, "utc": 0.0, "gmt": 0.0, "wet": 0.0, "west": 1.0, "bst": 1.0, "cet": 1.0, "mez": 1.0, "cest": 2.0,
    "mesz": 2.0, "eet": 2.0, "sast": 2.0, "eest": 3.0, "msk": 3.0, "ist": 5.5, "awst": 8.0, "hkt": 8.0, "sgt": 8.0,
    "jst": 9.0, "kst": 9.0, "acst": 9.5, "acdt": 10.5, "aest": 10.0, "aedt": 11.0, "nzst": 12.0, "nzdt": 13.0,
    "nst": -3.5, "ast": -4.0, "adt": -3.0, "est": -5.0, "edt": -4.0, "cst": -6.0, "cdt": -5.0, "mst": -7.0,
    "mdt": -6.0, "pst": -8.0, "pdt": -7.0, "akst": -9.0, "akdt": -8.0, "hst": -10.0, "brt": -3.0,
}  # fmt: skip
ZONES = {name: int(3600 * hours) for name, hours in _ZONES.items()}

_UNITS = {
    7 * 86_400.0: "w week weeks", 86_400.0: "d dt day days tag tage jour jours día dias días giorno giorni",
    3600.0: "h hr hrs hour hours std stunde stunden heure heures hora horas ora ore",
    60.0: "m min mins minute minutes minuten minuto minutos minuti", 1.0: "s sec secs second seconds sek sekunden",
    1e-3: "ms",
}  # fmt: skip
SECONDS_IN = {word: seconds for seconds, words in _UNITS.items() for word in words.split()}

# What stands next to a number and says what it counts.
MARKS = {
    "quarter": frozenset(("q", "qtr", "quarter", "quartal", "trim", "trimestre", "trimester")),
    "week": frozenset(("w", "kw", "wk", "cw", "week", "woche", "semaine", "semana", "settimana", "sem")),
    "month": frozenset(("m",)),
    "hour": frozenset(("h", "hr", "hrs", "uhr", "he")),
    "clock": frozenset(("t",)),
}
# Words that a date may hold and that say nothing.
FILLERS = _set(
    "de del of the at um le den der on à a alle ore las st nd rd th er º ª m h min s sec y fy 年 月 日 时 時 分 秒"
)
BETWEEN = frozenset(("to", "bis", "until", "à", "a", "and", "hasta"))


def _stems(words: str, fewest: int) -> dict[str, int]:
    """Every word and its beginnings of at least `fewest` letters, with its place in its line from 1; unless unclear."""
    places: dict[str, set[int]] = {}
    for line in words.strip().splitlines():
        for place, word in enumerate(line.split(), 1):
            for length in range(fewest, len(word) + 1):
                places.setdefault(word[:length], set()).add(place)
    return {stem: place for stem, (place, *others) in ((s, sorted(p)) for s, p in places.items()) if not others}


MONTHS = _stems(_MONTHS, 3) | _MORE_MONTHS
MONTHS |= {"ago": 8, "set": 9, "may": 5, "mar": 3, "mai": 5, "jul": 7, "jun": 6}
WEEKDAYS = frozenset(
    word[:length] for word in _WEEKDAYS.split() for length in range(3, len(word) + 1)
) | frozenset(_SHORT_WEEKDAYS.split())  # fmt: skip

# What a column's name says that it holds. A name says so where all its words are known.
_PARTS = {
    "year": "year yr yyyy yy jahr année annee an año ano anio anno anné y years jahre",
    "month": "month mon mo mm mnth mth monat mois mes mese months m",
    "day": "day dy dd dom mday tag jour día dia giorno days d",
    "doy": "doy yday julian jday",
    "hour": "hour hr hh hours stunde std heure hora ora h hrs he",
    "minute": "minute mi minutes mins minuto min mn",
    "second": "second sec ss seconds sekunde seconde segundo secondo",
    "quarter": "quarter qtr q quartal trimestre trimester qrt",
    "week": "week wk weeknum weekno isoweek kw cw woche semaine semana settimana weeks",
}
PARTS = {word: part for part, words in _PARTS.items() for word in words.split()}
TIME = _set(
    "date time datetime timestamp stamp ts dt unix epoch datum zeit zeitstempel uhrzeit fecha hora tiempo heure "
    "temps horodatage yearmonth yyyymm yearweek yyyyww yyyymmdd yyyymmddhh yymmdd ddmmyyyy mmddyyyy datehour "
    "period datekey when"
)
# Of these, what numbers that count time may be called, in order or not.
COUNTS_TIME = _set("date time datetime timestamp stamp ts unix epoch zeit tiempo temps")
CLOCK = _set("time clock uhrzeit zeit heure hora ora hour hours hhmm hh hr h lst utc gmt hhmmss tod stunde")
# Time since a start; what a stopwatch shows.
ELAPSED = _set("elapsed duration lap laps split stopwatch chrono dauer durée duree duración durata runtime playtime")
UNITS = _set("s sec secs second seconds ms us µs ns min mins minute minutes h hr hrs hour hours d day days")
# Words beside the one that counts, which leave its meaning as it is.
BESIDE = _set(
    "of the number no num nr utc gmt local lst obs elapsed measurement measured sample sampling start begin "
    "record recorded event log logged observation observed unix epoch end id in de mesure messung der le la and "
    "from as iso full std standard cet cest mez est edt pst pdt reading meter report reporting calendar decimal "
    "fractional ending beginning starting"
)
DATES = _set("date datum fecha datetime")
UNIT_NAMES = _set("unit units uom of measure measurement einheit einheiten unité unite unités unidad unidades unità")
PERIODS = _set("interval period slot settlement trading block pe")  # of a day
COUNTERS = _set(
    "no nr row rows rownames rownum rownumber index idx id obs n num number rank key record line lfd sno sr pos"
)
COUNTED = _set("t time step steps sample samples period periods index idx row rows nr no x s ms n") | ELAPSED
