//! The questions that demos ask, as cards whose answers are folded away.

use crate::fault::Wrong;
use crate::html::{escaped, sentence};
use crate::repository::{Demo, Repository};

/// A question of a demo.
#[derive(Debug, PartialEq, Eq)]
struct Question<'a> {
    text: &'a str,
    choices: Vec<Choice<'a>>,
}

/// A possible answer.
#[derive(Debug, PartialEq, Eq)]
struct Choice<'a> {
    right: bool,
    text: &'a str,
    /// What to tell who chose it; empty for the right one.
    remark: &'a str,
}

/// The cards of a demo's questions, or of one of them, counted from 1.
///
/// # Errors
/// It asks none, or not so many.
pub fn cards(repository: &Repository, demo: Demo<'_>, number: Option<&str>) -> Result<String, Wrong> {
    let file = format!("chapters/{}/tests/snapshots/questions.snap", demo.chapter.folder);
    let table = repository.snapshot(demo.chapter, &file)?;
    let questions = of_demo(&table, demo.name);
    if questions.is_empty() {
        return Err(Wrong::new(
            format_args!("the demo {} asks no question", demo.name),
            "leave the directive out, or let the demo ask with lesson.predict",
        ));
    }
    let chosen = match number {
        None => &questions[..],
        Some(number) => {
            let at = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            at.and_then(|at| questions.get(at..=at)).ok_or_else(|| {
                let what =
                    format!("the demo {} asks {} questions, and {number} is none of them", demo.name, questions.len());
                Wrong::new(what, "name one by its number, counted from 1, or leave the number out for all")
            })?
        }
    };
    Ok(chosen.iter().map(card).collect::<Vec<_>>().join("\n"))
}

/// The demo's questions, in the order in which it asks them.
fn of_demo<'a>(table: &'a str, demo: &str) -> Vec<Question<'a>> {
    let mut questions: Vec<Question<'_>> = Vec::new();
    for row in table.lines() {
        let mut fields = row.split('\t');
        let (Some(name), Some(text), Some(right), Some(choice)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        if name != demo {
            continue;
        }
        let choice = Choice { right: right == "right", text: choice, remark: fields.next().unwrap_or_default() };
        match questions.last_mut() {
            Some(question) if question.text == text => question.choices.push(choice),
            _ => questions.push(Question { text, choices: vec![choice] }),
        }
    }
    questions
}

fn card(question: &Question<'_>) -> String {
    let choices = question.choices.iter().map(|choice| format!("<li><samp>{}</samp></li>", escaped(choice.text)));
    let told = question.choices.iter().map(|Choice { right, text, remark }| {
        let (class, mark) = if *right { ("so", "✓ so it is.") } else { ("not-so", "✗ no.") };
        format!(
            "<li class=\"{class}\"><samp>{}</samp> <span class=\"mark\">{mark}</span> {}</li>",
            escaped(text),
            sentence(remark)
        )
    });
    format!(
        "<div class=\"question\">\n<p class=\"ask\">{}</p>\n<ul class=\"choices\">\n{}\n</ul>\n\
         <details>\n<summary>What the kernel did</summary>\n<ul class=\"answers\">\n{}\n</ul>\n</details>\n</div>",
        sentence(question.text),
        choices.collect::<Vec<_>>().join("\n"),
        told.collect::<Vec<_>>().join("\n"),
    )
}

#[cfg(test)]
mod tests {
    use super::{card, of_demo};

    const TABLE: &str = "a\tFirst?\tright\tsleeps\t\na\tFirst?\twrong\t0\tIt is only slow.\n\
                         a\tSecond?\twrong\tEIO\tNo.\na\tSecond?\tright\t\"x\"\t\nb\tFirst?\tright\t1\t\n";

    #[test]
    fn a_demos_questions_are_told_from_others_and_from_each_other() {
        let questions = of_demo(TABLE, "a");
        assert_eq!(
            questions.iter().map(|one| (one.text, one.choices.len())).collect::<Vec<_>>(),
            [("First?", 2), ("Second?", 2)]
        );
        assert_eq!(of_demo(TABLE, "b").len(), 1);
    }

    #[test]
    fn the_answer_is_folded_away() {
        let card = card(&of_demo(TABLE, "a")[0]);
        let (open, folded) = card.split_once("<details>").unwrap();
        assert!(open.contains("First?") && open.contains("sleeps") && !open.contains("so it is"), "{card}");
        assert!(folded.contains("so it is") && folded.contains("It is only slow."), "{card}");
        assert!(!card.contains("\n\n"));
    }
}
