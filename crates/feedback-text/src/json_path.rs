//! Paths to values within nested fields, such as `data.text` or `annotations[0].result`.

use serde_json::{Map, Value};

/// One step of a path.
enum Step<'a> {
    Field(&'a str),
    Element(usize),
    /// The first element of an array whose field has this value.
    Where(&'a str, &'a str),
}

impl Step<'_> {
    fn of<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        match self {
            Self::Field(name) => value.get(name),
            Self::Element(index) => value.get(index),
            Self::Where(field, wanted) => value.as_array()?.iter().find(|one| is(one, field, wanted)),
        }
    }

    fn of_mut<'v>(&self, value: &'v mut Value) -> Option<&'v mut Value> {
        match self {
            Self::Field(name) => value.get_mut(name),
            Self::Element(index) => value.get_mut(index),
            Self::Where(field, wanted) => value
                .as_array_mut()?
                .iter_mut()
                .find(|one| is(one, field, wanted)),
        }
    }
}

fn is(element: &Value, field: &str, wanted: &str) -> bool {
    element.get(field).and_then(Value::as_str) == Some(wanted)
}

/// Returns the value of a field. If there is no field with this name, the name can be a path. A path has names of fields,
/// separated by dots. Positions in arrays, counted from 0, may follow each name, or `[field=value]` for the first element whose field has
/// this text.
///
/// ```
/// use feedback_text::json_path::find;
/// use serde_json::json;
///
/// let row = json!({ "data": { "text": "slow" }, "answers": [{ "of": "kind", "value": "bug" }] });
/// let fields = row.as_object().ok_or("an object")?;
/// assert_eq!(find(fields, "data.text"), Some(&json!("slow")));
/// assert_eq!(find(fields, "answers[of=kind].value"), Some(&json!("bug")));
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn find<'a>(fields: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = fields.get(path) {
        return Some(value);
    }
    let (root, steps) = parse(path)?;
    steps
        .iter()
        .try_fold(fields.get(root)?, |value, step| step.of(value))
}

/// Like [`find`], for a path only. Also returns the name of the field in which the value is.
pub fn find_nested<'a, 'b>(
    fields: &'a mut Map<String, Value>,
    path: &'b str,
) -> Option<(&'b str, &'a mut Value)> {
    let (root, steps) = parse(path)?;
    let value = steps
        .iter()
        .try_fold(fields.get_mut(root)?, |value, step| step.of_mut(value))?;
    Some((root, value))
}

/// Splits a path into the name of a field and the steps from there; `None` for a name that is not a path.
fn parse(path: &str) -> Option<(&str, Vec<Step<'_>>)> {
    if !path.contains(['.', '[']) {
        return None;
    }
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (name, mut rest) = part.split_at(part.find('[').unwrap_or(part.len()));
        steps.push(Step::Field(name));
        while let Some(element) = rest.strip_prefix('[') {
            let (index, more) = element.split_once(']')?;
            steps.push(match index.split_once('=') {
                Some((field, wanted)) => Step::Where(field, wanted),
                None => Step::Element(index.parse().ok()?),
            });
            rest = more;
        }
        if name.is_empty() || !rest.is_empty() {
            return None;
        }
    }
    match steps.remove(0) {
        Step::Field(root) => Some((root, steps)),
        Step::Element(_) | Step::Where(..) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_nested_fields_are_found() {
        let value = serde_json::json!({
            "a.b": 1, "a": {"b": 2, "c": [[3, 4], {"d": 5}]}, "x[0]": 6,
            "r": [{"of": "stars", "n": 7}, {"of": "kind", "n": 8}]
        });
        let Value::Object(mut fields) = value else {
            panic!()
        };
        for (path, expected) in [
            ("a.b", Some(1)),
            ("a.c[0][1]", Some(4)),
            ("a.c[1].d", Some(5)),
            ("x[0]", Some(6)),
            ("r[of=kind].n", Some(8)),
            ("r[of=other].n", None),
            ("r[kind].n", None),
            ("a[of=kind]", None),
            ("a.c[2]", None),
            ("a.x", None),
            ("a..b", None),
            ("a.c[", None),
            ("a.c[x]", None),
            ("a.c[0]x", None),
            ("[0]", None),
            ("", None),
        ] {
            assert_eq!(find(&fields, path).and_then(Value::as_i64), expected, "{path}");
        }
        let (root, value) = find_nested(&mut fields, "a.c[1].d").unwrap();
        assert_eq!((root, &*value), ("a", &Value::from(5)));
    }
}
