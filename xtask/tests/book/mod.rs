//! A small book to run the runner in, and the words to say what is asked and what must follow.
//!
//! `book(["01-blocking"]).asks("run 7").fails_with(2).and_complains("not written yet")`

pub mod exercises;
pub mod terminal;

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// In place of cargo: a shell, and as its script the file `build`, `run` or what else is asked for, in the folder
/// where the reader stands. It tells who it is and what it was asked for.
const CARGO: &str = "/bin/sh";
const SCRIPT: &str = "echo \"process $$\"\nprintf '<%s>' \"$@\"\necho\nexit 7\n";
const SCRIPT_EXIT: i32 = 7;

/// A checkout with empty chapters, and the runner where cargo would have put it.
pub struct Book {
    folder: PathBuf,
}

/// A book with these chapters, in a folder with a space in its name.
pub fn book<const N: usize>(chapters: [&str; N]) -> Book {
    static BOOKS: AtomicUsize = AtomicUsize::new(0);
    let number = BOOKS.fetch_add(1, Ordering::Relaxed);
    let folder = format!("{}/book {} {number}", env!("CARGO_TARGET_TMPDIR"), process::id());
    let book = Book { folder: folder.into() };
    book.write("xtask/Cargo.toml", "");
    ["build", "run", "say"].into_iter().for_each(|script| book.write(script, SCRIPT));
    fs::create_dir_all(book.path("chapters")).unwrap();
    for chapter in chapters {
        book.write(&format!("chapters/{chapter}/Cargo.toml"), "");
    }
    fs::create_dir_all(book.path("target/debug")).unwrap();
    let (runner, ours) = (env!("CARGO_BIN_EXE_xtask"), book.path("target/debug/xtask"));
    // A link rather than a copy: a file just written may still be open in another test's child,
    // and then cannot be executed (ETXTBSY). Some shared folders know no links.
    fs::hard_link(runner, &ours).or_else(|_| fs::copy(runner, &ours).map(drop)).unwrap();
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

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_default()
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The program of this package was built before; in its place stands another.
    pub fn with_built(self, package: &str, program: &str) -> Book {
        symlink(program, self.path("target/debug").join(package)).unwrap();
        self
    }

    /// A further file.
    pub fn with_file(self, path: &str, text: &str) -> Book {
        self.write(path, text);
        self
    }

    /// A further file that may be executed.
    pub fn with_program(self, path: &str) -> Book {
        self.write(path, "");
        fs::set_permissions(self.path(path), Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// The reader, in the book's folder, types `cargo xtask` and these words.
    pub fn asks(&self, words: &str) -> Asking<'_> {
        let mut command = Command::new(self.path("target/debug/xtask"));
        command.args(words.split_whitespace()).current_dir(&self.folder).stdin(Stdio::null());
        command.env("CARGO", CARGO).env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_TARGET_DIR");
        for colour in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            command.env_remove(colour);
        }
        // Whoever runs the tests may ignore some, as a shell does for what it starts in the background.
        let mind_signals = || {
            for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM, libc::SIGTSTP] {
                // SAFETY: integers only; it may be called between fork and exec.
                unsafe { libc::signal(signal, libc::SIG_DFL) };
            }
            Ok(())
        };
        // SAFETY: see above.
        unsafe { command.pre_exec(mind_signals) };
        Asking { book: self, command }
    }
}

/// A command about to be given.
pub struct Asking<'a> {
    book: &'a Book,
    command: Command,
}

impl Asking<'_> {
    /// One more word, as it is.
    pub fn word(mut self, word: impl AsRef<OsStr>) -> Self {
        self.command.arg(word);
        self
    }

    /// The reader stands in this folder of the book.
    pub fn standing_in(mut self, folder: &str) -> Self {
        let folder = self.book.folder.join(folder);
        // Where the reader stands, there the script of our cargo is looked for.
        fs::write(folder.join("build"), SCRIPT).unwrap();
        self.command.current_dir(folder);
        self
    }

    /// The reader stands in this folder, which is none of the book's.
    pub fn standing_outside_in(mut self, folder: &str) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub fn with(mut self, variable: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(variable, value);
        self
    }

    /// A variable that names a place in the book.
    pub fn with_place(self, variable: &str, within: &str) -> Self {
        let place = self.book.path(within);
        self.with(variable, place)
    }

    pub fn with_descriptors(mut self, most: libc::rlim_t) -> Self {
        let limit = libc::rlimit { rlim_cur: most, rlim_max: most };
        // SAFETY: setrlimit only reads `limit`, and may be called between fork and exec.
        unsafe {
            self.command.pre_exec(move || answered(libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit).into()))
        };
        self
    }

    /// Whoever starts it ignores this signal, as nohup does.
    pub fn ignoring(mut self, signal: libc::c_int) -> Self {
        let ignore = move || {
            // SAFETY: integers only; it may be called between fork and exec.
            unsafe { libc::signal(signal, libc::SIG_IGN) };
            Ok(())
        };
        // SAFETY: see above.
        unsafe { self.command.pre_exec(ignore) };
        self
    }

    /// The kernel refuses this system call with EPERM, as a container's seccomp profile does.
    pub fn refused(mut self, call: libc::c_long) -> Self {
        let call = u32::try_from(call).unwrap();
        let instruction = |code, jf, k| libc::sock_filter { code, jt: 0, jf, k };
        let [load, is, answer] = [
            libc::BPF_LD | libc::BPF_W | libc::BPF_ABS,
            libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K,
            libc::BPF_RET | libc::BPF_K,
        ]
        .map(|code| u16::try_from(code).unwrap());
        let mut filter = [
            // The number of the call is the first word of what a filter sees.
            instruction(load, 0, 0),
            instruction(is, 1, call),
            instruction(answer, 0, libc::SECCOMP_RET_ERRNO | libc::EPERM.unsigned_abs()),
            instruction(answer, 0, libc::SECCOMP_RET_ALLOW),
        ];
        let load = move || {
            let length = filter.len().try_into().unwrap();
            let program = libc::sock_fprog { len: length, filter: filter.as_mut_ptr() };
            let [yes, no, filtered] = [1, 0, libc::SECCOMP_MODE_FILTER].map(libc::c_ulong::from);
            // SAFETY: both calls take numbers, and the latter a program that outlives it.
            unsafe {
                answered(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, yes, no, no, no).into())?;
                answered(libc::prctl(libc::PR_SET_SECCOMP, filtered, &raw const program).into())
            }
        };
        // SAFETY: the closure makes two system calls, and allocates nothing.
        unsafe { self.command.pre_exec(load) };
        self
    }

    /// It goes on while the test does other things; standard output and error can be read from it.
    pub fn begins(mut self) -> Child {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Whoever reads its output has gone before it is written.
    pub fn unheard(mut self) -> Answer {
        let (_, writer) = io::pipe().unwrap();
        self.command.stdout(writer).stderr(Stdio::piped());
        Answer::of(self.command.spawn().unwrap())
    }

    /// Its standard error is closed, too.
    pub fn unheard_altogether(mut self) -> Answer {
        let (_, writer) = io::pipe().unwrap();
        self.command.stdout(writer.try_clone().unwrap()).stderr(writer);
        Answer::of(self.command.spawn().unwrap())
    }

    #[track_caller]
    pub fn succeeds(self) -> Answer {
        self.fails_with(0)
    }

    #[track_caller]
    pub fn fails_with(self, code: i32) -> Answer {
        self.answers().and_exits(code)
    }

    pub fn answers(mut self) -> Answer {
        Answer::of(self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// The runner becomes, in the same process, a program that runs the script and is given these words.
    #[track_caller]
    pub fn becomes<const N: usize>(mut self, words: [&str; N]) {
        let child = self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let process = child.id();
        let words: String = words.iter().map(|word| format!("<{word}>")).collect();
        let all = format!("process {process}\n{words}\n");
        Answer::of(child).and_exits(SCRIPT_EXIT).and_says_just(&all).and_complains_of_nothing();
    }
}

/// What came of it.
pub struct Answer {
    code: Option<i32>,
    said: String,
    complained: String,
}

impl Answer {
    fn of(child: Child) -> Answer {
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Answer { code: output.status.code(), said: text(output.stdout), complained: text(output.stderr) }
    }

    pub fn code(&self) -> i32 {
        self.code.unwrap()
    }

    pub fn said(&self) -> &str {
        &self.said
    }

    #[track_caller]
    pub fn and_exits(self, code: i32) -> Answer {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// On standard output.
    #[track_caller]
    pub fn and_says(self, part: &str) -> Answer {
        assert!(self.said.contains(part), "it does not say {part:?}: {self}");
        self
    }

    #[track_caller]
    pub fn and_says_just(self, all: &str) -> Answer {
        assert_eq!(self.said, all, "{self}");
        self
    }

    /// A line begins with the first of these words and holds the second.
    #[track_caller]
    pub fn and_marks(self, mark: &str, what: &str) -> Answer {
        let mut lines = self.said.lines();
        assert!(lines.any(|line| line.starts_with(mark) && line.contains(what)), "{what} is not {mark}: {self}");
        self
    }

    #[track_caller]
    pub fn and_does_not_say(self, part: &str) -> Answer {
        assert!(!self.said.contains(part), "it says {part:?}: {self}");
        self
    }

    /// On standard error.
    #[track_caller]
    pub fn and_complains(self, part: &str) -> Answer {
        assert!(self.complained.contains(part), "it does not complain of {part:?}: {self}");
        self
    }

    #[track_caller]
    pub fn and_complains_of_nothing(self) -> Answer {
        assert_eq!(self.complained, "", "{self}");
        self
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "exit code {:?}\nsaid:\n{}\ncomplained:\n{}", self.code, self.said, self.complained)
    }
}

/// A call's result between fork and exec.
fn answered(result: libc::c_long) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
