//! The two header rows of a survey.

/// What SurveyMonkey writes below a question that has one column, instead of the name of an answer.
const NO_ANSWER: [&str; 2] = ["Response", "Open-Ended Response"];
/// What it writes below the last column of many questions with several.
const OTHER: &str = "Other (please specify)";

/// Adds the answers that can be chosen to the names of the columns: an export of SurveyMonkey has them in the row below the
/// questions. A question stands only above its first answer. Does nothing if the row does not have the words of such an export.
///
/// ```
/// use feedback_text::join_answers;
///
/// let mut names = ["What do you use?", "", "Why?"].map(str::to_owned).to_vec();
/// join_answers(&mut names, &["Phone", "Laptop", "Open-Ended Response"]);
/// assert_eq!(names, ["What do you use? – Phone", "What do you use? – Laptop", "Why?"]);
/// ```
pub fn join_answers(names: &mut Vec<String>, below: &[impl AsRef<str>]) {
    let cells = || below.iter().map(|cell| cell.as_ref().trim());
    if !cells().any(|cell| NO_ANSWER.contains(&cell) || cell == OTHER) {
        return;
    }
    if names.len() < below.len() {
        names.resize(below.len(), String::new());
    }
    let mut question = String::new();
    for (name, answer) in names.iter_mut().zip(cells()) {
        if !name.is_empty() {
            question.clone_from(name);
        }
        if answer.is_empty() || NO_ANSWER.contains(&answer) {
            continue;
        }
        *name = match question.as_str() {
            "" => answer.to_owned(),
            question => format!("{question} – {answer}"),
        };
    }
}
