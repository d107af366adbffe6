//! What the runner promises to those who type `cargo xtask`.

#[allow(dead_code, reason = "each test uses its part of the book")]
mod book;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use book::book;

#[test]
fn run_becomes_the_program_and_hands_on_all_that_follows_the_chapter() {
    // The program is a shell, and its first argument a script that says the others.
    let book = book(["01-blocking"]).with_built("chapter-01-blocking", "/bin/sh").with_file("build", "true");
    book.asks("run chapter-01 say --raw --help -- --port=0").becomes(["--raw", "--help", "--", "--port=0"]);
}

#[test]
fn cargo_is_asked_to_build_the_program_first() {
    let says = "printf '<%s>' \"$@\"\nln -sf /bin/echo target/debug/chapter-01-blocking\n";
    let book = book(["01-blocking"]).with_file("build", says);
    let manifest = book.path("Cargo.toml");
    let words = format!("<--manifest-path><{}><--package><chapter-01-blocking>", manifest.display());
    // A first build takes its time, and is not silent.
    book.asks("run 1 two_phases").succeeds().and_says_just(&format!("{words}two_phases\n"));
    book.asks("run 1 two_phases").succeeds().and_says_just(&format!("<--quiet>{words}two_phases\n"));
}

#[test]
fn words_reach_the_program_as_they_were_typed() {
    let book = book(["01-blocking"]).with_built("chapter-01-blocking", "/bin/sh").with_file("build", "true");
    book.asks("run 1 say --svg")
        .word("a file.svg")
        .word("")
        .word("höhe.svg")
        .fails_with(7)
        .and_says("<--svg><a file.svg><><höhe.svg>");
}

#[test]
fn what_cargo_cannot_build_is_cargos_to_explain() {
    let book = book(["01-blocking"]).with_built("chapter-01-blocking", "/bin/echo");
    book.with_file("build", "echo 'error: no' >&2; exit 101").asks("run 1").fails_with(101).and_complains("error: no");
}

#[test]
fn every_name_of_a_chapter_runs_it() {
    let book = book(["01-blocking", "07-sigio"]);
    for name in ["chapter-07", "07", "7", "sigio", "07-sigio", "chapter-07-sigio", "chapters/07-sigio/"] {
        book.asks("run").word(name).fails_with(7).and_says("<chapter-07-sigio>");
    }
}

#[test]
fn a_chapter_outside_the_twelve_runs_too() {
    book(["13-kqueue"]).asks("run kqueue").fails_with(7).and_says("<chapter-13-kqueue>");
}

#[test]
fn the_book_is_found_from_any_folder_within_it() {
    let book = book(["01-blocking"]);
    let root = book.path("Cargo.toml");
    book.asks("run 1").standing_in("chapters/01-blocking").fails_with(7).and_says(root.to_str().unwrap());
}

#[test]
fn outside_of_the_book_the_one_that_cargo_names_is_taken() {
    let ours = book(["01-blocking"]);
    let elsewhere = "/";
    ours.asks("list").standing_outside_in(elsewhere).fails_with(2).and_complains("found none");
    let package = ours.path("xtask");
    ours.asks("list")
        .standing_outside_in(elsewhere)
        .with("CARGO_MANIFEST_DIR", package)
        .succeeds()
        .and_says("01-blocking");
}

#[test]
fn a_chapter_not_written_yet_says_so_and_names_those_that_are() {
    book(["01-blocking", "06-epoll"])
        .asks("run sigio")
        .fails_with(2)
        .and_complains("chapter 07-sigio is not written yet. Written so far: 01-blocking, 06-epoll")
        .and_complains("Next: cargo xtask run chapter-01");
}

#[test]
fn a_mistyped_chapter_gets_the_nearest_one() {
    let book = book(["01-blocking", "07-sigio"]);
    book.asks("run sigoi").fails_with(2).and_complains("Did you mean 07-sigio?");
    book.asks("run 1-blokcing").fails_with(2).and_complains("Did you mean 01-blocking?");
    book.asks("run chapter-13").fails_with(2).and_complains("no chapter \"chapter-13\"").and_says_just("");
}

#[test]
fn a_mistyped_command_gets_the_nearest_one() {
    let book = book(["01-blocking"]);
    book.asks("docter").fails_with(2).and_complains("Did you mean doctor?");
    book.asks("help lsit").fails_with(2).and_complains("Did you mean list?");
    book.asks("frobnicate").fails_with(2).and_complains("cargo xtask help");
}

#[test]
fn a_chapter_in_place_of_a_command_gets_the_command() {
    book(["01-blocking"]).asks("chapter-01").fails_with(2).and_complains("Next: cargo xtask run chapter-01");
}

#[test]
fn what_is_not_understood_is_a_usage_error() {
    let book = book(["01-blocking"]);
    book.asks("run").fails_with(2).and_complains("run needs a chapter");
    book.asks("run --list 1").fails_with(2).and_complains("after the chapter");
    book.asks("list --all").fails_with(2).and_complains("--all");
    book.asks("list 1").fails_with(2).and_complains("\"1\"");
    book.asks("--version").fails_with(2).and_complains("--version");
    book.asks("").word(OsStr::from_bytes(b"\xff")).fails_with(2).and_complains("no command");
}

#[test]
fn every_command_explains_itself_with_an_example() {
    let book = book([]);
    let overview = book.asks("help").succeeds();
    let commands: Vec<&str> =
        overview.said().lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    assert_eq!(commands[..3], ["run", "list", "check"]);
    for command in commands {
        let example = format!("Example: cargo xtask {command}");
        for words in
            ["--help", "-h"].map(|help| format!("{command} {help}")).into_iter().chain([format!("help {command}")])
        {
            book.asks(&words).succeeds().and_says(&example).and_says("Usage: ").and_complains_of_nothing();
        }
    }
    for words in ["--help", "-h"] {
        book.asks(words).succeeds().and_says_just(overview.said());
    }
}

#[test]
fn bare_xtask_shows_what_there_is_and_what_is_next() {
    book(["04-select", "06-epoll"])
        .asks("")
        .succeeds()
        .and_says("2 of 12")
        .and_says("06-epoll")
        .and_says("cargo xtask run chapter-04")
        .and_says("cargo xtask doctor");
    book([]).asks("").succeeds().and_says("0 of 12");
}

#[test]
fn list_marks_what_is_not_written() {
    book(["06-epoll", "13-kqueue"])
        .asks("list")
        .succeeds()
        .and_marks("06-epoll", "cargo xtask run chapter-06")
        .and_marks("05-poll", "not written yet")
        .and_marks("13-kqueue", "cargo xtask run chapter-13");
}

#[test]
fn whoever_stops_reading_ends_it_quietly() {
    let book = book(["01-blocking"]);
    for words in ["", "list", "help", "doctor", "run --help"] {
        book.asks(words).unheard().and_exits(0).and_complains_of_nothing();
    }
    book.asks("nonsense").unheard_altogether().and_exits(2);
}

#[test]
fn a_target_folder_that_refuses_writing_is_told_in_words() {
    let book = book(["01-blocking"]).with_file("a file", "");
    book.asks("run 1")
        .with("CARGO_TARGET_DIR", book.path("a file/target"))
        .fails_with(3)
        .and_complains("refuses writing: Not a directory (ENOTDIR)")
        .and_complains("Next: set CARGO_TARGET_DIR");
}

#[test]
fn where_nothing_can_be_built_the_program_of_before_runs() {
    let book = book(["01-blocking"]).with_built("chapter-01-blocking", "/bin/sh").with_file("a file", "");
    let refused = book.path("a file/target");
    // The program is a shell, and its argument the script that cargo is elsewhere.
    book.asks("run 1 say as it was")
        .with("CARGO_TARGET_DIR", refused)
        .fails_with(7)
        .and_says("<as><it><was>")
        .and_complains("earlier build");
}

#[test]
fn a_missing_cargo_is_told_in_words() {
    let book = book(["01-blocking"]);
    book.asks("run 1")
        .with("CARGO", "/no/such/cargo")
        .fails_with(3)
        .and_complains("/no/such/cargo")
        .and_complains("rustup.rs");
}

#[test]
fn few_descriptors_are_enough() {
    let book = book(["01-blocking"]);
    book.asks("list").with_descriptors(8).succeeds();
    book.asks("doctor")
        .with_descriptors(8)
        .answers()
        .and_marks("short", "descriptors")
        .and_says("soft limit 8, hard limit 8");
}

#[test]
fn doctor_finds_programs_in_path() {
    let book = book(["01-blocking"]).with_file("tools/wine", "").with_file("tools/strace/wine", "");
    book.asks("doctor").with("PATH", "").answers().and_marks("without", "wine");
    // A file that may not be executed is no program, nor is a folder.
    book.asks("doctor")
        .with("PATH", book.path("tools"))
        .answers()
        .and_marks("without", "wine")
        .and_marks("without", "strace");
    let with_shell = book.with_program("tools/bin/wine");
    with_shell
        .asks("doctor")
        .with("PATH", with_shell.path("tools/bin"))
        .answers()
        .and_marks("ok", "wine")
        .and_says("tools/bin/wine");
}

#[test]
fn doctor_fails_where_a_written_chapter_lacks_something() {
    let book = book(["01-blocking"]);
    let answer = book.asks("doctor").refused(libc::SYS_ptrace).fails_with(3);
    answer
        .and_marks("MISSING", "ptrace")
        .and_says("PTRACE_SEIZE: Operation not permitted (EPERM)")
        .and_says("do: ")
        .and_says("need what is missing: ptrace");
}

#[test]
fn doctor_forgives_what_only_unwritten_chapters_need() {
    let all = book(["01-blocking"]).asks("doctor").answers();
    let refused = book(["01-blocking"]).asks("doctor").refused(libc::SYS_io_uring_setup).answers();
    refused.and_marks("MISSING", "io_uring").and_exits(all.code());
    book(["12-io-uring"])
        .asks("doctor")
        .refused(libc::SYS_io_uring_setup)
        .fails_with(3)
        .and_says("io_uring_setup: Operation not permitted (EPERM)");
    book(["10-linux-aio"]).asks("doctor").refused(libc::SYS_io_setup).fails_with(3).and_marks("MISSING", "Linux AIO");
}

#[test]
fn the_book_that_this_is_lists_its_first_chapter() {
    let ours = book([]);
    ours.asks("list")
        .standing_outside_in(env!("CARGO_MANIFEST_DIR"))
        .succeeds()
        .and_marks("01-blocking", "cargo xtask run chapter-01");
}

#[test]
fn book_becomes_its_builder() {
    let book = book([]).with_built("book-builder", "/bin/echo").with_file("build", "echo \"$5\"");
    book.asks("book").succeeds().and_says_just("book-builder\n\n");
    book.asks("book --open").succeeds().and_says_just("book-builder\n--open\n");
    let target = book.path("elsewhere");
    book.asks("book --watch")
        .with("CARGO_TARGET_DIR", &target)
        .succeeds()
        .and_says(&format!("--watch --dest {}/book", target.display()));
    book.asks("book --open --watch").fails_with(2).and_complains("--open and --watch do not go together");
    book.asks("book --print").fails_with(2).and_complains("--print");
}

#[test]
fn a_book_whose_transcripts_are_not_what_a_chapter_prints_is_not_sound() {
    let snapshot = "chapters/01-blocking/tests/snapshots/naps.snap";
    // The same script is the builder, and the chapter's program.
    let book = book(["01-blocking"])
        .with_file("run", "printf 'naps: a read sleeps\\n\\n  read(x)  sleeps\\n'")
        .with_file(snapshot, "---\nsource: x\n---\nnaps: a read sleeps\n\n  read(x)  sleeps\n");
    book.asks("book --check").succeeds().and_says("chapter-01: 1 demos print what it shows.");
    let book = book.with_file(snapshot, "---\nsource: x\n---\nnaps: a read sleeps\n\n  read(x)  0\n");
    book.asks("book --check")
        .fails_with(1)
        .and_says("chapters/01-blocking/tests/snapshots/naps.snap:6: the demo no longer prints what the book shows")
        .and_says("here: \"  read(x)  sleeps\"")
        .and_says("book: \"  read(x)  0\"")
        .and_says("Do: cargo test -p chapter-01-blocking");
    let lacking = book.with_file("run", "echo 'naps: a read sleeps'; echo; echo '  Left out here: no ptrace.'");
    lacking.asks("book --check").succeeds().and_complains("naps is not compared. Left out here: no ptrace.");
}

#[test]
fn claims_are_held_against_this_host() {
    let table = "id\tsource\tclaim\tverdict\tsince\tauthority\tdemo\n\
                 C1\tUNPv3\tit sleeps\tholds\t\tread(2)\t01/naps\nC2\t\tWindows does\tholds\t\t\tits manual\n";
    let script = |fact: &str, code: u8| format!("printf 'C1\\tnaps\\t{fact}\\tit sleeps\\n'; exit {code}");
    let book = book(["01-blocking"]).with_file("book/claims.tsv", table).with_file("run", &script("true", 0));
    book.asks("claims")
        .succeeds()
        .and_marks("C1", "holds    it sleeps (UNPv3)")
        .and_marks("      as the book", "it sleeps")
        .and_marks("      a document", "its manual")
        .and_says("Claims: 2. as the book has it: 1, from a document: 1.");
    book.asks("claims c2").succeeds().and_says("Claims: 1. from a document: 1.");
    book.asks("claims C3").fails_with(2).and_complains("settled no claim C3. Did you mean C1?");
    let book = book.with_file("run", &script("false", 0));
    book.asks("claims").fails_with(1).and_marks("      DIFFERS", "not so here: it sleeps");
    let book = book.with_file("run", "exit 3");
    book.asks("claims").fails_with(3).and_marks("      not tried", "this host lacks");
    let book = book.with_file("run", "exit 101");
    book.asks("claims").fails_with(3).and_complains("chapter-01-blocking cannot be built");
}

#[test]
fn the_bench_is_built_for_speed() {
    let book = book(["01-blocking"]);
    book.asks("bench echo").fails_with(7).and_says("<--release>").and_says("<--package><bench><--><echo>");
    book.asks("bench").fails_with(2).and_complains("what to measure");
    book.asks("bench ecko").fails_with(2).and_complains("cannot measure \"ecko\"");
}
