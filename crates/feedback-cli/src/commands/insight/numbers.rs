//! Reads the values of a field as numbers, as people and survey tools write them.

/// The values of a field as numbers.
pub(super) struct Numbers {
    /// NaN where there is no number.
    pub(super) values: Vec<f64>,
    /// The rows with a value that is no number.
    pub(super) unreadable: Vec<usize>,
    /// A value in which commas divide thousands, if they do in this field.
    pub(super) thousands: Option<String>,
}

impl Numbers {
    /// Reads numbers, answers such as `10 - extremely likely`, and yes and no as 1 and 0.
    pub(super) fn read(values: &[&str]) -> Self {
        let thousands = thousands(values);
        let read = |value: &&str| {
            let number = number(value, thousands.is_some());
            number
                .or_else(|| answer(value))
                .or_else(|| yes_or_no(value))
                .unwrap_or(f64::NAN)
        };
        let numbers: Vec<f64> = values.iter().map(read).collect();
        let is_unreadable = |row: &usize| numbers[*row].is_nan() && !values[*row].trim().is_empty();
        Self {
            unreadable: (0..values.len()).filter(is_unreadable).collect(),
            values: numbers,
            thousands: thousands.map(str::to_owned),
        }
    }

    /// Keeps only whole numbers from 0 to 10.
    pub(super) fn keep_answers(&mut self) {
        for (row, value) in self.values.iter_mut().enumerate() {
            if !value.is_nan() && !is_answer(*value) {
                *value = f64::NAN;
                self.unreadable.push(row);
            }
        }
        self.unreadable.sort_unstable();
    }
}

/// Whether a number is an answer to "How likely are you to recommend us?".
pub(super) fn is_answer(value: f64) -> bool {
    (0.0..=10.0).contains(&value) && value.fract() == 0.0
}

/// The first value with commas, if these divide thousands in all values: groups of three digits follow them, as in `1,234`.
fn thousands<'a>(values: &[&'a str]) -> Option<&'a str> {
    let with_comma = || {
        values
            .iter()
            .map(|value| value.trim())
            .filter(|value| value.contains(','))
    };
    with_comma()
        .all(divides_thousands)
        .then(|| with_comma().next())
        .flatten()
}

fn divides_thousands(value: &str) -> bool {
    let value = value.trim_start_matches(['-', '+']);
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    if fraction.contains([',', '.']) {
        return false; // as in 1.234,5
    }
    let mut groups = whole.split(',');
    let is_digits = |group: &str| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups
        .next()
        .is_some_and(|group| is_digits(group) && group.len() <= 3 && !group.starts_with('0'));
    first && groups.all(|group| is_digits(group) && group.len() == 3)
}

/// A number with a decimal point or, unless commas divide thousands, a decimal comma.
fn number(value: &str, has_thousands: bool) -> Option<f64> {
    let value = value.trim();
    let parse = |value: &str| value.parse::<f64>().ok().filter(|number| number.is_finite());
    if let Some(number) = parse(value) {
        return Some(number);
    }
    if has_thousands {
        return divides_thousands(value)
            .then(|| parse(&value.replace(',', "")))
            .flatten();
    }
    let (whole, fraction) = value.split_once(',')?;
    let is_decimal = !fraction.contains([',', '.']);
    is_decimal
        .then(|| parse(&format!("{}.{fraction}", whole.replace('.', ""))))
        .flatten()
}

/// An answer with words, such as `10 - extremely likely` or `0 (not at all)`.
fn answer(value: &str) -> Option<f64> {
    let value = value.trim();
    let end = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    let rest = value[end..].trim_start();
    let has_words = rest.starts_with(['-', '–', '(', ':', '=']) || rest.starts_with(char::is_alphabetic);
    has_words.then(|| value[..end].parse().ok()).flatten()
}

/// 1 for yes and 0 for no.
fn yes_or_no(value: &str) -> Option<f64> {
    match value.trim().to_lowercase().as_str() {
        "yes" | "true" | "ja" | "oui" | "si" | "sí" | "sim" => Some(1.0),
        "no" | "false" | "nein" | "non" | "não" => Some(0.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Vec<f64> {
        Numbers::read(values).values
    }

    #[test]
    fn commas_are_decimal_unless_all_divide_thousands() {
        assert_eq!(
            read(&[" 12,5", "-1.5", "3", "1.234,5"]),
            [12.5, -1.5, 3.0, 1234.5]
        );
        assert_eq!(
            read(&["1,234", "950", "12,500", "-1,050.25", "80"]),
            [1234.0, 950.0, 12_500.0, -1050.25, 80.0]
        );
        assert_eq!(
            Numbers::read(&["950", "1,234"]).thousands.as_deref(),
            Some("1,234")
        );
        assert_eq!(
            read(&["1.234,5", "4.130,13", "1.234.567,89"]),
            [1234.5, 4130.13, 1_234_567.89]
        );
        assert_eq!(
            read(&["0,125", "1,234"]),
            [0.125, 1.234],
            "a zero begins no thousands"
        );
        assert_eq!(read(&["1,5", "1,234"]), [1.5, 1.234]);
        assert_eq!(Numbers::read(&["12", "", "n/a", "x"]).unreadable, [2, 3]);
        assert!(read(&["inf", "", "1,2,3"]).iter().all(|value| value.is_nan()));
    }

    #[test]
    fn answers_and_yes_are_numbers() {
        assert_eq!(
            read(&["10 - extremely likely", "0 (not at all)", "7", "9.0"]),
            [10.0, 0.0, 7.0, 9.0]
        );
        assert_eq!(read(&["Yes", "no", "1", "0"]), [1.0, 0.0, 1.0, 0.0]);
        let mut answers = Numbers::read(&["9", "-1", "11", "7.5", "n/a", "10"]);
        answers.keep_answers();
        assert_eq!(answers.unreadable, [1, 2, 3, 4]);
        assert_eq!((answers.values[0], answers.values[5]), (9.0, 10.0));
    }
}
