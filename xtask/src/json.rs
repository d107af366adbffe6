//! JSON, written by hand: the little of it that there is costs a reader less so than a library's
//! compile time.

/// `text` as a JSON string.
pub fn string(text: &str) -> String {
    let mut out = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            '\t' => out += "\\t",
            control if control < ' ' => out += &format!("\\u{:04x}", control as u32),
            other => out.push(other),
        }
    }
    out + "\""
}

/// An object of these members, whose values are JSON already.
pub fn object(members: &[(&str, String)]) -> String {
    let members: Vec<String> = members.iter().map(|(name, value)| format!("{}:{value}", string(name))).collect();
    format!("{{{}}}", members.join(","))
}

/// An array of these elements, which are JSON already.
pub fn array(elements: &[String]) -> String {
    format!("[{}]", elements.join(","))
}

#[cfg(test)]
mod tests {
    use super::{array, object, string};

    #[test]
    fn what_json_forbids_is_escaped() {
        assert_eq!(string("a \"b\"\\\n\u{1}→"), "\"a \\\"b\\\"\\\\\\n\\u0001→\"");
    }

    #[test]
    fn members_and_elements_stand_in_their_order() {
        assert_eq!(object(&[("b", "1".into()), ("a", array(&["2".into(), "3".into()]))]), r#"{"b":1,"a":[2,3]}"#);
        assert_eq!(array(&[]), "[]");
    }
}
