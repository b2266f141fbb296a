//! Builds addresses of this server, with query strings.

/// Percent-encodes a value for a query string.
pub(crate) fn encoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Returns a path with a query, which may be empty.
pub(crate) fn with_query(path: &str, query: &str) -> String {
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    }
}

/// Returns a path with a query and one more field.
pub(crate) fn with_field(path: &str, query: &str, name: &str, value: &str) -> String {
    let value = encoded(value);
    if query.is_empty() {
        format!("{path}?{name}={value}")
    } else {
        format!("{path}?{query}&{name}={value}")
    }
}

/// Returns `path` if it is a path on this server, otherwise `/`, so that forms cannot redirect to other sites.
pub(crate) fn local(path: &str) -> String {
    let is_path = path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_path { path.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_on_this_server_are_kept() {
        assert_eq!(local("/history?q=a"), "/history?q=a");
        for elsewhere in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/a\nb",
            "",
        ] {
            assert_eq!(local(elsewhere), "/");
        }
    }

    #[test]
    fn a_field_is_appended_to_a_query() {
        assert_eq!(with_field("/a", "", "b", "c d"), "/a?b=c%20d");
        assert_eq!(with_field("/a", "x=1", "b", "2"), "/a?x=1&b=2");
    }
}
