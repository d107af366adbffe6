//! `grade`: all exercises at once, with points.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::arguments::Arguments;
use crate::checking::{self, Signals};
use crate::command::Command;
use crate::exercises::{self, Exercise, find};
use crate::json;
use crate::outcome::{Exit, Outcome, Stop};
use crate::paint::{self, Colour, paint};
use crate::verdict::{Form, Verdict};
use crate::workspace::Workspace;
use crate::xml::escaped;

/// `cargo xtask grade`.
pub const COMMAND: Command = Command {
    name: "grade",
    about: "checks all exercises, and counts points",
    help: "\
Checks all exercises, or those of a chapter, and counts points: 1 for what was to
mend, 2 for a core exercise, 3 for one that stretches.

Usage: cargo xtask grade [CHAPTER] [--json | --junit]

  CHAPTER       chapter-07, 07, 7, sigio or 07-sigio
  --json        as JSON
  --junit       as JUnit's XML, for a server that shows test reports

Exit code: 0 all are right, 1 some are not, 3 this host cannot show all of them.

Example: cargo xtask grade 01 --junit
",
    run,
};

/// What an exercise came to.
struct Grade<'a> {
    exercise: &'a Exercise,
    verdict: Verdict,
    took: Duration,
}

impl Grade<'_> {
    fn points(&self) -> u32 {
        if self.verdict.is_right() { self.exercise.kind.points() } else { 0 }
    }
}

fn run(arguments: Arguments, out: &mut dyn Write) -> Outcome {
    let words = arguments.split(&["json", "junit"])?;
    let typed = words.at_most_one("a chapter")?;
    let (as_json, as_junit) = (words.has("json"), words.has("junit"));
    if as_json && as_junit {
        return Err(Stop::usage("--json and --junit do not go together", "ask for one of them"));
    }
    let workspace = Workspace::find()?;
    let exercises = exercises::all(&workspace)?;
    let graded: Vec<&Exercise> = match typed {
        Some(typed) => find::in_chapter(&exercises, &typed)?,
        None => exercises.iter().collect(),
    };
    if graded.is_empty() {
        find::find(&exercises, "")?;
    }
    let form = if as_json { Form::Json } else { Form::Text };
    let colour = !as_json && !as_junit && paint::wanted();
    let signals = Signals::catch()?;
    let mut grades: Vec<Grade<'_>> = Vec::new();
    for exercise in graded {
        let began = Instant::now();
        let verdict = checking::check(&workspace, exercise, form, false, &signals)?;
        let grade = Grade { exercise, verdict, took: began.elapsed() };
        if !as_json && !as_junit {
            let first = grades.last().is_none_or(|last| last.exercise.chapter != exercise.chapter);
            let chapter = if first { format!("{}\n", exercise.chapter) } else { String::new() };
            // Each line as soon as it is known: all of them may take a minute.
            write!(out, "{chapter}{}", line(&grade, colour)).and_then(|()| out.flush())?;
        }
        grades.push(grade);
    }
    let (points, of) = sum(&grades);
    if as_json {
        writeln!(out, "{}", report(&grades))?;
    } else if as_junit {
        out.write_all(junit(&grades).as_bytes())?;
    } else {
        writeln!(out, "\n{points} of {of} points")?;
    }
    let worst = |exit| grades.iter().any(|grade| grade.verdict.exit() == exit);
    Ok(if worst(Exit::HostLacks) {
        Exit::HostLacks
    } else if worst(Exit::NotRight) {
        Exit::NotRight
    } else {
        Exit::Done
    })
}

/// Points, and how many there might be.
fn sum(grades: &[Grade<'_>]) -> (u32, u32) {
    let of = grades.iter().map(|grade| grade.exercise.kind.points()).sum();
    (grades.iter().map(Grade::points).sum(), of)
}

/// A line of the table.
fn line(grade: &Grade<'_>, colour: bool) -> String {
    let light = if grade.verdict.is_right() { Colour::Green } else { Colour::Red };
    let Exercise { name, kind, .. } = grade.exercise;
    let headline = paint(grade.verdict.headline(), &[light], colour);
    format!("  {name:<28}{:<9}{} of {}   {headline}\n", kind.word(), grade.points(), kind.points())
}

fn report(grades: &[Grade<'_>]) -> String {
    let each = |grade: &Grade<'_>| {
        let own = json::object(&[
            ("kind", json::string(grade.exercise.kind.word())),
            ("points", grade.points().to_string()),
            ("of", grade.exercise.kind.points().to_string()),
        ]);
        // Two objects become one: the verdict is a line of JSON as its check wrote it.
        let verdict = grade.verdict.body.trim_end().trim_end_matches('}');
        format!("{verdict},{}", own.trim_start_matches('{'))
    };
    let (points, of) = sum(grades);
    let grades: Vec<String> = grades.iter().map(each).collect();
    json::object(&[("points", points.to_string()), ("of", of.to_string()), ("exercises", json::array(&grades))])
}

/// The form that JUnit's Ant task began and that servers read: a suite a chapter, a case an exercise.
fn junit(grades: &[Grade<'_>]) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for suite in grades.chunk_by(|one, other| one.exercise.chapter == other.exercise.chapter) {
        let count = |exit| suite.iter().filter(|grade| grade.verdict.exit() == exit).count();
        let took: Duration = suite.iter().map(|grade| grade.took).sum();
        text += &format!(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{:.3}\">\n",
            escaped(&suite[0].exercise.chapter),
            suite.len(),
            count(Exit::NotRight),
            count(Exit::HostLacks),
            took.as_secs_f64(),
        );
        for grade in suite {
            text += &case(grade);
        }
        text += "  </testsuite>\n";
    }
    text + "</testsuites>\n"
}

fn case(grade: &Grade<'_>) -> String {
    let Exercise { name, chapter, .. } = grade.exercise;
    let (name, chapter, took) = (escaped(name), escaped(chapter), grade.took.as_secs_f64());
    let begin = format!("    <testcase classname=\"{chapter}\" name=\"{name}\" time=\"{took:.3}\"");
    let what = match grade.verdict.exit() {
        Exit::Done => return format!("{begin}/>\n"),
        Exit::HostLacks => "error",
        _ => "failure",
    };
    let (word, headline, body) =
        (escaped(&grade.verdict.word), escaped(grade.verdict.headline()), escaped(&grade.verdict.body));
    format!("{begin}>\n      <{what} type=\"{word}\" message=\"{headline}\">{body}</{what}>\n    </testcase>\n")
}
