//! A process's TCP sockets, as the kernel tells them.

use std::fs;
use std::path::PathBuf;

/// The port on which a process listens, as the kernel tells it.
pub(super) fn listening_port(pid: i32) -> Option<u16> {
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).ok()?.flatten();
    let files: Vec<PathBuf> = descriptors.filter_map(|entry| fs::read_link(entry.path()).ok()).collect();
    let is_ours = |inode: &str| files.contains(&PathBuf::from(format!("socket:[{inode}]")));
    let listener = tcp_sockets(pid, None).into_iter().find(|socket| socket.listens && is_ours(&socket.inode))?;
    Some(listener.local_port)
}

/// A line of `/proc/net/tcp`.
pub(super) struct TcpSocket {
    pub(super) local_port: u16,
    pub(super) remote_port: u16,
    listens: bool,
    /// Bytes that have arrived and were not read.
    pub(super) unread: u64,
    inode: String,
}

/// The TCP sockets of a process' network: all of them, or those with this port at their end.
pub(super) fn tcp_sockets(pid: i32, port: Option<u16>) -> Vec<TcpSocket> {
    const LISTEN: &str = "0A";
    let port_of = |address: &str| u16::from_str_radix(address.split_once(':')?.1, 16).ok();
    let parse = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        Some(TcpSocket {
            local_port: port_of(fields.get(1)?)?,
            remote_port: port_of(fields.get(2)?)?,
            listens: *fields.get(3)? == LISTEN,
            unread: u64::from_str_radix(fields.get(4)?.split_once(':')?.1, 16).ok()?,
            inode: (*fields.get(9)?).to_owned(),
        })
    };
    let table = fs::read_to_string(format!("/proc/{pid}/net/tcp")).unwrap_or_default();
    // `0: 0100007F:1F90 …`: the port stands in the same place behind the first colon. There may be thousands of other
    // programs' sockets, which are not worth being taken apart.
    let digits = port.map(|port| format!("{port:04X}"));
    let is_wanted = |line: &&str| match (&digits, line.find(':')) {
        (Some(digits), Some(colon)) => line.get(colon + 11..colon + 15) == Some(digits),
        _ => true,
    };
    // The heading is no socket.
    table.lines().skip(1).filter(is_wanted).filter_map(parse).collect()
}
