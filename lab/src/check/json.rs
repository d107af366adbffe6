//! A diagnosis for programs. There is so little of it that writing it out costs a reader less than a
//! library's compile time.

use super::diagnosis::Diagnosis;

/// `text` as a JSON string.
pub(super) fn string(text: &str) -> String {
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

/// One exercise's verdict as an object.
pub(super) fn verdict(exercise: &str, chapter: &str, diagnosis: Option<&Diagnosis>) -> String {
    let mut members = vec![("exercise", string(exercise)), ("chapter", string(chapter))];
    match diagnosis {
        None => members.push(("verdict", string("right"))),
        Some(diagnosis) => {
            let fact =
                |fact: &super::Fact| format!("{{\"label\":{},\"text\":{}}}", string(&fact.label), string(&fact.text));
            let facts: Vec<_> = diagnosis.facts.iter().map(fact).collect();
            members.push(("verdict", string(diagnosis.kind.word())));
            members.push(("sentence", string(&diagnosis.sentence)));
            members.push(("facts", format!("[{}]", facts.join(","))));
            members.push(("hint", diagnosis.hint.to_string()));
        }
    }
    let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

#[cfg(test)]
mod tests {
    use super::string;

    #[test]
    fn a_string_is_escaped_as_json_wants_it() {
        assert_eq!(string("a \"b\"\\\n\u{1}→"), "\"a \\\"b\\\"\\\\\\n\\u0001→\"");
    }
}
