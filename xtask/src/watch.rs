//! `watch`: a check each time that the reader saves.

mod files;
mod machine;
mod terminal;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::time::Duration;

use crate::arguments::Arguments;
use crate::check::{current, way_on};
use crate::checking::{self, Check, Running, Signals};
use crate::command::Command;
use crate::exercises::{self, Exercise, find};
use crate::hint;
use crate::list;
use crate::outcome::{Exit, Outcome, Stop};
use crate::paint;
use crate::progress::Progress;
use crate::verdict::{Form, Verdict};
use crate::workspace::Workspace;
use files::Files;
use machine::{Action, Event, Machine};
use terminal::{Keys, Screen};

/// `cargo xtask watch`.
pub const COMMAND: Command = Command {
    name: "watch",
    about: "checks your exercise each time that you save, and goes on to the next",
    help: "\
Checks the exercise that you are at, and again each time that you save its file.
When it is right, goes on to the next. When you save another exercise's file, goes
there. A save during a check ends that check and begins another.

Usage: cargo xtask watch [EXERCISE]

  EXERCISE      where to begin; without it, the first that is not right yet

Keys, at any time:
  h   the next hint          r   run the check again
  l   all exercises          n   the next exercise
  q   quit

Example: cargo xtask watch read_exactly
",
    run,
};

/// How often the files are looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

fn run(arguments: Arguments, out: &mut dyn Write) -> Outcome {
    let words = arguments.split(&[])?;
    let typed = words.at_most_one("an exercise")?;
    let workspace = Workspace::find()?;
    let exercises = exercises::all(&workspace)?;
    let progress = Progress::read(&workspace);
    let first = match typed {
        Some(typed) => find::find(&exercises, &typed)?,
        None => match current(&exercises, &progress).or(exercises.first()) {
            Some(exercise) => exercise,
            None => find::find(&exercises, "")?,
        },
    };
    let place = exercises.iter().position(|exercise| exercise == first).unwrap_or_default();
    let right = exercises.iter().map(|exercise| progress.state(exercise).is_right()).collect();
    let signals = Signals::catch()?;
    let watch = Watch {
        workspace: &workspace,
        exercises: &exercises,
        machine: Machine::new(place, right),
        files: Files::new(exercises.iter().map(Exercise::file)),
        screen: Screen::new(out),
        colour: paint::wanted(),
        checked: place,
        running: None,
        verdict: None,
        went_on: false,
        // Not std's own, which reads ahead: what it has read, no poll tells of.
        input: io::stdin().as_fd().try_clone_to_owned().ok().map(File::from),
        keys: Some(Keys::take()),
    };
    watch.go(&signals)
}

/// A watch, with all that its machine does not know of.
struct Watch<'a> {
    workspace: &'a Workspace,
    exercises: &'a [Exercise],
    machine: Machine,
    files: Files,
    screen: Screen<'a>,
    colour: bool,
    /// The exercise that was checked last, or is being checked.
    checked: usize,
    running: Option<Box<Running>>,
    verdict: Option<Verdict>,
    /// Whether the last verdict was right: then it stays on the page when the next one comes.
    went_on: bool,
    /// Where keys come from, as long as there is anybody who could press one.
    input: Option<File>,
    keys: Option<Keys>,
}

/// No check outlives the watch, however that ends.
impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Watch<'_> {
    fn go(mut self, signals: &Signals) -> Outcome {
        let mut events = VecDeque::from([Event::Begun]);
        loop {
            while let Some(event) = events.pop_front() {
                for action in self.machine.on(event) {
                    if action == Action::Quit {
                        return Ok(Exit::Done);
                    }
                    events.extend(self.act(action)?);
                }
            }
            let ready = self.wait(signals)?;
            while let Some(signal) = signals.next() {
                self.take(signal, signals)?;
            }
            if self.input().is_some_and(|input| ready.contains(&input)) {
                events.extend(self.pressed().into_iter().map(Event::Key));
            }
            let saved = self.files.saved(self.machine.current());
            if !saved.is_empty() {
                events.push_back(Event::Saved(saved));
            } else if let Some(running) = &mut self.running {
                events.extend(running.read().into_iter().map(Event::News));
                if let Some(verdict) = running.verdict() {
                    events.push_back(self.judged(verdict));
                }
            }
        }
    }

    /// Waits until something may have happened; says who is ready.
    fn wait(&self, signals: &Signals) -> Result<Vec<RawFd>, Stop> {
        let mut descriptors = vec![signals.descriptor()];
        descriptors.extend(self.input());
        descriptors.extend(self.running.iter().flat_map(|running| [running.stdout(), running.stderr()]));
        let patience = self.running.as_ref().map_or(LOOK_INTERVAL, |running| running.patience().min(LOOK_INTERVAL));
        checking::wait(&descriptors, patience)
    }

    fn take(&mut self, signal: i32, signals: &Signals) -> io::Result<()> {
        match signal {
            libc::SIGCHLD | libc::SIGTTOU => {}
            libc::SIGTSTP => {
                // Whoever comes to the terminal next finds it as it was.
                self.screen.leave();
                self.keys = None;
                checking::stop();
            }
            libc::SIGCONT => {
                self.keys = None;
                self.keys = Some(Keys::take());
                self.screen.prompt()?;
            }
            deadly => {
                self.leave();
                signals.die_of(deadly);
            }
        }
        Ok(())
    }

    /// Leaves nothing behind.
    fn leave(&mut self) {
        self.cancel();
        self.screen.leave();
        self.keys = None;
    }

    fn input(&self) -> Option<RawFd> {
        self.input.as_ref().map(File::as_raw_fd)
    }

    /// The keys that were pressed.
    fn pressed(&mut self) -> Vec<u8> {
        let mut keys = [0; 64];
        match self.input.as_mut().map(|input| input.read(&mut keys)) {
            Some(Ok(count @ 1..)) => keys[..count].to_vec(),
            // Nobody is there any more; files are still saved.
            _ => {
                self.input = None;
                Vec::new()
            }
        }
    }

    fn act(&mut self, action: Action) -> Result<Option<Event>, Stop> {
        match action {
            Action::Cancel => self.cancel(),
            Action::Check(place) => return self.check(place),
            Action::Verdict => self.show_verdict()?,
            Action::News(news) => self.screen.show(&news.told())?,
            Action::Hint(place) => {
                let text = match hint::show(self.workspace, self.exercises, &self.exercises[place], None) {
                    Ok(text) => text,
                    Err(Stop::Trouble { what, next, .. }) => format!("{what}\nNext: {next}"),
                    Err(stop) => return Err(stop),
                };
                self.screen.show(&format!("\n{text}"))?;
            }
            Action::List => {
                let all: Vec<&Exercise> = self.exercises.iter().collect();
                self.screen.show(&format!("\n{}", list::table(&all, &Progress::read(self.workspace))))?;
            }
            Action::AllRight => self.screen.show(&format!("\nAll {} exercises are right.", self.exercises.len()))?,
            Action::Keys => self.screen.show("\nThat key does nothing here.")?,
            Action::Prompt => self.screen.prompt()?,
            // The loop ends before it comes here.
            Action::Quit => {}
        }
        Ok(None)
    }

    fn check(&mut self, place: usize) -> Result<Option<Event>, Stop> {
        let exercise = &self.exercises[place];
        self.checked = place;
        self.screen.show(&format!("checking {} …", exercise.label()))?;
        match checking::begin(self.workspace, exercise, Form::Text, self.colour)? {
            Check::Running(running) => {
                self.running = Some(running);
                Ok(None)
            }
            Check::Settled(verdict) => Ok(Some(self.judged(verdict))),
        }
    }

    fn judged(&mut self, verdict: Verdict) -> Event {
        let exercise = &self.exercises[self.checked];
        if let Some(running) = self.running.take() {
            // Where the file has changed since, the next look will see it.
            checking::keep(self.workspace, exercise, &verdict, running.seen());
        }
        let right = verdict.is_right();
        self.verdict = Some(verdict);
        Event::Judged { right }
    }

    fn show_verdict(&mut self) -> io::Result<()> {
        let Some(verdict) = self.verdict.take() else { return Ok(()) };
        let exercise = &self.exercises[self.checked];
        if !std::mem::replace(&mut self.went_on, verdict.is_right()) {
            self.screen.page()?;
        }
        let way_on = way_on(self.workspace, self.exercises, exercise, &verdict);
        self.screen.show(&format!("{}{way_on}", verdict.shown(self.colour)))
    }

    fn cancel(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.cancel();
        }
    }
}
