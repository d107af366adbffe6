//! One processor for the subject and its tracer.
//!
//! At each stop one of the two sleeps and the other wakes. On one processor that is a switch; on two, a
//! sleeping processor has to be woken each time, which costs several times as much. And it takes
//! away what differs between hosts: a subject sees a machine with one processor.

use std::mem;

/// Keeps the calling thread and `thread`, with all that it starts, on the processor that the former runs
/// on now. Where that is refused, observing is slower and nothing else.
pub(super) fn share_with(thread: i32) {
    // SAFETY: all zeroes is a valid, empty set; CPU_SET leaves out what has no place in it.
    unsafe {
        let Ok(here) = usize::try_from(libc::sched_getcpu()) else { return };
        let mut set: libc::cpu_set_t = mem::zeroed();
        if here >= 8 * size_of::<libc::cpu_set_t>() {
            return;
        }
        libc::CPU_SET(here, &mut set);
        for tid in [0, thread] {
            libc::sched_setaffinity(tid, size_of::<libc::cpu_set_t>(), &raw const set);
        }
    }
}
