//! XML, as far as a test report needs it.

/// `text` as it may stand in an element or in an attribute between double quotes. What XML 1.0 has no
/// way to say (most control characters, in whatever form) is left out; paint is taken off before.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in crate::paint::plain(text).chars() {
        match letter {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\n' | '\t' => out.push(letter),
            '\u{fffe}' | '\u{ffff}' => {}
            control if control.is_control() => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_is_left_that_xml_forbids() {
        assert_eq!(escaped("a<b> & \"c\"\n\t→"), "a&lt;b&gt; &amp; &quot;c&quot;\n\t→");
        assert_eq!(escaped("\0\u{1}\u{8}\r\u{fffe}\u{7f}\u{85}x"), "x");
        assert_eq!(escaped("\x1b[31mred\x1b[0m"), "red");
    }
}
