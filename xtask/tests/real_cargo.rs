//! The runner with the real cargo and the real compiler, on exercises that need no crate: what they say,
//! and when, is theirs to change, and this is how we learn of it.

#[allow(dead_code, reason = "each test uses its part of the book")]
mod book;

use std::env;
use std::ffi::CString;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Stdio};

use book::{Asking, Book, book};

/// The test of an exercise, with a check that looks at what its function returns.
const TEST: &str = r#"
#[path = "../src/{n}.rs"]
mod answer;

#[test]
fn {n}() {
    let right = answer::{n}() == 1;
    let verdict = if right { "right\n01 {n}   RIGHT\n" } else { "wrong\n01 {n}   NOT RIGHT YET: it is not 1\n" };
    if let Some(file) = std::env::var_os("READY_OR_DONE_VERDICT") {
        std::fs::write(file, verdict).unwrap();
    }
    assert!(right);
}
"#;

/// A workspace with two exercises.
fn two() -> Book {
    let workspace = "[workspace]\nresolver = \"3\"\nmembers = [\"exercises/*\", \"slow\"]\n";
    let package = |name: &str| format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n");
    let mut book = book(["01-blocking"])
        .with_file("Cargo.toml", workspace)
        .with_file("exercises/01-blocking/Cargo.toml", &package("exercise-01-blocking"))
        .with_file("slow/Cargo.toml", &package("slow"))
        .with_file("slow/src/lib.rs", "");
    for name in ["relay", "zeal"] {
        book = book.with_file(&format!("exercises/01-blocking/tests/{name}.rs"), &TEST.replace("{n}", name)).with_file(
            &format!("exercises/01-blocking/src/{name}.rs"),
            &format!("pub fn {name}() -> u8 {{\n    1\n}}\n"),
        );
    }
    book
}

/// The cargo that runs this test.
fn cargo() -> String {
    env::var("CARGO").unwrap_or_else(|_| "cargo".into())
}

trait Really {
    fn really(self) -> Self;
}

impl Really for Asking<'_> {
    fn really(self) -> Self {
        // With a package cache of its own it waits for no other cargo of this machine's.
        self.with("CARGO", cargo()).with_place("CARGO_HOME", "cargo home")
    }
}

#[test]
fn each_way_of_not_being_right_is_told_apart() {
    let book = two();
    book.asks("check relay").really().succeeds().and_says("01 relay   RIGHT");
    let answer = |text: &str| book.write("exercises/01-blocking/src/relay.rs", text);
    answer("pub fn relay() -> u8 {\n    2\n}\n");
    book.asks("check relay")
        .really()
        .fails_with(1)
        .and_says_just("01 relay   NOT RIGHT YET: it is not 1\n")
        .and_complains_of_nothing();

    answer("pub fn relay() -> u8 {\n    \"one\"\n}\n");
    book.asks("check relay")
        .really()
        .fails_with(1)
        .and_says("01 relay   DOES NOT COMPILE: mismatched types\n\nerror[E0308]: mismatched types")
        .and_says("exercises/01-blocking/src/relay.rs:2:5")
        .and_does_not_say("could not compile")
        .and_complains_of_nothing();

    answer("fn something_else() {}\n");
    book.asks("check relay").really().fails_with(1).and_says("DOES NOT COMPILE: cannot find function `relay`");

    answer("pub fn relay() -> u8 {\n    std::process::exit(0)\n}\n");
    book.asks("check relay").really().fails_with(1).and_says("NO VERDICT: the check ended without one");

    answer("pub fn relay() -> u8 {\n    std::process::abort()\n}\n");
    book.asks("check relay").really().fails_with(1).and_says("NO VERDICT: SIGABRT ended the check itself");

    answer("pub fn relay( {\n");
    book.asks("check relay").really().fails_with(1).and_says("DOES NOT COMPILE");
    book.asks("check zeal").really().succeeds().and_says("01 zeal   RIGHT");
}

#[test]
fn an_answer_that_was_put_back_from_an_old_copy_is_judged_anew() {
    let book = two();
    let (file, copy) = (book.path("exercises/01-blocking/src/relay.rs"), book.path("copy"));
    fs::rename(&file, &copy).unwrap();
    fs::write(&file, "pub fn relay() -> u8 {\n    2\n}\n").unwrap();
    book.asks("check relay").really().fails_with(1);
    // Its date is from before the last build, and cargo alone would call that build fresh.
    fs::rename(&copy, &file).unwrap();
    book.asks("check relay").really().succeeds().and_says("RIGHT");
}

#[test]
fn a_cargo_that_waits_for_another_says_so_at_once() {
    let gate = r#"fn main() { std::fs::read("../gate").unwrap(); }"#;
    let book = two().with_file("slow/build.rs", gate);
    let path = CString::new(book.path("gate").as_os_str().as_bytes()).unwrap();
    // SAFETY: `path` ends with a zero.
    assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
    let mut other = Command::new(cargo());
    other.args(["build", "--quiet", "--package", "slow"]).current_dir(book.path(""));
    other.env_remove("CARGO_TARGET_DIR").stdin(Stdio::null());
    let mut other = other.spawn().unwrap();
    // Opening it for writing lasts until the build script reads: then the other cargo has the lock.
    let mut gate = File::options().write(true).open(book.path("gate")).unwrap();

    let mut check = book.asks("check relay").really().begins();
    let mut said = BufReader::new(check.stderr.take().unwrap()).lines();
    let waits =
        said.find(|line| line.as_ref().is_ok_and(|line| line.contains("another cargo has the lock"))).unwrap().unwrap();
    assert!(waits.starts_with("cargo xtask: cargo waits: another cargo has the lock on the "), "{waits}");
    gate.write_all(b"go on").unwrap();
    drop(gate);
    assert!(other.wait().unwrap().success());
    assert!(said.any(|line| line.unwrap().contains("rust-analyzer.cargo.targetDir")));
    assert_eq!(check.wait().unwrap().code(), Some(0));
}

/// A workspace with a chapter whose program says something.
fn one_chapter() -> Book {
    book(["01-blocking"])
        .with_file("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"chapters/*\"]\n")
        .with_file(".cargo/config.toml", "")
        .with_file("chapters/01-blocking/Cargo.toml", "[package]\nname = \"chapter-01-blocking\"\nedition = \"2024\"\n")
        .with_file(PROGRAM, "fn main() {\n    println!(\"one\");\n}\n")
}

const PROGRAM: &str = "chapters/01-blocking/src/main.rs";

#[test]
fn a_program_of_which_nothing_has_changed_is_run_without_cargo() {
    let book = one_chapter();
    // The first writes a Cargo.lock, which is newer than the build then.
    for _ in 0..2 {
        book.asks("run 1").really().succeeds().and_says_just("one\n");
    }
    book.asks("run 1").with("CARGO", "/no/such/cargo").succeeds().and_says_just("one\n").and_complains_of_nothing();
    for changed in ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "chapters/01-blocking/Cargo.toml", PROGRAM] {
        book.write(changed, &book.read(changed));
        book.asks("run 1").with("CARGO", "/no/such/cargo").fails_with(3).and_complains("/no/such/cargo");
        book.asks("run 1").really().succeeds().and_says_just("one\n");
    }
}

#[test]
fn a_program_that_no_longer_compiles_is_not_run_as_it_was() {
    let book = one_chapter();
    book.asks("run 1").really().succeeds().and_says_just("one\n");
    book.write(PROGRAM, "fn main() {\n    println!(two);\n}\n");
    for _ in 0..2 {
        book.asks("run 1").really().fails_with(101).and_complains("error").and_says_just("");
    }
    book.write(PROGRAM, "fn main() {\n    println!(\"two\");\n}\n");
    book.asks("run 1").really().succeeds().and_says_just("two\n");
}

#[test]
fn a_new_runner_asks_cargo_again() {
    let book = one_chapter();
    for _ in 0..2 {
        book.asks("run 1").really().succeeds();
    }
    let runner = book.path("target/debug/xtask");
    // Not by this process: while another test starts a child, that one holds what we write, and it cannot be executed.
    let another = book.path("another");
    assert!(Command::new("cp").args([&runner, &another]).status().unwrap().success());
    fs::rename(another, &runner).unwrap();
    book.asks("run 1").with("CARGO", "/no/such/cargo").fails_with(3).and_complains("/no/such/cargo");
}
