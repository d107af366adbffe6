//! What makes a book unsound, and what is said of it.

use crate::book::book;

const DEMO: &str = "chapters/01-blocking/src/demos/naps.rs";
const SNAPSHOT: &str = "chapters/01-blocking/tests/snapshots/naps.snap";

#[test]
fn an_unknown_directive() {
    book().but_page("{{#transcript", "{{#transcrypt").is_refused(&[
        "book/src/01-blocking.md:5: there is no directive transcrypt. Did you mean transcript?",
        "Do: write one of transcript, timeline, predict,",
    ]);
    book()
        .but_page("{{#timeline 01/naps}}", "{{#timeline 01/naps")
        .is_refused_only("book/src/01-blocking.md:7: this directive has no end", "close it with }} in the same line");
    book()
        .but_page("{{#claim C1}}", "{{#claim}}")
        .is_refused(&["{{#claim}} does not take \"\"", "Do: write {{#claim C023}}"]);
    book().but_page("{{#claim C1}}", "{{#claim C1 C2}}").is_refused(&["{{#claim}} does not take \"C1 C2\""]);
}

#[test]
fn one_byte_of_a_transcripts_name() {
    let spoilt = book().but_page("{{#transcript 01/naps}}", "{{#transcript 01/nap}}");
    spoilt.is_refused(&[
        "book/src/01-blocking.md:5: chapter 01 has no demo nap. Did you mean naps?",
        "Do: name a file of chapters/01-blocking/src/demos, without its .rs",
        "book/src/introduction.md:3: 01-blocking.md has no anchor #demo-naps.",
    ]);
    book()
        .but_page("{{#transcript 01/naps}}", "{{#transcript 02/naps}}")
        .is_refused(&["there is no chapter 02 in chapters/. Written so far: 01"]);
}

#[test]
fn a_demo_that_was_renamed() {
    let renamed = book().renamed(DEMO, "chapters/01-blocking/src/demos/sleeps.rs");
    renamed.is_refused(&[
        "book/src/01-blocking.md:5: chapter 01 has no demo naps.",
        "book/src/01-blocking.md:1: the page never shows the demo 01/sleeps",
        "Do: write {{#transcript 01/sleeps}} where it belongs, or {{#timeline",
        "book/src/01-blocking.md:12: cannot read chapters/01-blocking/src/demos/naps.rs",
        "book/src/introduction.md:8: chapter 01 has no demo naps.",
        "book/claims.tsv:2: chapter 01 has no demo naps.",
    ]);
}

#[test]
fn a_demo_that_the_page_does_not_show() {
    let new = book().with("chapters/01-blocking/src/demos/wakes.rs", "//! It wakes.\n");
    new.is_refused_only(
        "book/src/01-blocking.md:1: the page never shows the demo 01/wakes",
        "write {{#transcript 01/wakes}} where it belongs, or {{#timeline 01/wakes}}",
    );
}

#[test]
fn a_snapshot_that_is_gone() {
    book().without(SNAPSHOT).is_refused(&[
        "book/src/01-blocking.md:5: cannot read chapters/01-blocking/tests/snapshots/naps.snap: No such file",
        "Do: INSTA_UPDATE=always cargo test -p chapter-01-blocking writes it",
    ]);
    book().without("chapters/01-blocking/tests/snapshots/naps.svg.snap").is_refused_only(
        "book/src/01-blocking.md:7: cannot read chapters/01-blocking/tests/snapshots/naps.svg.snap",
        "name naps after figures: in the chapter's tests/transcripts.rs; then INSTA_UPDATE=always",
    );
    book().with(SNAPSHOT, "naps: a read sleeps\n").is_refused(&["naps.snap is no insta snapshot: it has no header"]);
}

#[test]
fn a_transcript_shown_twice() {
    book().but_page("{{#timeline", "{{#transcript 01/naps}}\n\n{{#timeline").is_refused_only(
        "book/src/01-blocking.md:7: the page shows 01/naps twice",
        "remove one, and link to the other",
    );
}

#[test]
fn a_question_that_is_not_asked() {
    book().but_page("{{#predict 01/naps}}", "{{#predict 01/naps 2}}").is_refused_only(
        "book/src/01-blocking.md:3: the demo naps asks 1 questions, and 2 is none of them",
        "name one by its number, counted from 1, or leave the number out for all",
    );
    book().with("chapters/01-blocking/tests/snapshots/questions.snap", "---\nsource: x\n---\n").is_refused_only(
        "book/src/01-blocking.md:3: the demo naps asks no question",
        "leave the directive out, or let the demo ask with lesson.predict",
    );
}

#[test]
fn an_anchor_in_a_source_that_was_renamed() {
    let renamed = book().but(DEMO, "ANCHOR: exchange", "ANCHOR: exchanges");
    renamed.is_refused_only(
        "book/src/01-blocking.md:12: chapters/01-blocking/src/demos/naps.rs has no region exchange. Did you mean exchanges?",
        "mark it there with ANCHOR: exchange and ANCHOR_END: exchange, or name one that it has",
    );
    book()
        .but(DEMO, "// ANCHOR_END: exchange", "")
        .is_refused(&["the region exchange of chapters/01-blocking/src/demos/naps.rs has no end"]);
    book()
        .but_page(":exchange", ":3:4")
        .is_refused(&["lines 3:4 of chapters/01-blocking/src/demos/naps.rs are others as soon as"]);
    book()
        .but_page("naps.rs:exchange", "nap.rs:exchange")
        .is_refused(&["book/src/01-blocking.md:12: cannot read chapters/01-blocking/src/demos/nap.rs"]);
    book()
        .but_page("../../chapters/01-blocking/src/demos/naps.rs:exchange", "../../../x.rs")
        .is_refused(&["lies outside of the repository"]);
    book().but(DEMO, "{}", "{ \"{{#claims}}\" }").is_refused(&["holds a directive, and mdBook would obey it here"]);
}

#[test]
fn a_directive_where_no_block_can_stand() {
    book().but_page("{{#claim C1}}", "So: {{#claim C1}}").is_refused_only(
        "book/src/01-blocking.md:17: {{#claim}} shares its line",
        "put it on a line of its own, at the margin: it makes a whole block",
    );
    book().but_page("{{#claim C1}}", "```text\n{{#claim C1}}\n```").is_refused_only(
        "book/src/01-blocking.md:18: {{#claim}} stands in a block of code",
        "take it out; to show it as it stands, write \\{{#claim …}}",
    );
}

#[test]
fn a_link_that_leads_nowhere() {
    let page = "book/src/introduction.md";
    book().but(page, "01-blocking.md#demo-naps", "01-bloking.md#demo-naps").is_refused_only(
        "book/src/introduction.md:3: the link to 01-bloking.md#demo-naps leads nowhere: there is no book/src/01-bloking.md. \
         Did you mean 01-blocking.md?",
        "write a path from the page to what it leads to",
    );
    book().but(page, "#demo-naps", "#demo-nap").is_refused_only(
        "book/src/introduction.md:3: 01-blocking.md has no anchor #demo-nap. Did you mean demo-naps?",
        "name a heading of it",
    );
    book()
        .but_page("## The listing", "## A listing")
        .is_refused(&["01-blocking.md has no anchor #the-listing. Did you mean a-listing?"]);
    book().but(page, "01-blocking.md#demo-naps", "01-blocking.html").is_refused_only(
        "book/src/introduction.md:3: the link to 01-blocking.html names the built page",
        "write .md: mdBook turns it into .html",
    );
    book().but(page, "[the demo](01-blocking.md#demo-naps)", "[the demo][naps]").is_refused_only(
        "book/src/introduction.md:3: this link leads to [naps], which the page does not define",
        "define it: [naps]: target",
    );
    book().but(page, "naps.rs)", "nap.rs)").is_refused(&["there is no chapters/01-blocking/src/demos/nap.rs"]);
    book().but(page, "See [", "![A figure](figure.svg) <a href=\"x.md\">x</a>\n[").is_refused(&[
        "the link to figure.svg leads nowhere",
        "the link to x.md leads nowhere",
        "2 faults",
    ]);
}

#[test]
fn a_page_that_is_listed_and_missing_or_there_and_not_listed() {
    book().without("book/src/introduction.md").is_refused_only(
        "book/src/SUMMARY.md:3: there is no page introduction.md",
        "write it, mend its name, or leave the brackets empty for a page to come: [Title]()",
    );
    book().with("book/src/06-epoll.md", "# epoll\n").is_refused_only(
        "book/src/06-epoll.md:1: the book does not show this page",
        "list it in book/src/SUMMARY.md, or remove it",
    );
}

#[test]
fn an_exercise_that_is_not_there() {
    book().but_page("{{#claim C1}}", "{{#exercises 02}}").is_refused(&["chapter 02 has no exercise in exercises/"]);
    book().but_page("01/read_exactly", "01/read_exacly").is_refused_only(
        "book/src/01-blocking.md:15: there is no exercise 01/read_exacly. Did you mean read_exactly?",
        "write the chapter's two digits",
    );
    book()
        .but("exercises/01-blocking/src/read_exactly.rs", "Kind: core", "")
        .is_refused(&["exercises/01-blocking/src/read_exactly.rs does not begin as an exercise does"]);
}

#[test]
fn a_claim_that_is_not_settled_or_not_well_written() {
    let file = "book/claims.tsv";
    book().but_page("{{#claim C1}}", "{{#claim C3}}").is_refused_only(
        "book/src/01-blocking.md:17: book/claims.tsv settles no claim C3. Did you mean C1?",
        "settle it there, or name one that is",
    );
    book().but(file, "depends", "dependz").is_refused_only(
        "book/claims.tsv:3: \"dependz\" is no verdict. Did you mean depends?",
        "write one of holds, refuted, dated, depends",
    );
    book()
        .but(file, "\tits manual", "")
        .is_refused_only("book/claims.tsv:3: this row has 6 columns and not 7", "write id, source, claim");
    book()
        .but(file, "C2\t", "C1\t")
        .is_refused_only("book/claims.tsv:3: C1 stands in line 2 already", "settle each claim once");
    book()
        .but(file, "01/naps", "01/nap")
        .is_refused(&["book/claims.tsv:2: chapter 01 has no demo nap. Did you mean naps?"]);
    book().but(file, "id\t", "number\t").is_refused(&["book/claims.tsv:1: the first row does not name the columns"]);
    book().without(file).is_refused(&["book/claims.tsv:1: cannot read book/claims.tsv"]);
    book()
        .but(file, "01/naps", "a manual")
        .is_refused(&["book/src/01-blocking.md:19: no demo of chapter 01 settles a claim"]);
}

#[test]
fn a_command_a_flag_a_demo_or_a_path_that_is_not_there() {
    let said = |words: &str| book().but_page("# Blocking\n", &format!("# Blocking\n\nSee {words}.\n"));
    for (words, sentence) in [
        ("`cargo xtask rum 1`", "book/src/01-blocking.md:3: cargo xtask has no command rum. Did you mean run?"),
        ("`cargo xtask run 1 nap`", "chapter 01 has no demo nap. Did you mean naps?"),
        ("`cargo xtask run 1 naps --row`", "a chapter's program has no flag --row. Did you mean --raw?"),
        ("`cargo xtask run chapter-06`", "there is no chapter chapter-06 to run. Written so far: 01"),
        ("`chapter-01 nap`", "chapter 01 has no demo nap. Did you mean naps?"),
        ("the demo `nap`", "no chapter has a demo nap. Did you mean naps?"),
        ("`lab/src/option.rs`", "there is no lab/src/option.rs in the repository"),
        ("`chapters/02-x/NAME.rs`", "there is no chapters/02-x in the repository"),
        (
            "\n\n```text\n$ cargo xtask run blocking naps --row   # so\n```\n",
            "book/src/01-blocking.md:6: a chapter's program has no flag --row",
        ),
    ] {
        said(words).is_refused(&[sentence, "One fault"]);
    }
    for words in [
        "`cargo xtask`",
        "`cargo xtask run CHAPTER [DEMO]`",
        "`cargo xtask run 01 naps --raw | head -1`",
        "`chapter-01`",
        "`net/unix/af_unix.c`",
        "`lab/src/options.rs:2`",
        "`chapters/NN-name/src/demos/NAME.rs`",
        "the demo `naps`",
        "`bench/NAME`",
    ] {
        said(words).proves_sound();
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let spoilt = book()
        .but_page("{{#predict 01/naps}}", "{{#predict 01/napz}}")
        .but_page("{{#claim C1}}", "{{#clam C1}}")
        .but("book/src/introduction.md", "#demo-naps", "#demo")
        .but("book/claims.tsv", "depends", "maybe");
    spoilt.is_refused(&[
        ":3: chapter 01 has no demo napz",
        ":17: there is no directive clam",
        "no anchor #demo",
        "\"maybe\"",
        "4 faults",
    ]);
}
