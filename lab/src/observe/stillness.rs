//! Whether somebody will ever move again.
//!
//! A thread that sleeps in a call without a timeout moves only when somebody wakes it. Where everybody
//! who could sleeps like that, and nothing is under way in the kernel either, nothing will ever happen
//! again; and that can be known at once, without waiting for a deadline.

use std::collections::BTreeSet;
use std::fs;
use std::thread;
use std::time::Duration;

use super::tcp;
use crate::asleep::{Sleep, asleep};

/// How often, and how many times, the queues of packets are looked at until they have moved.
const QUEUE_INTERVAL: Duration = Duration::from_micros(100);
const QUEUE_LOOKS: u32 = 10;

/// A sleep that no clock ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Still {
    pub(super) sleep: Sleep,
    /// How often the thread has been on and off a processor: unchanged as long as it sleeps on.
    switches: u64,
}

/// The endless sleep of a thread; `None` where it runs, or a clock or the kernel may wake it.
pub(super) fn still(pid: i32, tid: i32) -> Option<Still> {
    let sleep = asleep(pid, tid)?;
    if sleep.has_timeout() || sleep.number == libc::SYS_io_uring_enter && !ring_is_idle(pid, sleep.arguments[0]) {
        return None;
    }
    let status = fs::read_to_string(format!("/proc/{pid}/task/{tid}/status")).ok()?;
    let count = |line: &str| {
        line.split_once("voluntary_ctxt_switches:").and_then(|(_, count)| count.trim().parse::<u64>().ok())
    };
    let switches = status.lines().filter_map(count).sum();
    Some(Still { sleep, switches })
}

/// Whether a ring has no request in flight: as many completions as submissions (proc(5), fdinfo).
fn ring_is_idle(pid: i32, ring: u64) -> bool {
    let info = fs::read_to_string(format!("/proc/{pid}/fdinfo/{ring}")).unwrap_or_default();
    let counter = |name: &str| {
        let line = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().parse::<u64>().ok()
    };
    match (counter("SqHead"), counter("CqTail")) {
        (Some(submitted), Some(completed)) => submitted == completed,
        _ => false,
    }
}

/// Whether the kernel itself will do nothing for these processes: no POSIX timer is armed, and no TCP
/// socket of theirs, or of the observer's, has bytes, a handshake or a timer under way.
pub(super) fn kernel_is_idle(processes: &BTreeSet<i32>) -> bool {
    let timers = |pid: &i32| fs::read(format!("/proc/{pid}/timers")).is_ok_and(|timers| !timers.is_empty());
    if processes.iter().any(timers) {
        return false;
    }
    let own = std::process::id().cast_signed();
    let mut sockets: BTreeSet<u64> = processes.iter().chain([&own]).flat_map(|&pid| sockets_of(pid)).collect();
    // Who writes to a Unix socket has put it into the other's queue when the call returns: nothing of theirs is ever
    // under way. Column: Num RefCount Protocol Flags Type St Inode.
    without(&mut sockets, "unix", 6);
    if sockets.is_empty() {
        return true;
    }
    if !queues_move() {
        return false;
    }
    // A datagram is on its way in those queues or has arrived. Where there is nothing else, nobody need ask for TCP's
    // sockets, among which are every other program's.
    without(&mut sockets, "udp", 9);
    without(&mut sockets, "udp6", 9);
    sockets.is_empty() || idle_in(&tcp::sockets(), &sockets)
}

/// Takes those inodes out that stand in a column of one of the network's tables.
fn without(sockets: &mut BTreeSet<u64>, table: &str, column: usize) {
    let table = fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default();
    for inode in table.lines().skip(1).filter_map(|line| line.split_whitespace().nth(column)?.parse().ok()) {
        sockets.remove(&inode);
    }
}

/// Whether every packet that waits for a processor now has been taken from its queue. Others may have come meanwhile:
/// where much of somebody else's is under way the queues are never empty, but they move.
fn queues_move() -> bool {
    let first = queues();
    let taken = |(before, now): (&Queue, &Queue)| now.taken.wrapping_sub(before.taken) >= before.length;
    (0..QUEUE_LOOKS).any(|look| {
        if look > 0 {
            thread::sleep(QUEUE_INTERVAL);
        }
        let now = queues();
        first.iter().zip(&now).all(taken)
    })
}

/// A processor's queue of packets that came over loopback.
struct Queue {
    /// How many were taken from it since the system started, modulo 2³².
    taken: u32,
    length: u32,
}

/// The queues of all processors: in each one's line the first number and the twelfth, which kernels before 5.10 do
/// not have.
fn queues() -> Vec<Queue> {
    let queues = fs::read_to_string("/proc/net/softnet_stat").unwrap_or_default();
    let queue = |line: &str| {
        let number = |place| {
            line.split_whitespace().nth(place).and_then(|number| u32::from_str_radix(number, 16).ok()).unwrap_or(0)
        };
        Queue { taken: number(0), length: number(11) }
    };
    queues.lines().map(queue).collect()
}

/// The inodes of a process's sockets.
fn sockets_of(pid: i32) -> Vec<u64> {
    let Ok(descriptors) = fs::read_dir(format!("/proc/{pid}/fd")) else { return Vec::new() };
    let inode = |entry: fs::DirEntry| {
        let link = fs::read_link(entry.path()).ok()?;
        link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
    };
    descriptors.filter_map(|entry| inode(entry.ok()?)).collect()
}

/// Whether none of these sockets has anything unsent, unacknowledged or timed; nor one that is nobody's any more, or
/// nobody's yet, and speaks with one of them.
fn idle_in(tcp: &[tcp::Socket], sockets: &BTreeSet<u64>) -> bool {
    let ours = |socket: &tcp::Socket| sockets.contains(&socket.inode);
    let addresses: BTreeSet<&[u8]> = tcp.iter().filter(|&socket| ours(socket)).map(|socket| &*socket.local).collect();
    let with_ours = |socket: &tcp::Socket| addresses.contains(&*socket.local) || addresses.contains(&*socket.remote);
    let matters = |socket: &&tcp::Socket| ours(socket) || socket.is_nobodys() && with_ours(socket);
    !tcp.iter().filter(matters).any(tcp::Socket::is_under_way)
}
