//! A chapter's program: it runs the demos that its `main.rs` lists, and shows what the kernel said.

use std::env;
use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use crate::lesson::Lesson;
use crate::nearest::nearest;
use crate::observe::{self, Ending, Event, Observation, Orders};
use crate::options::{self, Form, HELP, Manner, Request};
use crate::predict::{self, Answered, Predictions};
use crate::show::{self, print};
use crate::words::Word;
use crate::{calls, timeline, transcript};

/// How long a demo may take; far more than any needs.
const DEADLINE: Duration = Duration::from_secs(30);
/// How long a demo may take while a reader thinks.
const DEADLINE_WITH_READER: Duration = Duration::from_secs(24 * 60 * 60);

/// How many demos are run at the same time.
const AT_ONCE: usize = 5;

/// The exit codes of all our programs.
const NOT_RIGHT: u8 = 1;
const USAGE: u8 = 2;
const HOST_LACKS: u8 = 3;

/// One demo.
#[derive(Debug)]
pub struct Demo {
    /// Its name: of its file and of its function.
    pub name: &'static str,
    /// Its source text.
    pub source: &'static str,
    /// The demo itself.
    pub run: fn(&Lesson) -> io::Result<()>,
}

/// Names a demo of this chapter: `demo!(two_phases)` is `demos::two_phases::two_phases`.
#[macro_export]
macro_rules! demo {
    ($name:ident) => {
        $crate::Demo {
            name: stringify!($name),
            source: include_str!(concat!("demos/", stringify!($name), ".rs")),
            run: demos::$name::$name,
        }
    };
}

impl Demo {
    /// Its point: the first line of its module's documentation.
    #[must_use]
    pub fn point(&self) -> &'static str {
        let line = self.source.lines().find_map(|line| line.strip_prefix("//! "));
        line.unwrap_or_default().trim_end_matches('.')
    }

    /// The point as it follows a colon: with a small letter, unless it begins with a name.
    fn point_in_sentence(&self) -> String {
        let mut letters = self.point().chars();
        match (letters.next(), letters.clone().next()) {
            (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().chain(letters).collect(),
            _ => self.point().to_owned(),
        }
    }
}

/// One chapter's program.
#[derive(Debug)]
pub struct Chapter {
    /// As its folder is called: `01-blocking`.
    pub name: &'static str,
    /// The demos that every reader runs, in the book's order.
    pub core: &'static [Demo],
    /// The demos to dip into.
    pub gallery: &'static [Demo],
    /// The echo server: serves on a port of loopback (0 picks a free one) until SIGINT or SIGTERM.
    pub serve: fn(u16) -> io::Result<()>,
}

impl Chapter {
    /// Does what the program's arguments ask for.
    #[must_use]
    pub fn run(&self) -> ExitCode {
        let request = match options::parse(env::args_os().skip(1)) {
            Ok(request) => request,
            Err(error) => {
                eprintln!("{}: {error}.\n\n{HELP}", self.name);
                return ExitCode::from(USAGE);
            }
        };
        let done = match request {
            Request::Help => print(HELP).map(|()| ExitCode::SUCCESS),
            Request::List => print(&self.list()).map(|()| ExitCode::SUCCESS),
            Request::Serve { port } => (self.serve)(port).map(|()| ExitCode::SUCCESS),
            Request::Claims => self.claims(),
            Request::Questions => self.questions(),
            Request::Draw { name, file } => self.draw(&name, &file),
            Request::Bare { names } => self.find(&names).and_then(|demos| run_bare(&demos)),
            Request::Show { names, all, manner } => self.show(&names, all, manner),
        };
        done.unwrap_or_else(|error| match error.kind() {
            // Whoever reads our output has seen enough.
            io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            io::ErrorKind::InvalidInput => {
                eprintln!("{error}");
                ExitCode::from(USAGE)
            }
            _ => {
                eprintln!("{}: {error}", self.name);
                ExitCode::from(NOT_RIGHT)
            }
        })
    }

    fn demos(&self) -> impl Iterator<Item = &Demo> {
        self.core.iter().chain(self.gallery)
    }

    fn list(&self) -> String {
        let width = self.demos().map(|demo| demo.name.len()).max().unwrap_or(0);
        let rows = |demos: &[Demo]| -> String {
            demos.iter().map(|demo| format!("  {:width$}  {}\n", demo.name, demo.point_in_sentence())).collect()
        };
        format!("The core path:\n{}\nThe gallery:\n{}", rows(self.core), rows(self.gallery))
    }

    /// Every demo's observation, with nobody asked.
    fn observe_all(&self) -> impl Iterator<Item = io::Result<(&Demo, Observation)>> {
        self.demos().map(|demo| Ok((demo, observe::observe_program(&[demo.name], Orders::until(DEADLINE))?)))
    }

    fn draw(&self, name: &str, file: &Path) -> io::Result<ExitCode> {
        let demo = self.find(&[name.to_owned()])?[0];
        let observation = observe::observe_program(&[demo.name], Orders::until(DEADLINE))?;
        let svg = timeline::svg(demo.name, demo.point(), &timeline::stretches(&observation));
        if file == Path::new("-") {
            print(&svg)?;
        } else {
            let tried = |error: io::Error| {
                io::Error::new(error.kind(), format!("{} could not be written: {error}", file.display()))
            };
            fs::write(file, svg).map_err(tried)?;
        }
        Ok(ExitCode::from(verdict(demo, &observation)?))
    }

    fn claims(&self) -> io::Result<ExitCode> {
        let mut worst = 0;
        for observed in self.observe_all() {
            let (demo, observation) = observed?;
            for event in &observation.events {
                if let Event::Said { word: Word::Seen { claim, sentence, fact }, .. } = event
                    && !claim.is_empty()
                {
                    print(&format!("{claim}\t{}\t{fact}\t{sentence}\n", demo.name))?;
                }
            }
            worst = worst.max(verdict(demo, &observation)?);
        }
        Ok(ExitCode::from(worst))
    }

    fn questions(&self) -> io::Result<ExitCode> {
        let mut worst = 0;
        for observed in self.observe_all() {
            let (demo, observation) = observed?;
            for Answered { question, choices, right } in predict::answered(&observation) {
                for (at, (choice, remark)) in choices.iter().enumerate() {
                    let right = if right == Some(at) { "right" } else { "wrong" };
                    print(&format!("{}\t{question}\t{right}\t{choice}\t{remark}\n", demo.name))?;
                }
            }
            worst = worst.max(verdict(demo, &observation)?);
        }
        Ok(ExitCode::from(worst))
    }

    fn find(&self, names: &[String]) -> io::Result<Vec<&Demo>> {
        let find = |name: &String| self.demos().find(|demo| demo.name == name).ok_or_else(|| self.unknown(name));
        names.iter().map(find).collect()
    }

    fn unknown(&self, name: &str) -> io::Error {
        let meant = nearest(name, self.demos().map(|demo| demo.name));
        let meant = meant.map_or_else(String::new, |meant| format!(" Did you mean {meant}?"));
        let list = self.list();
        io::Error::new(io::ErrorKind::InvalidInput, format!("{} has no demo {name}.{meant}\n\n{list}", self.name))
    }

    fn show(&self, names: &[String], all: bool, manner: Manner) -> io::Result<ExitCode> {
        if manner.plain {
            colored::control::set_override(false);
        }
        let demos = match (names, all) {
            (_, true) => self.demos().collect(),
            ([], false) => self.core.iter().collect(),
            (names, false) => self.find(names)?,
        };
        if observe::is_subject() {
            // The observer started this process again for one demo.
            observe::perform(|| (demos[0].run)(&Lesson::new()));
        }
        let mut worst = 0;
        for (at, demos) in demos.chunks(AT_ONCE).enumerate() {
            for (place, observed) in observe_together(demos, manner)?.into_iter().enumerate() {
                if at + place > 0 {
                    print("\n")?;
                }
                worst = worst.max(show_demo(demos[place], observed, manner)?);
            }
        }
        if names.is_empty() && !all {
            let names: Vec<_> = self.gallery.iter().map(|demo| demo.name).collect();
            print(&format!("\nMore to dip into, by name or with --all: {}.\n", names.join(", ")))?;
        }
        Ok(ExitCode::from(worst))
    }
}

fn run_bare(demos: &[&Demo]) -> io::Result<ExitCode> {
    for demo in demos {
        (demo.run)(&Lesson::new())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Observes a few demos at the same time, as most of their time is spent asleep. Where a reader is to be
/// asked they have to come one by one, and so nothing is observed yet.
fn observe_together(demos: &[&Demo], manner: Manner) -> io::Result<Vec<Option<Observation>>> {
    if manner.predict {
        return Ok(demos.iter().map(|_| None).collect());
    }
    thread::scope(|scope| {
        let observe = |demo: &&Demo| {
            let name = demo.name;
            scope.spawn(move || observe::observe_program(&[name], Orders::until(DEADLINE)))
        };
        let started: Vec<_> = demos.iter().map(observe).collect();
        let join = |thread: ScopedJoinHandle<'_, io::Result<Observation>>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)).map(Some)
        };
        started.into_iter().map(join).collect()
    })
}

/// Shows what a demo did, running it first where it has not been run; returns its part of the exit code.
fn show_demo(demo: &Demo, observed: Option<Observation>, manner: Manner) -> io::Result<u8> {
    if manner.form != Form::Timeline {
        print(&format!("{}\n\n", show::title(demo.name, &demo.point_in_sentence())))?;
    }
    let mut predictions = Predictions::new(manner.predict);
    let observation = match observed {
        Some(observation) => observation,
        None => {
            let listener = Box::new(|so_far: &Observation, word: &Word| predictions.hear(so_far, word));
            observe::observe_program(&[demo.name], Orders { listener, ..Orders::until(DEADLINE_WITH_READER) })?
        }
    };
    if let Some(reason) = &observation.blind {
        eprintln!(
            "This demo shows what it does by being traced, and {reason}.\n\
             In a container, allow ptrace and seccomp (docker run --cap-add SYS_PTRACE); cargo xtask doctor tells more.\n\
             To run it unwatched: --bare."
        );
        return Ok(HOST_LACKS);
    }
    match manner.form {
        Form::Transcript => predictions.rest(&observation)?,
        Form::Raw => print(&(transcript::raw_lines(&observation).join("\n") + "\n"))?,
        Form::Timeline => print(&timeline::text(demo.name, &timeline::stretches(&observation)))?,
    }
    verdict(demo, &observation)
}

/// Says where a demo did not end as it should.
fn verdict(demo: &Demo, observation: &Observation) -> io::Result<u8> {
    let skipped = observation.events.iter().any(|event| matches!(event, Event::Said { word: Word::Skip { .. }, .. }));
    let wrong = match (&observation.ending, observation.value::<io::Result<()>>()) {
        _ if skipped => return Ok(HOST_LACKS),
        (Ending::Returned {}, Some(Ok(()))) => return Ok(0),
        (_, Some(Err(error))) => match error.raw_os_error() {
            Some(errno) => format!("it failed with {}: {error}", calls::errno_name(errno)),
            None => format!("it failed: {error}"),
        },
        (Ending::Panicked { message }, _) => format!("it {message}"),
        (Ending::Late {}, _) => format!("it was still not done after {} s", DEADLINE.as_secs()),
        (ending, _) => format!("it ended early: {ending:?}"),
    };
    print(&format!("\n  {} did not end as it should: {wrong}.\n", demo.name))?;
    Ok(NOT_RIGHT)
}
