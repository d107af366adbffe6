//! A small book that is sound, to be spoilt in one place; and the words to say what must follow.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The files of a sound book.
const SOUND: &[(&str, &str)] = &[
    (
        "book/book.toml",
        "[book]\ntitle = \"A book\"\n[build]\ncreate-missing = false\nbuild-dir = \"../built\"\n\
         [preprocessor.book-builder]\ncommand = \"'BUILDER' preprocess\"\nbefore = [\"links\"]\n[output.html]\n",
    ),
    (
        "book/src/SUMMARY.md",
        "# Summary\n\n[Introduction](introduction.md)\n\n- [Blocking](01-blocking.md)\n- [epoll]()\n",
    ),
    (
        "book/src/introduction.md",
        "# Introduction\n\nSee [the demo](01-blocking.md#demo-naps), [the listing](01-blocking.md#the-listing)\nand \
         [the source](../../chapters/01-blocking/src/demos/naps.rs).\n\n{{#claims}}\n\nSee `cargo xtask run 1 naps --raw`.\n",
    ),
    (
        "book/src/01-blocking.md",
        "# Blocking\n\n{{#predict 01/naps}}\n\n{{#transcript 01/naps}}\n\n{{#timeline 01/naps}}\n\n## The listing\n\n\
         ```rust,ignore\n{{#include ../../chapters/01-blocking/src/demos/naps.rs:exchange}}\n```\n\n\
         {{#exercise 01/read_exactly}}\n\n{{#claim C1}}\n\n{{#claims 01}}\n",
    ),
    (
        "book/claims.tsv",
        "id\tsource\tclaim\tverdict\tsince\tauthority\tdemo\n\
         C1\tUNPv3\tit sleeps\tholds\t\tread(2)\t01/naps\nC2\t\tWindows does\tdepends\tNT 3.5\t\tits manual\n",
    ),
    ("chapters/01-blocking/Cargo.toml", ""),
    (
        "chapters/01-blocking/src/demos/naps.rs",
        "//! A read sleeps.\n\n// ANCHOR: exchange\npub fn naps() {}\n// ANCHOR_END: exchange\n",
    ),
    (
        "chapters/01-blocking/tests/snapshots/naps.snap",
        "---\nsource: chapters/01-blocking/tests/transcripts.rs\n---\nnaps: a read sleeps\n\n  read(server, 16)    sleeps\n",
    ),
    (
        "chapters/01-blocking/tests/snapshots/naps.svg.snap",
        "---\nsource: x\n---\n<svg viewBox=\"0 0 1 1\">\n\n<title>naps</title></svg>\n",
    ),
    (
        "chapters/01-blocking/tests/snapshots/questions.snap",
        "---\nsource: x\n---\nnaps\tWhat does it do?\tright\tsleeps\t\nnaps\tWhat does it do?\twrong\t0\tIt is only slow.\n",
    ),
    (
        "exercises/01-blocking/src/read_exactly.rs",
        "//! # Read exactly\n//!\n//! Read as many bytes as you were asked for.\n//!\n//! Kind: core\n\npub fn x() {}\n",
    ),
    (
        "xtask/src/run.rs",
        "pub const COMMAND: Command = Command {\n    name: \"run\",\n    help: \"\\\nRuns. [--raw]\n\",\n    run,\n};\n",
    ),
    ("lab/src/options.rs", "Long(\"raw\") => 1,\nLong(\"predict\") => 2,\n"),
];

/// A book in a folder of its own, with a space in its name.
pub struct Book {
    folder: PathBuf,
}

/// A sound book.
pub fn book() -> Book {
    static BOOKS: AtomicUsize = AtomicUsize::new(0);
    let number = BOOKS.fetch_add(1, Ordering::Relaxed);
    let folder = format!("{}/book {} {number}", env!("CARGO_TARGET_TMPDIR"), process::id());
    let book = Book { folder: folder.into() };
    for (path, text) in SOUND {
        book.write(path, &text.replace("BUILDER", env!("CARGO_BIN_EXE_book-builder")));
    }
    book
}

impl Drop for Book {
    fn drop(&mut self) {
        // What stays behind lies in target/tmp and harms nobody.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Book {
    pub fn path(&self, within: &str) -> PathBuf {
        self.folder.join(within)
    }

    pub fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn with(self, path: &str, text: &str) -> Book {
        self.write(path, text);
        self
    }

    /// In a file, this instead of that; that must be there.
    #[track_caller]
    pub fn but(self, path: &str, that: &str, this: &str) -> Book {
        let text = self.text(path);
        assert!(text.contains(that), "{path} has no {that:?}:\n{text}");
        self.write(path, &text.replacen(that, this, 1));
        self
    }

    /// On the page of chapter 01.
    #[track_caller]
    pub fn but_page(self, that: &str, this: &str) -> Book {
        self.but("book/src/01-blocking.md", that, this)
    }

    pub fn renamed(self, from: &str, to: &str) -> Book {
        fs::rename(self.path(from), self.path(to)).unwrap();
        self
    }

    pub fn without(self, path: &str) -> Book {
        fs::remove_file(self.path(path)).unwrap();
        self
    }

    /// What the builder says, and whether it is content.
    pub fn builds(&self, arguments: &[&str]) -> (bool, String) {
        let output = builder().args(arguments).current_dir(self.path("book/src")).output().unwrap();
        let told = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(told).unwrap())
    }

    #[track_caller]
    pub fn proves_sound(self) -> Book {
        let (sound, told) = self.builds(&[]);
        assert!(sound, "{told}");
        self
    }

    /// It is not built, and the builder says this, in one line or several.
    #[track_caller]
    pub fn is_refused(&self, sentences: &[&str]) {
        let (sound, told) = self.builds(&["--check"]);
        assert!(!sound, "it is sound: {told}");
        for sentence in sentences {
            assert!(told.contains(sentence), "it does not say {sentence:?}, but\n{told}");
        }
    }

    /// For this reason alone.
    #[track_caller]
    pub fn is_refused_only(&self, sentence: &str, remedy: &str) {
        self.is_refused(&[sentence, &format!("    Do: {remedy}"), "One fault; the book is not built."]);
    }
}

/// The builder, as a command to be given.
pub fn builder() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_book-builder"));
    command.env_remove("CARGO_MANIFEST_DIR").stdin(Stdio::null());
    command
}

/// What the builder makes of this input.
pub fn fed(arguments: &[&str], input: &str, folder: &Path) -> (Option<i32>, String, String) {
    let mut command = builder();
    command.args(arguments).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}
