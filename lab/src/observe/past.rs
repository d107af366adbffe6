//! The observations that a test made before another, for that one's subject to skip.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};

use super::Observation;
use crate::wire::{Wire, from_bytes};

/// Past observations in a file without a name, which a subject inherits.
pub(super) struct Past(File);

impl Past {
    pub(super) fn of(made: &[Observation]) -> io::Result<Past> {
        // SAFETY: the name is a C string, and the descriptor that comes back is ours alone.
        let mut file = unsafe {
            match libc::memfd_create(c"past".as_ptr(), libc::MFD_CLOEXEC) {
                -1 => return Err(io::Error::last_os_error()),
                descriptor => File::from_raw_fd(descriptor),
            }
        };
        let mut bytes = Vec::new();
        made.len().put(&mut bytes);
        made.iter().for_each(|observation| observation.put(&mut bytes));
        file.write_all(&bytes)?;
        Ok(Past(file))
    }
}

impl AsRawFd for Past {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// What a [`Past`] holds. Every reader begins at its start: the offset is shared.
pub(super) fn read(descriptor: RawFd) -> Option<Vec<Observation>> {
    std::fs::read(format!("/proc/self/fd/{descriptor}")).ok().and_then(|bytes| from_bytes(&bytes))
}
