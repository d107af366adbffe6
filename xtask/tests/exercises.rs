//! What the runner promises to those who do the exercises. Cargo is played, see `book/exercises.rs`; the
//! real one is asked in `real_cargo.rs`.

#[allow(dead_code, reason = "each test uses its part of the book")]
mod book;

use std::fs;
use std::os::unix::fs::symlink;

use book::book;
use book::exercises::{DOES_NOT_COMPILE, NOT_WRITTEN, RIGHT, STUCK, UNSEEN, three};

#[test]
fn a_verdict_is_shown_and_is_the_exit_code() {
    let book = three();
    book.answer("relay", STUCK);
    book.asks("check relay")
        .fails_with(1)
        .and_says_just("01 relay   STUCK: nothing can wake it\n")
        .and_complains_of_nothing();
    book.answer("relay", RIGHT);
    book.asks("check relay").succeeds().and_says("01 relay   RIGHT\n");
    book.answer("relay", UNSEEN);
    book.asks("check relay").fails_with(3).and_says("CANNOT BE SEEN HERE");
}

#[test]
fn the_exit_code_reaches_also_who_does_not_read() {
    let book = three().answered("relay", STUCK);
    book.asks("check relay").unheard().and_exits(1).and_complains_of_nothing();
}

#[test]
fn without_a_name_the_first_that_is_not_right_is_checked() {
    let book = three();
    book.asks("check").fails_with(1).and_says("01 zeal   NOT RIGHT YET");
    book.answer("zeal", RIGHT);
    book.asks("check").succeeds().and_says("01 zeal   RIGHT").and_says("next                   01 relay: About relay");
    book.asks("check").fails_with(1).and_says("01 relay   NOT WRITTEN YET");
    book.answer("relay", RIGHT);
    book.answer("answer", RIGHT);
    book.asks("check").succeeds();
    book.asks("check").succeeds().and_says("nothing: every exercise is right");
    book.asks("check").succeeds().and_says_just("All 3 exercises are right. cargo xtask list shows them.\n");
}

#[test]
fn what_was_right_is_checked_again_once_it_has_changed() {
    let book = three().answered("zeal", RIGHT);
    book.asks("check").succeeds();
    book.answer("zeal", &format!("# mended for the worse\n{STUCK}"));
    book.asks("list").succeeds().and_says("changed since");
    book.asks("check").fails_with(1).and_says("01 zeal   STUCK");
    book.asks("list").succeeds().and_says("not yet: stuck");
    book.answer("zeal", RIGHT);
    book.asks("list").succeeds().and_says("mend      right, 2");
}

#[test]
fn json_is_an_object_and_nothing_else() {
    let book = three().answered("relay", STUCK);
    book.asks("check relay --json")
        .with("CLICOLOR_FORCE", "1")
        .fails_with(1)
        .and_says_just("{\"exercise\":\"relay\",\"verdict\":\"stuck\"}\n");
    book.answer("relay", DOES_NOT_COMPILE);
    book.asks("check --json relay")
        .fails_with(1)
        .and_says("{\"exercise\":\"relay\",\"chapter\":\"01-blocking\",\"verdict\":\"does-not-compile\",\"sentence\":\"mismatched types\"");
}

#[test]
fn colour_is_for_who_wants_it() {
    let book = three().answered("relay", STUCK);
    let red = "01 relay   \x1b[1;31mSTUCK: nothing can wake it\x1b[0m\n";
    book.asks("check relay").with("CLICOLOR_FORCE", "1").fails_with(1).and_says_just(red);
    book.asks("check relay").with("NO_COLOR", "1").fails_with(1).and_does_not_say("\x1b");
    book.answer("relay", RIGHT);
    book.asks("check relay").with("CLICOLOR_FORCE", "1").succeeds().and_says("\x1b[1;32mRIGHT\x1b[0m");
}

#[test]
fn what_does_not_compile_is_told_apart_and_in_the_compilers_words() {
    let book = three().answered("relay", DOES_NOT_COMPILE);
    let told = "01 relay   DOES NOT COMPILE: mismatched types\n\nerror[E0308]: mismatched types\n --> here\n";
    book.asks("check relay").fails_with(1).and_says_just(told);
    book.asks("list").succeeds().and_says("not yet: does not compile");
}

#[test]
fn what_cannot_be_built_is_not_held_against_the_reader() {
    let linker = "echo 'error: linker `cc` not found' >&2; echo >&2; echo 'error: could not compile `libc` (build script)' >&2; builds false; exit 101";
    let book = three().answered("relay", linker);
    book.asks("check relay")
        .fails_with(3)
        .and_says("CANNOT BE BUILT HERE: linker `cc` not found; your file is not the reason");
    book.answer("relay", "echo 'error: no such lock' >&2; exit 101");
    book.asks("check relay").fails_with(3).and_says("no such lock");
    let full = "echo 'error: linking: No space left on device' >&2; echo 'error: could not compile `exercise-01-blocking`' >&2; builds false; exit 101";
    book.answer("relay", full);
    book.asks("check relay").fails_with(3).and_says("the disk is full").and_says("df -h");
    book.asks("list").succeeds().and_says("relay                       core      not tried");
}

#[test]
fn a_check_without_a_verdict_is_never_right() {
    let book = three();
    for (play, told) in [
        ("builds true", "NO VERDICT: the check ended without one"),
        ("builds true; echo some words >&2; exit 101", "  some words"),
        ("builds true; echo right > $READY_OR_DONE_VERDICT; exit 0", "NO VERDICT: the check ended without one"),
        ("builds true; says right RIGHT; exit 101", "NO VERDICT: the check ended without one"),
        ("builds true; kill -9 $$", "NO VERDICT: signal 9 ended the check itself"),
        ("builds true; echo '(signal: 9, SIGKILL: kill)' >&2; exit 101", "NO VERDICT: SIGKILL ended the check itself"),
    ] {
        book.answer("relay", play);
        book.asks("check relay").fails_with(1).and_says(told);
    }
}

#[test]
fn an_exercise_that_cannot_be_read_is_told_in_a_sentence() {
    let book = three();
    let file = book.file_of("relay");
    fs::write(&file, b"fn a() {}\n// \xff\n").unwrap();
    book.asks("check relay").fails_with(1).and_says("CANNOT BE READ").and_says("not UTF-8 from line 2 on");
    fs::remove_file(&file).unwrap();
    book.asks("check relay")
        .fails_with(1)
        .and_says("MISSING: there is no exercises/01-blocking/src/relay.rs")
        .and_says("cargo xtask reset relay");
    fs::create_dir(&file).unwrap();
    book.asks("check relay").fails_with(1).and_says("Is a directory (EISDIR)");
    book.asks("check relay --json").fails_with(1).and_says("\"verdict\":\"unreadable\"");
    fs::remove_dir(&file).unwrap();
    // It has no end.
    symlink("/dev/zero", &file).unwrap();
    book.asks("check relay").fails_with(1).and_says("it is neither a file nor a folder");
}

#[test]
fn cargo_notices_a_file_that_was_put_back_from_an_old_copy() {
    let book = three().answered("relay", STUCK);
    book.asks("check relay").fails_with(1);
    let test = book.path("exercises/01-blocking/tests/relay.rs");
    let date = || fs::metadata(&test).unwrap().modified().unwrap();
    let before = date();
    book.asks("check relay").fails_with(1);
    assert_eq!(date(), before, "the same file again is nothing new");
    book.answer("relay", RIGHT);
    book.asks("check relay").succeeds();
    assert!(date() > before, "another file is, whatever its date");
}

#[test]
fn a_book_without_exercises_says_so() {
    let book = book(["01-blocking"]);
    for words in ["check", "watch", "hint", "solution", "grade", "check relay"] {
        book.asks(words).fails_with(2).and_complains("no exercise is written yet");
    }
    book.asks("verify").succeeds();
    book.asks("stubs").succeeds().and_says("unchanged  0 of 0");
}

#[test]
fn a_mistyped_exercise_gets_the_nearest_one() {
    let book = three();
    book.asks("check realy").fails_with(2).and_complains("Did you mean relay?");
    book.asks("check 01").fails_with(2).and_complains("\"01\" is a chapter. Its exercises: zeal, relay, answer");
    book.asks("hint relax").fails_with(2).and_complains("Did you mean relay?");
    book.asks("check relay zeal").fails_with(2).and_complains("\"zeal\" is one word too many");
    book.asks("check relay --jsn").fails_with(2).and_complains("Did you mean --json?");
    book.asks("check 1/r").fails_with(1).and_says("01 relay");
}

#[test]
fn stubs_are_made_from_solutions_and_verify_sees_where_they_drift() {
    let book = three();
    book.asks("verify").succeeds().and_says("01-blocking     3 exercises, 9 mistakes");
    book.answer("relay", NOT_WRITTEN);
    book.asks("verify")
        .fails_with(1)
        .and_says("relay.rs is not what the solution makes")
        .and_says("+# above")
        .and_says("1 to mend");
    book.asks("stubs").succeeds().and_says_just("written    exercises/01-blocking/src/relay.rs\nunchanged  2 of 3\n");
    book.asks("verify").succeeds();
    book.write("solutions/01-blocking/src/relay.rs", "//! Kind: core\n// exercise: begin todo!()\n");
    book.asks("stubs").fails_with(3).and_complains("line 2: a gap begins here and does not end");
}
