//! What the host allows, in numbers.

use std::fs;
use std::io::Error;

use super::{Chapters, Finding, State};
use crate::errno::told;

/// select's sets end at 1024 (`FD_SETSIZE`); to pass that, and to compare costs, a chapter opens
/// somewhat more.
const MANY_DESCRIPTORS: libc::rlim_t = 4096;

/// What a chapter on queued signals sends before it looks.
const SOME_SIGNALS: libc::rlim_t = 64;

/// What a chapter on Linux AIO asks `io_setup` for, several times over: the kernel gives more
/// than was asked, by the number of processors.
const SOME_REQUESTS: u64 = 4096;

/// The limits that chapters run into.
pub fn findings() -> Vec<Finding> {
    vec![
        Finding {
            what: "descriptors",
            serves: "waiting for very many",
            chapters: Chapters::Only(&["04", "05", "06"]),
            state: limit("RLIMIT_NOFILE", libc::RLIMIT_NOFILE, MANY_DESCRIPTORS),
            remedy: "raise the hard limit: nofile in /etc/security/limits.conf, --ulimit nofile=4096 in docker",
        },
        Finding {
            what: "pending signals",
            serves: "signals that queue",
            chapters: Chapters::Only(&["07", "08", "09"]),
            state: limit("RLIMIT_SIGPENDING", libc::RLIMIT_SIGPENDING, SOME_SIGNALS),
            remedy: "raise the hard limit: sigpending in /etc/security/limits.conf, --ulimit sigpending=1024 in docker",
        },
        Finding {
            what: "aio-max-nr",
            serves: "requests of all processes together",
            chapters: Chapters::Only(&["10"]),
            state: aio_requests(),
            remedy: "sysctl fs.aio-max-nr=65536",
        },
    ]
}

#[cfg(target_env = "gnu")]
type Resource = libc::__rlimit_resource_t;
#[cfg(not(target_env = "gnu"))]
type Resource = libc::c_int;

/// A limit, soft and hard. A program raises its own up to the hard one, so that is what counts.
fn limit(name: &str, resource: Resource, wanted: libc::rlim_t) -> State {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the kernel writes one struct rlimit.
    if unsafe { libc::getrlimit(resource, &raw mut limit) } != 0 {
        return State::Short(format!("getrlimit({name}): {}", told(&Error::last_os_error())));
    }
    let told = format!("soft limit {}, hard limit {} ({name})", number(limit.rlim_cur), number(limit.rlim_max));
    if limit.rlim_max < wanted { State::Short(told) } else { State::Here(told) }
}

fn number(limit: libc::rlim_t) -> String {
    if limit == libc::RLIM_INFINITY { "no limit".into() } else { limit.to_string() }
}

fn aio_requests() -> State {
    let read = |name: &str| fs::read_to_string(format!("/proc/sys/fs/{name}")).ok()?.trim().parse::<u64>().ok();
    match (read("aio-max-nr"), read("aio-nr")) {
        (Some(most), Some(used)) => {
            let told = format!("{most}, {used} of them in use");
            if most.saturating_sub(used) < SOME_REQUESTS { State::Short(told) } else { State::Here(told) }
        }
        _ => State::Short("/proc/sys/fs/aio-max-nr cannot be read".into()),
    }
}
