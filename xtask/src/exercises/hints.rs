//! An exercise's hints, from a question to nearly the line.

use std::fs;

use super::Exercise;
use crate::outcome::Stop;

/// The hints of an exercise, in order.
///
/// # Errors
/// Its file of hints cannot be read, or holds none.
pub fn of(exercise: &Exercise) -> Result<Vec<String>, Stop> {
    let path = exercise.hints();
    let text = fs::read(&path).map_err(|error| Stop::unreadable(&path, &error))?;
    let hints = split(&String::from_utf8_lossy(&text));
    if hints.is_empty() {
        let what = format!("{} holds no hints", path.display());
        return Err(Stop::host(what, format_args!("git checkout {} brings it back", path.display())));
    }
    Ok(hints)
}

/// What stands under each heading of the second level.
pub fn split(text: &str) -> Vec<String> {
    let mut hints: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.starts_with("## ") {
            hints.push(String::new());
        } else if let Some(hint) = hints.last_mut() {
            hint.push_str(line);
            hint.push('\n');
        }
    }
    hints.into_iter().map(|hint| hint.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn each_heading_begins_a_hint() {
        let text =
            "# Read exactly\n\nnot a hint\n\n## Hint 1\n\nWhat?\n\n## Hint 2\nA loop.\n\n    loop {}\n## Hint 3\n";
        assert_eq!(split(text), ["What?", "A loop.\n\n    loop {}", ""]);
        assert!(split("").is_empty());
    }
}
