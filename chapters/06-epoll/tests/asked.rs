//! A reader who is asked first sees the same lines as one who is not, and each before the question that it leads to.

use std::io::Write;
use std::process::{Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_chapter-06-epoll");

/// What one demo prints to a reader who always gives the first answer.
fn asked(demo: &str) -> String {
    let mut command = Command::new(PROGRAM);
    command.args([demo, "--predict", "--plain"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    child.stdin.take().expect("a pipe").write_all(b"1\n1\n1\n1\n1\n").expect("it reads");
    String::from_utf8(child.wait_with_output().expect("it ends").stdout).expect("it prints UTF-8")
}

fn plain(demo: &str) -> String {
    let out = Command::new(PROGRAM).args([demo, "--plain"]).output().expect("the program starts").stdout;
    String::from_utf8(out).expect("it prints UTF-8")
}

#[test]
fn a_question_leaves_nothing_out() {
    for demo in ["close_with_live_dup", "spent_oneshot_is_deaf", "close_is_half_a_close", "fork_shares_the_set"] {
        let asked = asked(demo);
        let added = |line: &&str| ["  ? ", "    1) ", "    You said: "].iter().any(|mark| line.starts_with(mark));
        // The prompt stays on its line, and what is shown next follows it.
        let told: Vec<_> = asked.lines().filter(|line| !added(line)).map(|line| line.replace("  > ", "")).collect();
        assert_eq!(told, plain(demo).lines().collect::<Vec<_>>(), "{asked}");
    }
}

#[test]
fn a_close_is_shown_before_the_question_that_it_leads_to() {
    let asked = asked("close_with_live_dup");
    let before = asked.split("  ? ").next().unwrap_or_default();
    assert!(before.trim_end().ends_with("close(server)                           0"), "{asked}");
}
