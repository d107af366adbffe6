//! Stage 1: plain SIGIO, which says that something has happened, and not where.
//!
//! There is one SIGIO, for all descriptors together: it names none, and it is not queued. So whoever takes it
//! has to ask every client. It is never wrong, and no better than polling at the right moments.
//!
//! Mended by: `queued`, whose signals bring the descriptor along.

use std::io;
use std::os::unix::net::UnixStream;

use super::echo_all;
use crate::signals::Signals;

/// Serves with `signals`, which are SIGIO and SIGTERM, blocked before anybody was armed; says how many clients
/// were asked in vain.
pub fn serve(signals: Signals, clients: &[UnixStream]) -> io::Result<usize> {
    // ANCHOR: serve
    let mut in_vain = 0;
    while signals.wait()?.signal == libc::SIGIO {
        for client in clients {
            in_vain += usize::from(echo_all(client)? == 0);
        }
    }
    Ok(in_vain)
    // ANCHOR_END: serve
}
