//! Writing HTML into a page.
//!
//! mdBook reads a block of HTML up to the first empty line, and after us it still looks for its
//! own directives: so no empty line, and no brace as it is.

/// Text as HTML.
pub fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html += "&amp;",
            '<' => html += "&lt;",
            '>' => html += "&gt;",
            '"' => html += "&quot;",
            '{' => html += "&#123;",
            '\\' => html += "&#92;",
            letter => html.push(letter),
        }
    }
    html
}

/// A sentence as HTML: what stands between backquotes as code, and quotation marks as mdBook sets
/// them elsewhere.
pub fn sentence(text: &str) -> String {
    let mut html = String::new();
    for (at, part) in text.split('`').enumerate() {
        // Every second part stands between two backquotes.
        if at % 2 == 1 {
            html += &format!("<code>{}</code>", escaped(part));
        } else {
            html += &escaped(&curled(part));
        }
    }
    html
}

/// With quotation marks and apostrophes that lean the way they should.
fn curled(text: &str) -> String {
    let mut before = ' ';
    let lean = |letter: char| {
        let opens = before.is_whitespace() || "([".contains(before);
        before = letter;
        match (letter, opens) {
            ('"', true) => '“',
            ('"', false) => '”',
            ('\'', true) => '‘',
            ('\'', false) => '’',
            _ => letter,
        }
    };
    text.chars().map(lean).collect()
}

/// A command that a reader may copy.
pub fn command(command: &str) -> String {
    format!("<pre class=\"command\"><code class=\"nohighlight\">{}</code></pre>", escaped(command))
}

/// The identifiers that a piece of HTML defines.
pub fn identifiers(html: &str) -> impl Iterator<Item = &str> {
    html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next())
}

#[cfg(test)]
mod tests {
    use super::{escaped, identifiers, sentence};

    #[test]
    fn what_html_or_mdbook_would_read_is_escaped() {
        assert_eq!(escaped("a < b && \"c\" {{#x}} \\"), "a &lt; b &amp;&amp; &quot;c&quot; &#123;&#123;#x}} &#92;");
    }

    #[test]
    fn backquotes_become_code_and_quotes_lean() {
        assert_eq!(sentence("until `EAGAIN`, says <it>"), "until <code>EAGAIN</code>, says &lt;it&gt;");
        assert_eq!(sentence("(\"it's\" `\"a\"`)"), "(“it’s” <code>&quot;a&quot;</code>)");
    }

    #[test]
    fn identifiers_are_found() {
        let html = "<p id=\"one\"><b class=\"x\" id=\"two\">";
        assert_eq!(identifiers(html).collect::<Vec<_>>(), ["one", "two"]);
    }
}
