//! Quoted replies of e-mails.

use std::borrow::Cow;

use crate::steps::lines;

/// Start, middle and end of the line before a quoted e-mail, in lower case: "On … wrote:".
const ATTRIBUTIONS: [(&str, &str, &str); 9] = [
    ("on ", " wrote", ":"),
    ("am ", " schrieb", ":"),
    ("le ", " a écrit", ":"),
    ("el ", " escribió", ":"),
    ("il ", " ha scritto", ":"),
    ("op ", " schreef", ":"),
    ("em ", " escreveu", ":"),
    ("den ", " skrev", ":"),
    ("dnia ", " napisał", ":"),
];

/// Lines above a quoted e-mail, between dashes, in lower case.
const ORIGINALS: [&str; 8] = [
    "original message",
    "ursprüngliche nachricht",
    "originalnachricht",
    "message d'origine",
    "mensaje original",
    "messaggio originale",
    "oorspronkelijk bericht",
    "mensagem original",
];

/// Lines above a forwarded e-mail, in lower case. Its text is often all that there is, so it stays.
const FORWARDS: [&str; 6] = [
    "forwarded message",
    "weitergeleitete nachricht",
    "message transféré",
    "mensaje reenviado",
    "messaggio inoltrato",
    "doorgestuurd bericht",
];

/// Outlook's first header line above a quoted e-mail, in lower case.
const FROM: [&str; 5] = ["from", "von", "de", "da", "van"];

/// The other header lines.
const HEADERS: [&str; 30] = [
    "sent",
    "date",
    "to",
    "cc",
    "bcc",
    "subject",
    "gesendet",
    "datum",
    "an",
    "betreff",
    "envoyé",
    "à",
    "objet",
    "enviado",
    "fecha",
    "para",
    "asunto",
    "inviato",
    "data",
    "a",
    "oggetto",
    "verzonden",
    "aan",
    "onderwerp",
    "enviada",
    "enviada em",
    "assunto",
    "enviado el",
    "reply-to",
    "importance",
];

/// Maximum number of lines over which mail programs wrap an attribution.
const MAX_WRAPPED: usize = 3;
const MAX_ATTRIBUTION_BYTES: usize = 400;

/// Removes quoted replies: lines that start with `>` and the line "On … wrote:" above them. If no such lines follow, everything after
/// "On … wrote:", after Outlook's headers or after "Original Message" is removed.
pub(crate) fn drop(text: &str) -> Cow<'_, str> {
    let lines = lines::split(text);
    let mut kept = vec![true; lines.len()];
    let mut at = 0;
    while at < lines.len() {
        if let Some(n) = attribution(&lines[at..]) {
            let quoted = (at + n..lines.len()).find(|&line| !lines[line].trim().is_empty());
            match quoted {
                Some(quoted) if is_quoted(lines[quoted]) => {
                    kept[at..quoted].fill(false);
                    at = drop_block(&lines, &mut kept, quoted);
                }
                _ => {
                    kept[at..].fill(false);
                    break;
                }
            }
        } else if is_original(lines[at]) || has_headers(&lines, at) {
            kept[start_of_separator(&lines, at)..].fill(false);
            break;
        } else if is_quoted(lines[at]) && !is_comparison(&lines, at) {
            at = drop_block(&lines, &mut kept, at);
        } else {
            at += 1;
        }
    }
    lines::keep(text, &lines, &kept)
}

/// Marks the quoted lines from `start` and returns the line after them.
fn drop_block(lines: &[&str], kept: &mut [bool], start: usize) -> usize {
    let end = (start..lines.len())
        .find(|&line| !is_quoted(lines[line]))
        .unwrap_or(lines.len());
    kept[start..end].fill(false);
    end
}

/// Returns the number of lines of the attribution at the start of `lines`, if there is one.
fn attribution(lines: &[&str]) -> Option<usize> {
    let first = lines.first()?.trim().to_lowercase();
    if !ATTRIBUTIONS.iter().any(|(start, _, _)| first.starts_with(start)) {
        return None;
    }
    let mut joined = String::new();
    for (line, n) in lines.iter().zip(1..=MAX_WRAPPED) {
        if line.trim().is_empty() || joined.len() > MAX_ATTRIBUTION_BYTES {
            return None;
        }
        joined.push_str(line.trim());
        let lower = joined.to_lowercase();
        let is_one = |&(start, middle, end): &(&str, &str, &str)| {
            lower.starts_with(start) && format!(" {lower}").contains(middle) && lower.ends_with(end)
        };
        if ATTRIBUTIONS.iter().any(is_one) && has_date_or_address(&joined) {
            return Some(n);
        }
        joined.push(' ');
    }
    None
}

/// True if a line has a year, a time such as 10:30, or an e-mail address. Without one, "On page one you wrote:" would be an attribution.
fn has_date_or_address(line: &str) -> bool {
    let mut words = line.split(|c: char| !(c.is_ascii_digit() || c == ':'));
    let is_year = |word: &str| word.len() == 4 && (word.starts_with("19") || word.starts_with("20"));
    let is_time = |word: &str| {
        let mut parts = word.split(':');
        let is_part = |part: Option<&str>| part.is_some_and(|part| (1..=2).contains(&part.len()));
        is_part(parts.next()) && is_part(parts.next())
    };
    line.contains('@') || words.any(|word| is_year(word) || is_time(word))
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// True for a single line such as "> 5 GB", which compares something.
fn is_comparison(lines: &[&str], at: usize) -> bool {
    let is_alone = !lines.get(at + 1).is_some_and(|next| is_quoted(next));
    let rest = lines[at].trim_start().trim_start_matches(['>', '=', ' ']);
    is_alone && rest.starts_with(|c: char| c.is_ascii_digit() || "€$£%".contains(c))
}

fn is_original(line: &str) -> bool {
    let line = line.trim();
    let name = line
        .trim_matches(['-', '_', '*', ' '])
        .to_lowercase()
        .replace('’', "'");
    line.starts_with("--") && ORIGINALS.contains(&name.as_str())
}

/// True if Outlook's headers start in this line: a sender, and at least two of the other headers in the next five lines.
fn has_headers(lines: &[&str], at: usize) -> bool {
    if !header(lines[at]).is_some_and(|name| FROM.contains(&name.as_str())) {
        return false;
    }
    let n_other = lines[at + 1..]
        .iter()
        .take(5)
        .map_while(|line| header(line))
        .filter(|name| HEADERS.contains(&name.as_str()))
        .count();
    if n_other < 2 {
        return false;
    }
    let before = lines[..at].iter().rev().find(|line| !line.trim().is_empty());
    let is_forward = before.is_some_and(|line| {
        let line = line.to_lowercase();
        FORWARDS.iter().any(|name| line.contains(name))
    });
    !is_forward
}

/// Returns the name of a header line `Name: value` in lower case. Web mail writes it between asterisks.
fn header(line: &str) -> Option<String> {
    let (name, value) = line.trim().split_once(':')?;
    let name = name.trim_matches(['*', ' ', '\u{A0}']);
    (name.len() <= 16 && !value.trim_matches(['*', ' ']).is_empty()).then(|| name.to_lowercase())
}

/// Returns the first of the lines directly above `at` that are blank or made of dashes.
fn start_of_separator(lines: &[&str], at: usize) -> usize {
    let is_separator = |line: &str| line.trim().chars().all(|c| "_-=*".contains(c)) || is_original(line);
    (0..at)
        .rev()
        .take_while(|&line| is_separator(lines[line]))
        .last()
        .unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_removed() {
        let cases = [
            (
                "Thanks!\n\nOn Mon, 3 Mar 2025 at 10:00, Ann <ann@x.org> wrote:\n> Hi\n> there\n",
                "Thanks!",
            ),
            (
                "Thanks!\n\nOn Mon, Mar 3, 2025 at 10:00 AM Ann Example\n<ann@example.org> wrote:\n\n> Hi\n\nMore",
                "Thanks!\n\n\nMore",
            ),
            (
                "Danke\nAm 03.03.2025 um 10:00 schrieb Ann <ann@x.org>:\nHallo",
                "Danke",
            ),
            (
                "Danke\nAm Mo., 3. März 2025 um 10:00 Uhr schrieb Ann:\n> Hallo",
                "Danke",
            ),
            (
                "Merci\n\nLe lun. 3 mars 2025 à 10:00, Ann <ann@x.org> a écrit :\n\nBonjour",
                "Merci",
            ),
            (
                "Gracias\nEl lun, 3 mar 2025 a las 10:00, Ana (<ana@x.org>) escribió:\n> Hola",
                "Gracias",
            ),
            (
                "Ok\n\nFrom: Ann <ann@x.org>\nSent: Monday, March 3, 2025 10:00\nTo: Bob\nSubject: Export\n\nHi",
                "Ok",
            ),
            (
                "Ok\n________________________________\nVon: Ann\nGesendet: Montag\nAn: Bob\nBetreff: Export\n\nHi",
                "Ok",
            ),
            (
                "Ok\n\n*De :* Ann\n*Envoyé :* lundi\n*À :* Bob\n*Objet :* Export\n",
                "Ok",
            ),
            ("Ok\r\n\r\n-----Original Message-----\r\nFrom: Ann\r\nHi", "Ok"),
            ("Ok\n-----Mensaje original-----\nHola", "Ok"),
            ("> Does it work?\nYes.\n> And that?\n> Really?\nNo.", "Yes.\nNo."),
        ];
        for (text, expected) in cases {
            assert_eq!(drop(text), expected, "{text}");
        }
    }

    #[test]
    fn other_lines_stay() {
        for text in [
            "Upload fails for files\n> 5 GB",
            "On the website they wrote:\nfree returns",
            "On Monday it worked, on Tuesday it did not.",
            "Am Ende schrieb mir niemand:\ntraurig",
            "From: my side\nall is fine",
            "From: here\nTo: there",
            "---------- Forwarded message ---------\nFrom: Ann <ann@x.org>\nDate: Mon\nSubject: Hi\nTo: Bob\n\nText",
            "Original message was lost",
            "a -> b => c",
            "  \n\n",
        ] {
            assert!(matches!(drop(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
