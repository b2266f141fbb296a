//! Names in dates: months, days of the week, time zones, and words without a meaning for the date.

/// The months in English, German, French, Spanish, Italian, Portuguese and Dutch, in full and shortened.
const MONTHS: [&[&str]; 12] = [
    &[
        "jan", "january", "januar", "jän", "jänner", "janv", "janvier", "ene", "enero", "gen", "gennaio",
        "janeiro", "januari",
    ],
    &[
        "feb",
        "february",
        "februar",
        "fév",
        "fevr",
        "févr",
        "février",
        "febrero",
        "febbraio",
        "fev",
        "fevereiro",
        "februari",
    ],
    &[
        "mar", "march", "mär", "märz", "mrz", "mars", "marzo", "março", "maart", "mrt",
    ],
    &["apr", "april", "avr", "avril", "abr", "abril", "aprile"],
    &["may", "mai", "mayo", "mag", "maggio", "maio", "mei"],
    &["jun", "june", "juni", "juin", "junio", "giu", "giugno", "junho"],
    &[
        "jul", "july", "juli", "juil", "juillet", "julio", "lug", "luglio", "julho",
    ],
    &["aug", "august", "août", "aout", "ago", "agosto", "augustus"],
    &[
        "sep",
        "sept",
        "september",
        "septembre",
        "septiembre",
        "set",
        "settembre",
        "setembro",
    ],
    &[
        "oct", "october", "okt", "oktober", "octobre", "octubre", "ott", "ottobre", "out", "outubro",
    ],
    &["nov", "november", "novembre", "noviembre", "novembro"],
    &[
        "dec",
        "december",
        "dez",
        "dezember",
        "déc",
        "décembre",
        "dic",
        "diciembre",
        "dicembre",
        "dezembro",
    ],
];

const IGNORED: [&str; 60] = [
    "mon",
    "tue",
    "tues",
    "wed",
    "thu",
    "thur",
    "thurs",
    "fri",
    "sat",
    "sun",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "mo",
    "di",
    "mi",
    "do",
    "fr",
    "sa",
    "so",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonntag",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "lunes",
    "martes",
    "jueves",
    "viernes",
    "domingo",
    "t",
    "at",
    "of",
    "on",
    "the",
    "um",
    "uhr",
    "den",
    "le",
    "de",
    "del",
    "à",
    "er",
    "st",
    "nd",
    "rd",
    "th",
];

/// Time zones with their offset from UTC in minutes: the names of RFC 2822, and those of Britain and central Europe.
const ZONES: [(&str, i64); 17] = [
    ("z", 0),
    ("utc", 0),
    ("gmt", 0),
    ("ut", 0),
    ("est", -300),
    ("edt", -240),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
    ("cet", 60),
    ("cest", 120),
    ("mez", 60),
    ("mesz", 120),
    ("bst", 60),
];

/// Returns the number of a month, from 1, by its name in lower case.
pub(super) fn month(name: &str) -> Option<u64> {
    (1..)
        .zip(MONTHS)
        .find_map(|(month, names)| names.contains(&name).then_some(month))
}

pub(super) fn is_ignored(word: &str) -> bool {
    IGNORED.contains(&word)
}

pub(super) fn zone(name: &str) -> Option<i64> {
    ZONES
        .iter()
        .find_map(|(zone, minutes)| (*zone == name).then_some(*minutes))
}
