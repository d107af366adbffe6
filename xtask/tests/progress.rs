//! How far a reader is, what helps them on, and that nothing of theirs is lost. Cargo is played, see
//! `book/exercises.rs`.

#[allow(dead_code, reason = "each test uses its part of the book")]
mod book;

use std::fs;
use std::os::unix::fs::symlink;

use book::exercises::{RIGHT, STUCK, three};

#[test]
fn progress_is_a_line_an_exercise_and_what_it_does_not_know_is_kept() {
    let book = three().answered("relay", STUCK).with_file(".progress", "my own note\n");
    book.asks("check relay").fails_with(1);
    let progress = book.read(".progress");
    let line = progress.lines().find(|line| line.starts_with("01-blocking/relay last=stuck@2")).unwrap();
    assert!(line.contains("Z#"), "{progress}");
    assert!(progress.contains("\nmy own note\n"), "{progress}");
    fs::write(book.path(".progress"), b"\xff\xfe\n").unwrap();
    book.asks("check relay").fails_with(1).and_says("STUCK");
}

#[test]
fn a_full_disk_costs_no_verdict_and_no_progress() {
    let book = three().answered("relay", STUCK);
    book.asks("check relay").fails_with(1);
    let before = book.read(".progress");
    // Whatever is written there is answered with ENOSPC.
    symlink("/dev/full", book.path(".progress.new")).unwrap();
    book.answer("relay", RIGHT);
    book.asks("check relay")
        .succeeds()
        .and_says("RIGHT")
        .and_complains("ENOSPC")
        .and_complains("What was kept before still is");
    assert_eq!(book.read(".progress"), before);
}

#[test]
fn progress_that_cannot_be_read_is_not_written_over() {
    let book = three().answered("relay", RIGHT);
    fs::create_dir(book.path(".progress")).unwrap();
    book.asks("check relay").succeeds().and_says("RIGHT").and_complains("EISDIR");
    assert!(book.path(".progress").is_dir());
}

#[test]
fn hints_climb_and_are_remembered() {
    let book = three();
    for hint in
        ["hint 1 of 3            What?", "hint 2 of 3            How?", "hint 3 of 3            So.", "hint 3 of 3"]
    {
        book.asks("hint relay").succeeds().and_says(hint);
    }
    book.asks("hint relay").succeeds().and_says("that was the last");
    book.asks("hint relay 1").succeeds().and_says("What?").and_says("cargo xtask hint relay");
    book.asks("hint").succeeds().and_says("01 zeal").and_says("What?");
    book.asks("hint 2").succeeds().and_says("01 zeal").and_says("How?");
    book.asks("hint relay 4").fails_with(2).and_complains("01 relay has 3 hints, and none with the number 4");
    book.asks("hint relay now").fails_with(2).and_complains("\"now\" is no number");
}

#[test]
fn a_hint_that_a_verdict_showed_is_not_the_next_one() {
    let hinting = "builds true; says wrong 'NOT RIGHT YET: no\n\n  hint 1 of 3            What?'; exit 101";
    let book = three().answered("relay", hinting);
    book.asks("check relay").fails_with(1).and_says("What?");
    book.asks("hint relay").succeeds().and_says("hint 2 of 3");
}

#[test]
fn the_solution_is_for_who_has_an_answer() {
    let book = three();
    book.asks("solution relay")
        .fails_with(1)
        .and_says_just("")
        .and_complains("was not right yet")
        .and_complains("--anyway");
    let diff = book.asks("solution relay --anyway").succeeds();
    diff.and_says("--- exercises/01-blocking/src/relay.rs\n+++ the solution\n")
        .and_says("\n+    builds true; says right RIGHT\n")
        .and_says("\n # above\n")
        .and_does_not_say("exercise: begin");
    book.answer("relay", RIGHT);
    book.asks("check relay").succeeds().and_says("cargo xtask solution relay");
    book.asks("solution relay").succeeds().and_says("-builds true; says right RIGHT\n");
    // Who was right once may look again, whatever they have tried since.
    book.answer("relay", STUCK);
    book.asks("check relay").fails_with(1);
    book.asks("solution relay").succeeds();
}

#[test]
fn reset_keeps_what_the_reader_has_written() {
    let book = three();
    let stub = fs::read_to_string(book.file_of("relay")).unwrap();
    book.asks("reset relay")
        .succeeds()
        .and_says_just("01 relay: exercises/01-blocking/src/relay.rs is as it was in the beginning.\n");
    book.answer("relay", "one");
    book.asks("reset relay").succeeds().and_says("What you had is kept: exercises/01-blocking/src/relay.rs.bak\n");
    book.answer("relay", "two");
    book.asks("reset relay").succeeds().and_says("src/relay.rs.bak.2\n");
    assert_eq!(fs::read_to_string(book.file_of("relay")).unwrap(), stub);
    assert_eq!(book.read("exercises/01-blocking/src/relay.rs.bak"), "one");
    assert_eq!(book.read("exercises/01-blocking/src/relay.rs.bak.2"), "two");
    fs::remove_file(book.file_of("relay")).unwrap();
    book.asks("reset relay").succeeds().and_does_not_say("kept");
    assert_eq!(fs::read_to_string(book.file_of("relay")).unwrap(), stub);
    book.asks("reset").fails_with(2).and_complains("reset needs an exercise");
}

#[test]
fn a_reset_that_fails_leaves_the_file_as_it_was() {
    let book = three().answered("relay", "mine");
    symlink("/dev/full", book.path("exercises/01-blocking/src/relay.rs.new")).unwrap();
    book.asks("reset relay")
        .fails_with(3)
        .and_complains("relay.rs was left as it is: No space left on device (ENOSPC)");
    assert_eq!(fs::read_to_string(book.file_of("relay")).unwrap(), "mine");
    assert!(!book.path("exercises/01-blocking/src/relay.rs.bak").exists());
}

#[test]
fn a_reset_exercise_begins_again() {
    let book = three().answered("relay", RIGHT);
    book.asks("check relay").succeeds();
    book.asks("hint relay 2").succeeds();
    book.asks("reset relay").succeeds();
    book.asks("list").succeeds().and_says("core      right on 2").and_says("changed since");
    book.asks("hint relay").succeeds().and_says("hint 1 of 3");
}

#[test]
fn list_shows_each_exercise_in_its_order_and_how_far_it_is() {
    let book = three().answered("zeal", RIGHT).answered("relay", STUCK);
    book.asks("check zeal").succeeds();
    book.asks("check relay").fails_with(1);
    let list = book.asks("list").succeeds();
    let said = list.said();
    let at = |part: &str| said.find(part).unwrap_or_else(|| panic!("{part:?} is not in\n{said}"));
    assert!(
        at("zeal                        mend      right, 2")
            < at("relay                       core      not yet: stuck")
    );
    assert!(at("relay ") < at("answer                      stretch   not tried"));
}

#[test]
fn bare_xtask_says_where_you_are() {
    let book = three();
    book.asks("")
        .succeeds()
        .and_says("0 of 3 exercises right")
        .and_says("You are at 01 zeal: About zeal")
        .and_says("cargo xtask run chapter-01");
    book.answer("zeal", RIGHT);
    book.asks("check").succeeds();
    book.answer("relay", STUCK);
    book.asks("check").fails_with(1);
    let here = book.asks("").succeeds();
    here.and_says("1 of 3 exercises right")
        .and_says("You are at 01 relay")
        .and_says("exercises/01-blocking/src/relay.rs")
        .and_says("not yet: stuck")
        .and_says("cargo xtask hint relay");
}
