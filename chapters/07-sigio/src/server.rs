//! The echo server of this chapter.

use std::io;

/// Serves on `port` of loopback (0 picks a free one) until SIGINT or SIGTERM.
pub fn serve(_port: u16) -> io::Result<()> {
    todo!()
}
