"""Countries by their English name, whatever code or spelling the caller used.

GitLab's forms send ISO alpha-2 codes, the billing and marketing systems names in several spellings and languages; Iterable
gets one English name. Countries that GitLab's forms do not offer still come with older leads, so nothing is refused here.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pycountry

from contacts.intake.reading import Reading, read_text

# Where the name that marketing operations uses differs from ISO's short or common name.
NAMES = {
    "BN": "Brunei",
    "BO": "Bolivia",
    "CD": "Congo, Democratic Republic of the",
    "CG": "Congo",
    "FK": "Falkland Islands",
    "FM": "Micronesia",
    "GB": "United Kingdom",
    "IR": "Iran",
    "KP": "North Korea",
    "KR": "South Korea",
    "LA": "Laos",
    "MD": "Moldova",
    "MO": "Macao",
    "PS": "Palestine",
    "RU": "Russia",
    "SY": "Syria",
    "TR": "Turkey",
    "TW": "Taiwan",
    "TZ": "Tanzania",
    "US": "United States",
    "VA": "Vatican City",
    "VE": "Venezuela",
    "VG": "British Virgin Islands",
    "VI": "U.S. Virgin Islands",
    "VN": "Viet Nam",
}

# Old names, local names and habits, by code. Compared without accents, case and punctuation.
SPELLINGS = {
    "AE": ("UAE", "Emirates"),
    "AT": ("Österreich",),
    "BE": ("Belgique", "België", "Belgien"),
    "BO": ("Bolivia, Plurinational State of",),
    "BR": ("Brasil",),
    "CD": ("DR Congo", "Democratic Republic of the Congo", "Congo (Kinshasa)", "Zaire"),
    "CG": ("Republic of the Congo", "Congo (Brazzaville)"),
    "CH": ("Schweiz", "Suisse", "Svizzera"),
    "CI": ("Ivory Coast",),
    "CN": ("PRC", "People's Republic of China", "中国", "Mainland China"),
    "CV": ("Cape Verde",),
    "CZ": ("Czech Republic", "Česko", "Česká republika"),
    "DE": ("Deutschland", "Allemagne", "Alemania"),
    "DK": ("Danmark",),
    "ES": ("España", "Espana", "Espagne"),
    "FI": ("Suomi",),
    "GB": ("UK", "Great Britain", "Britain", "England", "Scotland", "Wales", "Northern Ireland"),
    "GR": ("Hellas", "EL"),
    "HK": ("Hong Kong SAR", "Hong Kong S.A.R.", "Hong Kong, China"),
    "HU": ("Magyarország",),
    "IE": ("Republic of Ireland", "Éire"),
    "IN": ("Bharat",),
    "IT": ("Italia",),
    "JP": ("日本", "Nippon"),
    "KP": ("Korea, North", "Democratic People's Republic of Korea"),
    "KR": ("Korea", "Korea, South", "Korea (Republic of)", "대한민국", "한국"),
    "LY": ("Libyan Arab Jamahiriya",),
    "MK": ("Macedonia", "Macedonia, the former Yugoslav Republic of", "FYROM", "Republic of Macedonia"),
    "MM": ("Burma",),
    "MO": ("Macau", "Macao SAR"),
    "MX": ("México",),
    "NL": ("The Netherlands", "Holland", "Nederland", "Netherlands, the"),
    "NO": ("Norge",),
    "PL": ("Polska",),
    "PT": ("Portugal",),
    "RU": ("Россия",),
    "SE": ("Sverige",),
    "SZ": ("Swaziland",),
    "TL": ("East Timor",),
    "TR": ("Türkiye",),
    "TW": ("Taiwan, Province of China", "Taiwan, Republic of China", "台灣", "臺灣"),
    "UA": ("Україна",),
    "US": ("America", "Estados Unidos", "États-Unis"),
    "VA": ("Holy See", "Vatican"),
    "VN": ("Vietnam", "Việt Nam"),
}

# In use by marketing systems, but not assigned by ISO.
UNASSIGNED = {"XK": "Kosovo", "XKX": "Kosovo", "Kosovo": "Kosovo"}

LONGEST_CODE = 3
_NOT_LETTERS = re.compile(r"[\W_]+")


def read_country(value: Any) -> Reading:
    text, flag = read_text(value)
    if text is None:
        return None, flag
    name = _BY_SPELLING.get(text) or _BY_SPELLING.get(_as_code(text)) or _BY_SPELLING.get(_folded(text))
    return (name, "") if name else (text, "unknown country, kept as received")


def _folded(spelling: str) -> str:
    """Without case, accents and punctuation: "Việt-Nam" and "viet nam" are one spelling."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", spelling) if not unicodedata.combining(char))
    return _NOT_LETTERS.sub("", bare.casefold())


def _as_code(spelling: str) -> str:
    """Codes are compared by their letters alone: "U.S." is one, "n/a" is none."""
    return spelling.replace(".", "").upper()


def _is_code(spelling: str) -> bool:
    return spelling.isascii() and len(spelling) <= LONGEST_CODE


def _spellings_of(country: Any) -> list[str]:
    optional = [getattr(country, attribute, "") for attribute in ("common_name", "official_name")]
    names = [country.alpha_2, country.alpha_3, country.name, *optional]
    return [*names, NAMES.get(country.alpha_2, ""), *SPELLINGS.get(country.alpha_2, ())]


def _name_of(country: Any) -> str:
    return NAMES.get(country.alpha_2) or str(getattr(country, "common_name", country.name))


def _index() -> dict[str, str]:
    """Codes in upper case, names folded, which leaves no upper case; and each name as it is, to be found at once."""
    pairs = list(UNASSIGNED.items())
    for country in pycountry.countries:
        name = _name_of(country)
        pairs += [(spelling, name) for spelling in _spellings_of(country) if spelling]
    by_spelling = {spelling if _is_code(spelling) else _folded(spelling): name for spelling, name in pairs}
    return by_spelling | {name: name for name in by_spelling.values()}


_BY_SPELLING = _index()
