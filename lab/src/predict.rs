//! Asks a reader what the kernel will answer, and tells what it did answer.

use std::io::{self, BufRead};

use crate::observe::{Event, Observation};
use crate::show::{painted, print};
use crate::transcript::{self, with_gaps};
use crate::words::Word;

/// A demo shown piece by piece, with a question where it asks one.
pub(crate) struct Predictions {
    asking: bool,
    /// How many lines are shown already.
    shown: usize,
    question: Option<Question>,
}

/// A question that a demo asked, and what the kernel answered.
pub(crate) struct Answered {
    pub(crate) question: String,
    pub(crate) choices: Vec<(String, String)>,
    /// The place of the right choice; `None` where none was.
    pub(crate) right: Option<usize>,
}

/// All questions of an observation.
pub(crate) fn answered(observation: &Observation) -> Vec<Answered> {
    let mut all: Vec<Answered> = Vec::new();
    for (at, event) in observation.events.iter().enumerate() {
        match event {
            Event::Said { word: Word::Predict { question, choices }, .. } => {
                all.push(Answered { question: question.clone(), choices: choices.clone(), right: None });
            }
            Event::Said { word: Word::Predicted { answer }, .. } => {
                let Some(asked) = all.last_mut() else { continue };
                let right = |(choice, _): &(String, String)| is_right(observation, at, answer.as_deref(), choice);
                asked.right = asked.choices.iter().position(right);
            }
            _ => {}
        }
    }
    all
}

struct Question {
    choices: Vec<(String, String)>,
    /// The reader's choice; `None` where there was no answer.
    choice: Option<usize>,
}

impl Predictions {
    pub(crate) fn new(asking: bool) -> Predictions {
        Predictions { asking, shown: 0, question: None }
    }

    /// Hears a word as it is said: the thread that said it waits until this returns.
    pub(crate) fn hear(&mut self, so_far: &Observation, word: &Word) {
        // Where the output or the input is closed there is nobody to ask; the demo goes on.
        let heard = match word {
            Word::Predict { question, choices } if self.asking => self.ask(so_far, question, choices),
            Word::Predicted { answer } if self.asking => self.tell(so_far, answer.as_deref()),
            _ => Ok(()),
        };
        if heard.is_err() {
            self.asking = false;
        }
    }

    /// Shows what has not been shown yet.
    pub(crate) fn rest(&mut self, observation: &Observation) -> io::Result<()> {
        let lines = transcript::lines_after(observation, self.shown);
        let text: String =
            with_gaps(&lines).map(|line| line.map_or_else(String::new, painted) + "\n").skip(self.shown).collect();
        self.shown = with_gaps(&lines).count();
        print(&text)
    }

    /// What was seen to hold comes at the end, so it does not count as shown before.
    fn so_far(&mut self, observation: &Observation) -> io::Result<()> {
        let mut lines = transcript::lines_so_far(observation);
        lines.retain(|line| !matches!(line, transcript::Line::Seen { .. }));
        let text: String = lines.iter().skip(self.shown).map(|line| painted(line) + "\n").collect();
        self.shown = self.shown.max(lines.len());
        print(&text)
    }

    fn ask(&mut self, so_far: &Observation, question: &str, choices: &[(String, String)]) -> io::Result<()> {
        self.so_far(so_far)?;
        let listed: Vec<_> =
            choices.iter().enumerate().map(|(at, (answer, _))| format!("{}) {answer}", at + 1)).collect();
        print(&format!("  ? {question}\n    {}\n", listed.join("    ")))?;
        let mut choice = None;
        while choice.is_none() {
            print("  > ")?;
            let mut line = String::new();
            if io::stdin().lock().read_line(&mut line)? == 0 {
                print("\n")?;
                self.asking = false;
                break;
            }
            let line = line.trim();
            let by_number = line.parse::<usize>().ok().filter(|number| (1..=choices.len()).contains(number));
            choice =
                by_number.map(|number| number - 1).or_else(|| choices.iter().position(|(answer, _)| answer == line));
        }
        self.question = Some(Question { choices: choices.to_vec(), choice });
        Ok(())
    }

    fn tell(&mut self, so_far: &Observation, answer: Option<&str>) -> io::Result<()> {
        self.so_far(so_far)?;
        let Some(Question { choices, choice: Some(choice) }) = self.question.take() else { return Ok(()) };
        let (said, remark) = &choices[choice];
        if is_right(so_far, so_far.events.len(), answer, said) {
            return print(&format!("    You said: {said}. So it was.\n"));
        }
        print(&format!("    You said: {said}. {remark}\n"))
    }
}

/// Whether a choice is what happened up to event `at`: the given answer, or the last call's result.
fn is_right(observation: &Observation, at: usize, answer: Option<&str>, choice: &str) -> bool {
    match answer {
        Some(answer) => answer == choice,
        None => transcript::last_result(observation, at)
            .is_some_and(|(result, slept)| choice == "sleeps" && slept || choice == result),
    }
}
