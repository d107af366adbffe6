//! A server in a process and on a processor of its own.

use std::env;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::host;

/// A running echo server; ended when dropped.
pub struct Server {
    pub address: SocketAddr,
    process: Child,
}

impl Server {
    /// The server of a chapter, built first: as this program is, with optimisation.
    pub fn of_chapter(package: &str, processor: usize) -> io::Result<Server> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--release", "--package", package, "--manifest-path", manifest]);
        if !build.status()?.success() {
            return Err(io::Error::other(format!("{package} cannot be built; cargo said why")));
        }
        let program = env::current_exe()?.with_file_name(package);
        Server::start(Command::new(program).args(["serve", "--port", "0"]), processor)
    }

    /// One of those in this program.
    pub fn of_ours(name: &str, processor: usize) -> io::Result<Server> {
        Server::start(Command::new(env::current_exe()?).args(["serve", name]), processor)
    }

    fn start(command: &mut Command, processor: usize) -> io::Result<Server> {
        // SAFETY: between fork and exec only system calls are made.
        unsafe { command.pre_exec(move || host::pin(processor)) };
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let address = line.trim_end().strip_prefix("listening on ").and_then(|address| address.parse().ok());
        let address = address.ok_or_else(|| io::Error::other(format!("{command:?} did not listen: {line:?}")))?;
        Ok(Server { address, process })
    }

    /// The processor time that it has used.
    pub fn processor_time(&self) -> io::Result<Duration> {
        let (mut clock, mut time) = (0, libc::timespec { tv_sec: 0, tv_nsec: 0 });
        // SAFETY: both are written by the calls that get them, and the process is our child.
        unsafe {
            match libc::clock_getcpuclockid(self.process.id().cast_signed(), &raw mut clock) {
                0 => host::answer(libc::clock_gettime(clock, &raw mut time))?,
                errno => return Err(io::Error::from_raw_os_error(errno)),
            }
        }
        Ok(Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already: then both have nothing to do.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
