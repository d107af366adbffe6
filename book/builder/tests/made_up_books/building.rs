//! What is made of a sound book, by the builder and by mdBook.

use std::fs;

use mdbook_driver::MDBook;
use serde_json::{Value, json};

use crate::book::{book, builder, fed};

#[test]
fn a_sound_book_shows_what_ran() {
    let book = book().proves_sound();
    let page = book.text("built/01-blocking.html");
    for part in [
        "cargo xtask run chapter-01 naps",
        "<span class=\"answer sleeps\">sleeps",
        "<title>naps</title>",
        "What does it do?",
        "It is only slow.",
        "pub fn naps() {}",
        "Read exactly",
        "cargo xtask check read_exactly",
        "✓</span> holds",
        "01-blocking.html#demo-naps",
    ] {
        assert!(page.contains(part), "{part} is not on the page:\n{page}");
    }
    assert!(!page.contains("{{#"));
}

#[test]
fn all_exercises_of_a_chapter_are_announced_the_mend_first() {
    let mend = "//! # Zero is the end\n//!\n//! It takes no byte for the end.\n//!\n//! Kind: mend\n";
    let book = book().with("exercises/01-blocking/src/zero.rs", mend);
    let book = book.but_page("{{#exercise 01/read_exactly}}", "{{#exercises 01}}").proves_sound();
    let page = book.text("built/01-blocking.html");
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}: {page}"));
    assert!(at("Zero is the end") < at("Read exactly"));
}

#[test]
fn an_escaped_directive_is_shown() {
    let book = book().but_page("{{#claim C1}}", "Write `\\{{#claim C1}}`.").proves_sound();
    assert!(book.text("built/01-blocking.html").contains("Write <code>{{#claim C1}}</code>."));
}

#[test]
fn a_link_out_of_the_book_is_a_path_until_the_repository_has_an_address() {
    let book = book().proves_sound();
    let page = book.text("built/introduction.html");
    assert!(page.contains("the source (<code>chapters/01-blocking/src/demos/naps.rs</code>)"), "{page}");
    let book = book
        .but("book/book.toml", "[output.html]\n", "[output.html]\ngit-repository-url = \"https://example.org/x\"\n")
        .proves_sound();
    let page = book.text("built/introduction.html");
    let link = "<a href=\"https://example.org/x/blob/HEAD/chapters/01-blocking/src/demos/naps.rs\">the source</a>";
    assert!(page.contains(link), "{page}");
}

#[test]
fn a_folder_that_holds_something_else_is_not_emptied() {
    let book = book().with("precious/letter.txt", "Dear");
    let precious = book.path("precious");
    let (built, told) = book.builds(&["--dest", precious.to_str().unwrap()]);
    assert!(!built && told.contains("is not empty and holds no book"), "{told}");
    assert_eq!(book.text("precious/letter.txt"), "Dear");
    let fresh = book.path("fresh");
    for _ in 0..2 {
        let (built, told) = book.builds(&["--dest", fresh.to_str().unwrap()]);
        assert!(built, "{told}");
    }
}

#[test]
fn a_check_leaves_nothing_behind() {
    let book = book();
    let (sound, told) = book.builds(&["--check"]);
    assert!(sound && told.contains("The book is sound: 2 pages"), "{told}");
    assert!(!book.path("built").exists());
}

#[test]
fn mdbook_itself_can_call_it() {
    let book = book();
    MDBook::load(book.path("book")).unwrap().build().unwrap();
    let page = book.text("built/01-blocking.html");
    assert!(page.contains("<span class=\"answer sleeps\">sleeps") && page.contains("pub fn naps() {}"), "{page}");

    let spoilt = book.but_page("01/naps", "01/nap");
    fs::remove_dir_all(spoilt.path("built")).unwrap();
    let error = MDBook::load(spoilt.path("book")).unwrap().build().unwrap_err().to_string();
    assert!(error.contains("preprocessor exited unsuccessfully"), "{error}");
}

#[test]
fn as_a_command_it_takes_a_book_and_gives_one() {
    let supports = |renderer| builder().args(["preprocess", "supports", renderer]).status().unwrap().code();
    assert_eq!((supports("html"), supports("markdown")), (Some(0), Some(1)));

    let book = book();
    let chapter = |name: &str, path: &str| {
        let content = book.text(&format!("book/src/{path}"));
        let (number, none): (Value, [Value; 0]) = (Value::Null, []);
        json!({ "Chapter": { "name": name, "content": content, "number": number, "sub_items": none,
                             "path": path, "source_path": path, "parent_names": none } })
    };
    let input = |version: &str| {
        let context = json!({ "root": book.path("book"), "config": {}, "renderer": "html", "mdbook_version": version });
        let pages = [chapter("Introduction", "introduction.md"), chapter("Blocking", "01-blocking.md")];
        json!([context, { "items": pages }]).to_string()
    };
    let (code, out, complaints) = fed(&["preprocess"], &input("0.5.4"), &book.path(""));
    assert_eq!((code, &*complaints), (Some(0), ""));
    let out: Value = serde_json::from_str(&out).unwrap();
    let page = out["items"][1]["Chapter"]["content"].as_str().unwrap();
    assert!(page.contains("class=\"terminal\"") && page.contains("{{#include ../../chapters"), "{page}");

    let (code, out, complaints) = fed(&["preprocess"], &input("0.4.52"), &book.path(""));
    assert_eq!((code, &*out), (Some(1), ""));
    assert!(complaints.contains("this is mdBook 0.4.52; the book needs 0.5 or later"), "{complaints}");
}

#[test]
fn what_is_not_understood_is_a_usage_error() {
    let output = builder().arg("--chekc").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--help shows what it takes"));
}
