"""Invented names and e-mail addresses. Domains end in `.example`, which nobody can own (RFC 2606)."""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import Ints, Texts

_COMPANY_FIRST = np.array(
    [
        "Amber",
        "Beacon",
        "Cedar",
        "Delta",
        "Ember",
        "Fjord",
        "Granite",
        "Harbor",
        "Indigo",
        "Juniper",
        "Kestrel",
        "Lantern",
        "Meadow",
        "Nimbus",
        "Orchard",
        "Pioneer",
        "Quarry",
        "Raven",
        "Summit",
        "Tundra",
        "Umber",
        "Vantage",
        "Willow",
        "Zephyr",
    ]
)
_COMPANY_LAST = np.array(
    [
        "Analytics",
        "Biotech",
        "Cargo",
        "Dynamics",
        "Energy",
        "Foods",
        "Glassworks",
        "Health",
        "Insurance",
        "Labs",
        "Logistics",
        "Media",
        "Metals",
        "Mobility",
        "Networks",
        "Optics",
        "Partners",
        "Robotics",
        "Software",
        "Supply",
        "Systems",
        "Textiles",
    ]
)
_GIVEN = np.array(
    [
        "Ada",
        "Bilal",
        "Carmen",
        "Dmitri",
        "Elif",
        "Farah",
        "Goran",
        "Hana",
        "Ines",
        "Jonas",
        "Keiko",
        "Liam",
        "Maya",
        "Nadia",
        "Omar",
        "Priya",
        "Quinn",
        "Rosa",
        "Samir",
        "Tara",
        "Uma",
        "Viktor",
        "Wanda",
        "Xavier",
        "Yusuf",
        "Zoe",
    ]
)
_FAMILY = np.array(
    [
        "Abara",
        "Becker",
        "Castillo",
        "Dubois",
        "Eriksen",
        "Fischer",
        "Garcia",
        "Horvat",
        "Ito",
        "Jansen",
        "Kowalski",
        "Lindqvist",
        "Moreau",
        "Novak",
        "Okafor",
        "Petrov",
        "Quist",
        "Rossi",
        "Silva",
        "Tanaka",
        "Ueda",
        "Varga",
        "Weber",
        "Yilmaz",
        "Zeller",
    ]
)


def company_names(numbers: Ints) -> Texts:
    """A name per company; the pairs of words recur, so later rounds carry a number."""
    pairs = len(_COMPANY_FIRST) * len(_COMPANY_LAST)
    within, again = numbers * 131 % pairs, numbers // pairs
    name = _joined(_COMPANY_FIRST[within // len(_COMPANY_LAST)], " ", _COMPANY_LAST[within % len(_COMPANY_LAST)])
    return np.where(again > 0, _joined(name, " ", _digits(again + 1)), name)


def company_domains(names: Texts) -> Texts:
    """Web domain of each company."""
    return np.char.add(_plain(names, "-"), ".example")


def person_names(numbers: Ints) -> Texts:
    """A name per person; names recur, as names do."""
    within = numbers * 379 % (len(_GIVEN) * len(_FAMILY))
    return _joined(_GIVEN[within // len(_FAMILY)], " ", _FAMILY[within % len(_FAMILY)])


def addresses(names: Texts, numbers: Ints, domains: Texts) -> Texts:
    """An e-mail address per person; the number keeps namesakes apart."""
    local = _joined(_plain(names, "."), ".", _digits(numbers))
    return _joined(local, "@", domains)


def _plain(names: Texts, between: str) -> Texts:
    """ASCII names in small letters, with another character for each space."""
    characters = np.array(names).view(np.uint32)
    characters[(characters >= ord("A")) & (characters <= ord("Z"))] += ord("a") - ord("A")
    characters[characters == ord(" ")] = ord(between)
    return characters.view(names.dtype)


def _digits(numbers: Ints) -> Texts:
    """Numbers from 0 as text, no wider than the greatest."""
    return numbers.astype(f"<U{len(str(numbers.max(initial=0)))}")


def _joined(left: Texts, between: str, right: Texts) -> Texts:
    return np.char.add(np.char.add(left, between), right)
