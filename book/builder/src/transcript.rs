//! A demo's transcript as a terminal shows it, and its timeline.

use crate::fault::Wrong;
use crate::html::{command, escaped};
use crate::repository::{Demo, Repository};

/// The transcript's block.
///
/// # Errors
/// There is no snapshot of it.
pub fn terminal(repository: &Repository, demo: Demo<'_>) -> Result<String, Wrong> {
    let body = repository.snapshot(demo.chapter, &demo.snapshot(".snap"))?;
    let lines: String = body.trim_end().lines().enumerate().map(|(at, line)| self::line(at, line)).collect();
    Ok(format!(
        "<figure class=\"transcript\" id=\"{anchor}\">\n{command}\n\
         <pre class=\"terminal\" tabindex=\"0\" role=\"region\" aria-label=\"Transcript of {name}\">{lines}</pre>\n</figure>",
        anchor = demo.anchor(),
        command = command(&format!("cargo xtask run chapter-{} {}", demo.chapter.number(), demo.name)),
        name = demo.name,
    ))
}

/// The timeline's figure.
///
/// # Errors
/// There is no snapshot of it.
pub fn timeline(repository: &Repository, demo: Demo<'_>) -> Result<String, Wrong> {
    let body = repository.snapshot(demo.chapter, &demo.snapshot(".svg.snap")).map_err(|Wrong { what, remedy }| {
        let listed = format!("name {} after figures: in the chapter's tests/transcripts.rs; then", demo.name);
        Wrong::new(what, format_args!("{listed} {remedy}"))
    })?;
    let svg: Vec<&str> = body.lines().filter(|line| !line.trim().is_empty()).collect();
    let svg = svg.join("\n").replace("{{", "&#123;&#123;");
    if !svg.starts_with("<svg") {
        let what = format!("{} does not begin with <svg", demo.snapshot(".svg.snap"));
        return Err(Wrong::new(what, "make it anew: INSTA_UPDATE=always cargo test writes it"));
    }
    // At its own width letters are as large as elsewhere on the page; it may shrink a little.
    let width: u32 = svg.split(" width=\"").nth(1).and_then(|rest| rest.split('"').next()?.parse().ok()).unwrap_or(640);
    let svg = svg.replacen("<svg ", &format!("<svg style=\"--width:{width}px\" "), 1);
    Ok(format!(
        "<figure class=\"drawing\" id=\"timeline-{name}\" tabindex=\"0\" role=\"region\" aria-label=\"Timeline of {name}\">\n\
         {svg}\n</figure>",
        name = demo.name,
    ))
}

/// One line, a block of its own with its end inside. What kind of line it is shows in its shape: a title at the margin, a call and its
/// result with spaces between them, a sentence without.
fn line(at: usize, line: &str) -> String {
    let text = line.trim_start();
    let margin = &line[..line.len() - text.len()];
    if text.is_empty() {
        return "<span class=\"line\">\n</span>".into();
    }
    if at == 0
        && let Some((name, point)) = text.split_once(": ")
    {
        return format!("<span class=\"line title\"><b>{}</b>: {}\n</span>", escaped(name), escaped(point));
    }
    if ["Seen here: ", "Not so here: ", "Left out here: "].iter().any(|begin| text.starts_with(begin)) {
        return format!("<span class=\"line seen\">{margin}{}\n</span>", escaped(text));
    }
    let by_peer = margin.len() > 2;
    if let Some((left, gap, result)) = call(text) {
        let peer = if by_peer { " peer" } else { "" };
        return format!(
            "<span class=\"line call{peer}\">{margin}<span class=\"asked\">{}</span><span class=\"gap\">{gap}</span>\
             <span class=\"answer{}\">{}\n</span></span>",
            escaped(left),
            kind(result),
            escaped(result)
        );
    }
    let happened = by_peer || text.contains(" arrives; ");
    let class = if happened { "event" } else { "say" };
    format!("<span class=\"line {class}\">{margin}{}\n</span>", escaped(text))
}

/// A call, the space after it, and what came of it. Two spaces within quotes are no such space.
fn call(text: &str) -> Option<(&str, &str, &str)> {
    let (mut quoted, mut escaped, mut before) = (false, false, ' ');
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ' ' if before == ' ' && !quoted && at > 1 => {
                let result = text[at..].trim_start();
                return Some((&text[..at - 1], &text[at - 1..text.len() - result.len()], result));
            }
            _ => {}
        }
        before = letter;
    }
    None
}

/// What is told apart among results: a sleep, and an errno.
fn kind(result: &str) -> &'static str {
    let word = result.split([',', ' ']).next().unwrap_or_default();
    let is_errno = word.len() > 2
        && word.starts_with('E')
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    match word {
        "sleeps" => " sleeps",
        _ if is_errno => " errno",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn each_kind_of_line_is_told_apart() {
        assert_eq!(
            line(0, "two_phases: waits first"),
            "<span class=\"line title\"><b>two_phases</b>: waits first\n</span>"
        );
        assert_eq!(line(1, ""), "<span class=\"line\">\n</span>");
        assert_eq!(line(2, "  the next message"), "<span class=\"line say\">  the next message\n</span>");
        assert_eq!(line(3, "  Seen here: so."), "<span class=\"line seen\">  Seen here: so.\n</span>");
        assert_eq!(
            line(4, "  SIGALRM arrives; its handler runs"),
            "<span class=\"line event\">  SIGALRM arrives; its handler runs\n</span>"
        );
        assert_eq!(
            line(5, "      child: killed by SIGPIPE"),
            "<span class=\"line event\">      child: killed by SIGPIPE\n</span>"
        );
    }

    #[test]
    fn a_call_and_its_result_stand_apart_and_nothing_is_lost() {
        let html = line(2, "      client: read(server, 16)    \"he\"");
        assert_eq!(
            html,
            "<span class=\"line call peer\">      <span class=\"asked\">client: read(server, 16)</span>\
             <span class=\"gap\">    </span><span class=\"answer\">&quot;he&quot;\n</span></span>"
        );
        assert!(line(2, "  read(server)  sleeps").contains("class=\"answer sleeps\""));
        assert!(line(2, "  read(server)  EAGAIN, after ≥ 100 ms").contains("class=\"answer errno\""));
        let spaces = line(2, r#"  write(client, "a  \"  b")  6"#);
        assert!(
            spaces.contains("  b&quot;)</span><span class=\"gap\">  </span><span class=\"answer\">6\n<"),
            "{spaces}"
        );
    }
}
