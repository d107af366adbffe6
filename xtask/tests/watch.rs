//! A reader watches, at a terminal. Cargo is played, see `book/exercises.rs`.

#[allow(dead_code, reason = "each test uses its part of the book")]
mod book;

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use book::exercises::{RIGHT, STUCK};
use book::terminal::{eventually, is_there};
use book::{Book, book};

/// A check that comes to no end, with a child that hides from whoever looks for it; both say who they are.
const HANGS: &str = "\
builds true
setsid sleep 600 &
echo $! > hidden
sh -c 'echo $$ > child.new; mv child.new child; exec sleep 600'
";

/// Two exercises.
fn two() -> Book {
    book(["01-blocking"]).with_exercise("01-blocking", "zeal", "mend").with_exercise("01-blocking", "relay", "core")
}

/// Waits until the check that hangs has begun, and returns who must not outlive it.
fn hanging(book: &Book) -> [String; 2] {
    eventually("the check has begun", || book.path("child").exists());
    let pids = ["child", "hidden"].map(|name| book.read(name));
    assert!(pids.iter().all(|pid| is_there(pid)), "they are there");
    fs::remove_file(book.path("child")).unwrap();
    pids
}

#[track_caller]
fn are_gone(pids: &[String]) {
    for pid in pids {
        assert!(!is_there(pid), "process {pid} has outlived its check");
    }
}

#[test]
fn a_save_is_judged_and_a_right_answer_leads_on_to_the_next() {
    let book = two().answered("zeal", STUCK);
    let mut reader = book.asks("watch").at_a_terminal();
    reader.shows("checking 01 zeal").asks().shows("01 zeal   STUCK: nothing can wake it").asks();
    book.answer("zeal", RIGHT);
    reader.shows("checking 01 zeal").shows("01 zeal   RIGHT").shows("next                   01 relay: About relay");
    reader.shows("checking 01 relay").shows("01 relay   NOT WRITTEN YET").asks();
    book.answer("relay", RIGHT);
    reader.shows("01 relay   RIGHT").shows("All 2 exercises are right.").asks().press("q");
    assert_eq!(reader.ends().code(), Some(0));
    let progress = book.read(".progress");
    assert_eq!(progress.matches(" last=right@").count(), 2, "{progress}");
}

#[test]
fn every_key_does_what_the_prompt_says() {
    let book = two().answered("zeal", STUCK);
    let mut reader = book.asks("watch").at_a_terminal();
    reader.shows("STUCK").asks().press("h").shows("hint 1 of 3").shows("What?");
    reader.asks().press("h").shows("hint 2 of 3");
    reader.asks().press("l").shows("zeal                        mend      not yet: stuck");
    reader.asks().press("x").shows("That key does nothing here.");
    reader.asks().press("r").shows("checking 01 zeal").asks().shows("STUCK");
    reader.asks().press("n").shows("checking 01 relay").asks().shows("NOT WRITTEN YET");
    reader.asks().press("N").shows("checking 01 zeal").asks().shows("STUCK");
    assert!(!reader.is_the_shells());
    reader.asks().press("q");
    assert_eq!(reader.ends().code(), Some(0));
    assert!(reader.is_the_shells());
}

#[test]
fn keys_are_live_while_a_check_runs() {
    let book = two().answered("zeal", HANGS);
    let mut reader = book.asks("watch zeal").at_a_terminal();
    reader.shows("checking 01 zeal").asks();
    let pids = hanging(&book);
    reader.press("h").shows("hint 1 of 3").asks().press("l").shows("not tried").asks().press("n");
    reader.shows("checking 01 relay").asks().shows("NOT WRITTEN YET").asks();
    are_gone(&pids);
    reader.press("q");
    assert_eq!(reader.ends().code(), Some(0));
}

#[test]
fn a_save_cancels_the_running_check_and_starts_another() {
    let book = two().answered("zeal", HANGS);
    let mut reader = book.asks("watch").at_a_terminal();
    reader.shows("checking 01 zeal").asks();
    let pids = hanging(&book);
    book.answer("zeal", STUCK);
    reader.shows("checking 01 zeal").asks().shows("STUCK").asks();
    are_gone(&pids);
}

#[test]
fn a_cargo_that_waits_for_another_says_so_while_it_does() {
    let waits = "echo '    Blocking waiting for file lock on build directory' >&2\n";
    let book = two().answered("zeal", &format!("{waits}{HANGS}"));
    let mut reader = book.asks("watch zeal").at_a_terminal();
    reader.shows("checking 01 zeal").asks().shows("another cargo has the lock on the build directory").asks();
    hanging(&book);
    reader.press("q");
    assert_eq!(reader.ends().code(), Some(0));
}

#[test]
fn a_save_of_another_exercise_goes_there() {
    let book = two();
    let mut reader = book.asks("watch").at_a_terminal();
    reader.shows("01 zeal   NOT RIGHT YET").asks();
    book.answer("relay", STUCK);
    reader.shows("checking 01 relay").shows("01 relay   STUCK").asks();
}

#[test]
fn an_editor_that_replaces_the_file_has_saved_it() {
    let book = two();
    let mut reader = book.asks("watch zeal").at_a_terminal();
    reader.shows("NOT RIGHT YET").asks();
    let (file, aside) = (book.file_of("zeal"), book.path("aside"));
    fs::rename(&file, &aside).unwrap();
    fs::write(book.path("new"), STUCK).unwrap();
    fs::rename(book.path("new"), &file).unwrap();
    reader.shows("01 zeal   STUCK").asks();
    fs::remove_file(&file).unwrap();
    reader.shows("01 zeal   MISSING").asks();
    // As it was, with its old date.
    fs::rename(&aside, &file).unwrap();
    reader.shows("01 zeal   NOT RIGHT YET").asks();
}

#[test]
fn whatever_ends_a_watch_leaves_no_orphan_and_the_terminal_as_it_was() {
    for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT] {
        let book = two().answered("zeal", HANGS);
        let mut reader = book.asks("watch zeal").at_a_terminal();
        reader.shows("checking 01 zeal").asks();
        let pids = hanging(&book);
        match signal {
            libc::SIGINT => reader.press("\u{3}"),
            signal => reader.signal(signal),
        };
        assert_eq!(reader.ends().signal(), Some(signal));
        are_gone(&pids);
        assert!(reader.is_the_shells());
    }
}

#[test]
fn a_check_that_is_ended_leaves_no_orphan_either() {
    for signal in [libc::SIGTERM, libc::SIGINT] {
        let book = two().answered("zeal", HANGS);
        let mut reader = book.asks("check zeal").at_a_terminal();
        let pids = hanging(&book);
        reader.signal(signal);
        assert_eq!(reader.ends().signal(), Some(signal));
        are_gone(&pids);
    }
}

#[test]
fn what_a_finished_check_leaves_behind_is_swept_up() {
    let book = two().answered("zeal", &format!("setsid sleep 600 & echo $! > hidden; {STUCK}"));
    book.asks("check zeal").fails_with(1).and_says("STUCK");
    are_gone(&[book.read("hidden")]);
}

#[test]
fn a_child_that_was_there_before_is_nobodys_to_end() {
    let book = two().answered("zeal", STUCK);
    // A shell that starts something and becomes the runner leaves it a child.
    let shell = "sleep 600 & echo $! > other; exec target/debug/xtask check zeal";
    let mut command = Command::new("/bin/sh");
    command.args(["-c", shell]).current_dir(book.path("")).env("CARGO", "/bin/sh").env_remove("CARGO_TARGET_DIR");
    assert_eq!(command.stdout(Stdio::null()).status().unwrap().code(), Some(1));
    let other = book.read("other");
    assert!(is_there(&other));
    // SAFETY: integers only. Nobody has waited for it, as it is an orphan of init's.
    unsafe { libc::kill(other.trim().parse().unwrap(), libc::SIGKILL) };
}

#[test]
fn a_signal_that_was_ignored_before_stays_ignored() {
    let book = two().answered("zeal", HANGS);
    let mut reader = book.asks("watch").ignoring(libc::SIGHUP).at_a_terminal();
    reader.shows("checking 01 zeal").asks();
    let pids = hanging(&book);
    reader.signal(libc::SIGHUP).press("l").shows("not tried").asks();
    reader.signal(libc::SIGTERM);
    assert_eq!(reader.ends().signal(), Some(libc::SIGTERM));
    are_gone(&pids);
}

#[test]
fn whoever_stops_it_gets_the_terminal_meanwhile() {
    let book = two();
    let mut reader = book.asks("watch").at_a_terminal();
    reader.shows("NOT RIGHT YET").asks();
    assert!(!reader.is_the_shells());
    reader.press("\u{1a}");
    eventually("it has stopped", || reader.is_stopped());
    assert!(reader.is_the_shells());
    reader.signal(libc::SIGCONT).asks();
    assert!(!reader.is_the_shells());
    reader.press("q");
    assert_eq!(reader.ends().code(), Some(0));
}

#[test]
fn without_a_terminal_saves_are_judged_all_the_same() {
    let book = two();
    let mut watch = book.asks("watch").begins();
    eventually("it has checked once", || book.read(".progress").contains("01-blocking/zeal last=wrong@"));
    book.answer("zeal", RIGHT);
    eventually("it has checked again", || book.read(".progress").contains("01-blocking/zeal last=right@"));
    eventually("it has gone on", || book.read(".progress").contains("01-blocking/relay last=not-written@"));
    watch.kill().unwrap();
    watch.wait().unwrap();
}
