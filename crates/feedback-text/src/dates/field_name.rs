//! What the names of fields say about the dates in them, in English, German, French and Spanish.

use std::collections::HashSet;
use std::sync::OnceLock;

/// Words with spaces between them. A file can have a hundred thousand columns, so they are divided only once.
struct Words(&'static str, OnceLock<HashSet<&'static str>>);

impl Words {
    const fn new(words: &'static str) -> Self {
        Self(words, OnceLock::new())
    }

    fn has(&self, word: &str) -> bool {
        self.1.get_or_init(|| self.0.split(' ').collect()).contains(word)
    }
}

/// The time of a text: when a person wrote it, or when it came in.
static WRITTEN: Words = Words::new(
    "created create creation received receive submitted submit submission opened open posted post posting \
     published publish publication written sent reviewed review feedback survey comment commented recorded \
     reported logged entered erstellt erstell erstellung eingang eingegangen eingereicht erhalten \
     empfangen empfang gesendet abgesendet abgeschickt abgegeben geschrieben verfasst erfasst erfassung \
     bewertet bewertung rezension rezensiert veröffentlicht veröffentlichung gemeldet melde meldung \
     geöffnet eröffnet eröffnung angelegt créé créée création reçu reçue réception envoyé envoyée soumis \
     soumise soumission publié publiée rédigé creado creada creación recibido recibida enviado enviada \
     publicado publicada",
);
/// When a person answered: in a survey this is the time of the text, in a ticket it can be an answer to it.
static ANSWERED: Words = Words::new(
    "answered answer responded response completed completion complete started start ended end beantwortet \
     antwort ausgefüllt begonnen beginn beendet répondu respondido",
);
/// What happened to a text later.
static LATER: Words = Words::new(
    "updated update modified modification changed change edited edit closed close closing closure solved \
     resolved resolution last latest due reply replied deleted archived exported export imported import \
     processed aktualisiert aktualisierung geändert änderung bearbeitet bearbeitung geschlossen \
     abgeschlossen abschluss gelöst lösung erledigt letzte letzter letztes zuletzt fällig fälligkeit \
     modifié modifiée mise clôturé clôture fermé résolu dernier dernière échéance actualizado \
     actualización modificado cerrado resuelto último última",
);
/// Words for a date. Most say that numbers such as `20250305` are dates, too.
static DATE_WORDS: Words = Words::new(
    "date datetime timestamp datum zeitpunkt zeitstempel fecha horodateur horodatage temporal when wann \
     time zeit hora",
);
/// Those of them that a span of time can have in its name.
static ALSO_SPANS: Words = Words::new("time zeit hora");
/// Words that change nothing in a name of which the other words mean a date.
static FILLERS: Words =
    Words::new("at on am um of the and und de del le et marca utc gmt local ticket case message text");
/// The last word of a name such as `created at`.
static LAST_WORDS: Words = Words::new("at on am le");
/// Names of the time of a text without any other word.
static ALONE: Words = Words::new("created erstellt creado créé");
/// What compound words end with, as in `createdat` and `Eingangsdatum`.
const ENDS: &str = "datum zeitpunkt zeit date time at on";
/// How words begin or end in the names of dates that are never the time of a text.
const NEVER: &str = "birth geburt naissance nacimiento expir valid renew dob deadline";
/// Further words in the names of such dates.
static NEVER_WORDS: Words = Words::new("since until seit bis");

/// What a date with some name is, the most likely time of a text first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateNameKind {
    /// When the text was written or came in: `created_at`, `Eingangsdatum`.
    Written,
    /// A date of nothing in particular: `Date`, `timestamp`.
    Bare,
    /// When somebody answered: `Completed`.
    Answered,
    /// The date of something else: `Kaufdatum`, `registration date`.
    OfSomethingElse,
    /// No word in the name is known.
    Unknown,
    /// What happened later: `updated_at`, `Last modified date`.
    Later,
    /// A date that is never the time of a text: `date of birth`.
    Never,
}

/// What the name of a field says about the dates in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateName {
    /// Which date it is.
    pub kind: DateNameKind,
    /// Whether the name says that the values are dates, even if they are plain numbers.
    pub has_date_word: bool,
    /// Whether nothing but dates has such a name.
    pub is_sure: bool,
}

impl DateName {
    /// Judges the name of a field by its whole words, since `updated_at` is no `date`. Of a path, the last part counts.
    pub fn of(name: &str) -> Self {
        let last = name.rsplit('.').find(|part| !part.trim().is_empty());
        let words = words(last.unwrap_or(name));
        let any = |matches: fn(&str) -> bool| words.iter().any(|word| matches(word));
        let kind = if any(|word| NEVER_WORDS.has(word) || is_never(word)) {
            DateNameKind::Never
        } else if any(|word| LATER.has(word) || is_compound(&LATER, word)) {
            DateNameKind::Later
        } else if any(|word| WRITTEN.has(word) || is_compound(&WRITTEN, word)) {
            DateNameKind::Written
        } else if any(is_date_word) && words.iter().all(|word| is_bare(word)) {
            DateNameKind::Bare
        } else if any(|word| ANSWERED.has(word) || is_compound(&ANSWERED, word)) && !any(may_be_span) {
            DateNameKind::Answered
        } else if any(is_date_word) {
            DateNameKind::OfSomethingElse
        } else {
            DateNameKind::Unknown
        };
        let is_last = |word: &String| words.len() > 1 && LAST_WORDS.has(word) || is_compound(&WRITTEN, word);
        let has_date_word =
            any(|word| is_date_word(word) && !may_be_span(word)) || words.last().is_some_and(is_last);
        Self {
            kind,
            has_date_word,
            is_sure: has_date_word || words.len() == 1 && any(|word| ALONE.has(word)),
        }
    }
}

/// Whether a column with the time of the texts usually has this name.
pub fn is_usual_for_dates(name: &str) -> bool {
    let name = DateName::of(name);
    name.is_sure && matches!(name.kind, DateNameKind::Written | DateNameKind::Bare)
}

fn is_date_word(word: &str) -> bool {
    DATE_WORDS.has(word) || word.ends_with("datum") || word.ends_with("date")
}

fn may_be_span(word: &str) -> bool {
    ALSO_SPANS.has(word)
}

fn is_bare(word: &str) -> bool {
    DATE_WORDS.has(word) || FILLERS.has(word)
}

fn is_never(word: &str) -> bool {
    let mut stems = NEVER.split(' ');
    stems.any(|stem| word.starts_with(stem) || word.ends_with(stem))
}

/// Whether a word is one of the list and a word for a date, in one: `createdat`, `datecreated`, `eingangsdatum`.
fn is_compound(list: &Words, word: &str) -> bool {
    let is_listed = |stem: &str| list.has(stem) || list.has(stem.strip_suffix('s').unwrap_or(stem));
    let mut stems = ENDS.split(' ').filter_map(|end| word.strip_suffix(end));
    stems.any(is_listed) || word.strip_prefix("date").is_some_and(is_listed)
}

/// The words of a name in lower case: `createdAt` and `created_at` have the same two.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for character in name.chars() {
        let begins = before.is_lowercase() && character.is_uppercase();
        if begins || !character.is_alphabetic() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_alphabetic()) {
            word.extend(character.to_lowercase());
        }
        before = character;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_judged_by_whole_words() {
        for (kind, names) in [
            (
                DateNameKind::Written,
                &[
                    "created_at",
                    "createdAt",
                    "createdat",
                    "CreatedDate",
                    "createddate",
                    "Date Created",
                    "datecreated",
                    "Erstellt am",
                    "Erstelldatum",
                    "Erstellungsdatum",
                    "Eingangsdatum",
                    "Bewertet am",
                    "received_on",
                    "Ticket created - Date",
                    "Date/Time Opened",
                    "review_date",
                    "reviewdate",
                    "Fecha de creación",
                    "data.created_at",
                    "Submission date",
                    "opened_at",
                    "Créé le",
                ][..],
            ),
            (
                DateNameKind::Bare,
                &[
                    "date",
                    "Datum",
                    "timestamp",
                    "Zeitstempel",
                    "Date (UTC)",
                    "Marca temporal",
                    "Date and Time",
                    "DATE",
                ],
            ),
            (DateNameKind::Answered, &["Completed", "Answered at", "StartDate"]),
            (
                DateNameKind::OfSomethingElse,
                &[
                    "Kaufdatum",
                    "order_date",
                    "orderdate",
                    "date of purchase",
                    "Handling time",
                    "Response time",
                ],
            ),
            (
                DateNameKind::Unknown,
                &["", "Am", "updatable", "plan", "Dated", "lastly"],
            ),
            (
                DateNameKind::Later,
                &[
                    "updated_at",
                    "updatedAt",
                    "updatedat",
                    "update_date",
                    "Update",
                    "Last Modified Date",
                    "closed_at",
                    "Aktualisiert am",
                    "Geschlossen am",
                    "Änderungsdatum",
                    "Ticket updated - Date",
                    "due",
                    "Review Last Update Date and Time",
                    "date_updated",
                ],
            ),
            (
                DateNameKind::Never,
                &[
                    "date of birth",
                    "birthdate",
                    "dateofbirth",
                    "Geburtsdatum",
                    "customer since",
                    "expires_at",
                    "valid until",
                ],
            ),
        ] {
            for name in names {
                assert_eq!(DateName::of(name).kind, kind, "{name}");
            }
        }
    }

    #[test]
    fn some_names_are_only_those_of_dates() {
        for name in [
            "created_at",
            "createdAt",
            "createdat",
            "created",
            "Zeitstempel",
            "date",
            "Bewertet am",
            "Eingangsdatum",
        ] {
            assert!(DateName::of(name).is_sure, "{name}");
        }
        for name in [
            "time",
            "Response time",
            "sent",
            "feedback",
            "Feedback on delivery",
            "review",
            "open",
            "",
        ] {
            assert!(!DateName::of(name).is_sure, "{name}");
        }
    }
}
