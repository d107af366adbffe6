//! What the runner promises to those who teach with the book, and to those who write it.

#[allow(dead_code, reason = "each test uses its part of the book")]
mod book;

use std::fs;

use book::exercises::{DOES_NOT_COMPILE, RIGHT, STUCK, UNSEEN};
use book::{Book, book};

/// Three exercises in two chapters, one of each kind.
fn three() -> Book {
    book(["01-blocking"])
        .with_exercise("01-blocking", "zeal", "mend")
        .with_exercise("01-blocking", "relay", "core")
        .with_exercise("06-epoll", "answer", "stretch")
}

#[test]
fn points_are_counted_by_kind() {
    let book = three().answered("zeal", RIGHT).answered("answer", RIGHT);
    book.asks("grade")
        .fails_with(1)
        .and_says("01-blocking\n  zeal                        mend     1 of 1   RIGHT\n")
        .and_says("  relay                       core     0 of 2   NOT WRITTEN YET")
        .and_says("06-epoll\n  answer                      stretch  3 of 3   RIGHT\n")
        .and_says("\n4 of 6 points\n");
    book.asks("grade 6").succeeds().and_says("\n3 of 3 points\n").and_does_not_say("relay");
    book.asks("grade 07").fails_with(2).and_complains("chapter 07-sigio has no exercises yet");
    book.asks("grade --json --junit").fails_with(2).and_complains("do not go together");
}

#[test]
fn what_cannot_be_seen_here_is_neither_right_nor_wrong() {
    let book = three().answered("zeal", RIGHT).answered("relay", UNSEEN).answered("answer", STUCK);
    book.asks("grade").fails_with(3);
    book.asks("grade --junit").fails_with(3).and_says("failures=\"0\" errors=\"1\"").and_says("<error type=\"unseen\"");
}

#[test]
fn grades_as_json_are_the_verdicts_with_points() {
    let book = three().answered("zeal", RIGHT).answered("relay", DOES_NOT_COMPILE);
    let graded = book.asks("grade 1 --json").fails_with(1);
    graded
        .and_says("{\"points\":1,\"of\":3,\"exercises\":[{\"exercise\":\"zeal\",\"verdict\":\"right\",\"kind\":\"mend\",\"points\":1,\"of\":1},")
        .and_says("\"verdict\":\"does-not-compile\"")
        .and_says(",\"kind\":\"core\",\"points\":0,\"of\":2}]}\n")
        .and_complains_of_nothing();
}

#[test]
fn grades_as_junit_are_valid_xml_whatever_the_answer_prints() {
    let nasty =
        "builds true; says wrong \"NOT RIGHT YET: <a> & \\\"b\\\" ]]> $(printf '\\001\\033[31mred')\"; exit 101";
    let book = three().answered("zeal", RIGHT).answered("relay", nasty);
    let graded = book.asks("grade --junit").fails_with(1);
    graded
        .and_says("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n")
        .and_says("<testsuite name=\"01-blocking\" tests=\"2\" failures=\"1\" errors=\"0\" time=\"")
        .and_says("<testcase classname=\"01-blocking\" name=\"zeal\" time=\"")
        .and_says("<failure type=\"wrong\" message=\"NOT RIGHT YET: &lt;a&gt; &amp; &quot;b&quot; ]]&gt; red\">")
        .and_does_not_say("\u{1}")
        .and_does_not_say("\x1b");
}

#[test]
fn verify_names_each_part_that_is_missing() {
    let book = three();
    let remove = |path: &str| fs::remove_file(book.path(path)).unwrap();
    remove("solutions/01-blocking/variants/relay.rs");
    remove("solutions/01-blocking/mistakes/relay/two.rs");
    remove("exercises/01-blocking/tests/checks/relay.rs");
    book.write("exercises/01-blocking/hints/relay.md", "# Hints\n\n## Hint 1\n\nWhat?\n");
    book.write("solutions/01-blocking/mistakes/relay/one.rs", "fn f() {}\n");
    book.write("solutions/01-blocking/src/stray.rs", "");
    book.asks("verify 01")
        .fails_with(1)
        .and_says("01-blocking/relay lacks a variant")
        .and_says("01-blocking/relay lacks its check")
        .and_says("01-blocking/relay has 1 hints, and 3 are wanted")
        .and_says("01-blocking/relay has 2 mistakes")
        .and_says("mistakes/relay/one.rs does not say")
        .and_says("solutions/01-blocking/src/stray.rs belongs to no exercise")
        .and_says("\n6 to mend\n");
    book.asks("verify 06").fails_with(1).and_says("no exercise has `Kind: mend`");
}

#[test]
fn verify_runs_the_solutions_tests_and_blesses_first_where_it_may() {
    let play = "echo \"blessing: $INSTA_UPDATE\" >> plays; grep -q always plays || { echo no; exit 101; }";
    let book = three().with_file("solutions/01-blocking/play", play);
    book.asks("verify 1")
        .fails_with(1)
        .and_says("cargo test -p solution-01-blocking fails:\n  no\n")
        .and_says("--bless");
    book.asks("verify 1 --bless").succeeds();
    assert_eq!(book.read("plays"), "blessing: no\nblessing: always\nblessing: no\n");
}

#[test]
fn verify_knows_how_a_stub_should_be_judged() {
    let book = three();
    let solution = |answer: &str, stub: &str| {
        format!("//! Kind: {answer}\n# exercise\n// exercise: begin {}\n// exercise: end\n", stub.trim())
    };
    book.write("solutions/01-blocking/src/relay.rs", &solution("core", RIGHT));
    book.write("solutions/01-blocking/src/zeal.rs", &solution("mend", STUCK));
    book.asks("stubs").succeeds();
    book.asks("verify 1")
        .fails_with(1)
        .and_says("relay.rs, as readers begin with it, should be not-written:\n01 relay   RIGHT")
        .and_does_not_say("zeal.rs");
    let warning = "echo 'warning: `exercise-01-blocking` (test \"zeal\") generated 1 warning' >&2;";
    book.write("solutions/01-blocking/src/zeal.rs", &solution("mend", &format!("{warning} {STUCK}")));
    book.asks("stubs").succeeds();
    book.asks("verify 1").fails_with(1).and_says("zeal.rs, as readers begin with it, makes the compiler warn");
}

#[test]
fn verify_changes_nothing_of_the_authors_own_progress() {
    let book = three();
    book.asks("verify 1").succeeds();
    assert!(!book.path(".progress").exists());
}
