//! What this host is, and where on it we run.

use std::fs;
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

/// The first two processors that this process may use.
pub fn two_processors() -> io::Result<[usize; 2]> {
    // SAFETY: a set of zeros is a valid one, and the call fills it.
    let allowed = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        answer(libc::sched_getaffinity(0, size_of_val(&set), &raw mut set))?;
        set
    };
    // SAFETY: each number is below the size of the set.
    let mut processors = (0..libc::CPU_SETSIZE as usize).filter(|&number| unsafe { libc::CPU_ISSET(number, &allowed) });
    match (processors.next(), processors.next()) {
        (Some(first), Some(second)) => Ok([first, second]),
        _ => Err(io::Error::other("server and load need a processor each, and this process may use one only")),
    }
}

/// Has the calling thread run on this processor alone.
pub fn pin(processor: usize) -> io::Result<()> {
    // SAFETY: a set of zeros is a valid one, the number comes from `two_processors`, and the set outlives the call.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(processor, &mut set);
        answer(libc::sched_setaffinity(0, size_of_val(&set), &raw const set))
    }
}

/// The kernel, as it calls itself.
pub fn kernel() -> io::Result<String> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    Ok(format!("Linux {}", release.trim()))
}

/// The date, in UTC.
pub fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs()) as libc::time_t;
    // SAFETY: a `tm` of zeros is a valid one, and both outlive the call.
    let date = unsafe {
        let mut date: libc::tm = std::mem::zeroed();
        libc::gmtime_r(&raw const seconds, &raw mut date);
        date
    };
    format!("{}-{:02}-{:02}", date.tm_year + 1900, date.tm_mon + 1, date.tm_mday)
}

/// A call's answer, as a result.
pub fn answer(answer: libc::c_int) -> io::Result<()> {
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
