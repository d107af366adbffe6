//! Descriptors that travel from process to process (unix(7), SCM_RIGHTS), on the peers' side.

use std::io;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;

use super::ends::Ours;
use super::peer::{Gone, Peer};

/// Room for control messages: as many descriptors as a check passes at once.
const ROOM: usize = 256;

/// Aligned as a header has to be.
#[repr(C, align(8))]
struct Control([u8; ROOM]);

impl Peer<'_> {
    /// Sends bytes, and these descriptors with the first of them.
    ///
    /// # Errors
    /// EPIPE where the subject has closed its end.
    pub fn pass(&self, through: &Ours, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> Result<(), Gone> {
        self.on(through, |socket| send(socket, bytes, descriptors))
    }

    /// Receives bytes and the descriptors that came with them; notes the bytes.
    ///
    /// # Errors
    /// ECONNRESET where the subject reset the connection.
    pub fn receive(&mut self, through: &Ours, limit: usize) -> Result<Vec<OwnedFd>, Gone> {
        let (bytes, descriptors) = self.on(through, |socket| receive(socket, limit))?;
        self.took(&bytes);
        Ok(descriptors)
    }
}

fn send(through: BorrowedFd<'_>, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut control = Control([0; ROOM]);
    let mut data = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    let numbers: Vec<RawFd> = descriptors.iter().map(AsRawFd::as_raw_fd).collect();
    let length = size_of_val(&numbers[..]);
    // SAFETY: the message points to what outlives the call; `control` has room for the header and the numbers, of
    // which a check has a few.
    let sent = unsafe {
        let mut message: libc::msghdr = mem::zeroed();
        (message.msg_iov, message.msg_iovlen) = (&raw mut data, 1);
        if !numbers.is_empty() {
            message.msg_control = control.0.as_mut_ptr().cast();
            message.msg_controllen = libc::CMSG_SPACE(length as u32) as _;
            let header = libc::CMSG_FIRSTHDR(&raw const message);
            (*header).cmsg_level = libc::SOL_SOCKET;
            (*header).cmsg_type = libc::SCM_RIGHTS;
            (*header).cmsg_len = libc::CMSG_LEN(length as u32) as _;
            ptr::copy_nonoverlapping(numbers.as_ptr().cast::<u8>(), libc::CMSG_DATA(header), length);
        }
        libc::sendmsg(through.as_raw_fd(), &raw const message, 0)
    };
    if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn receive(through: BorrowedFd<'_>, limit: usize) -> io::Result<(Vec<u8>, Vec<OwnedFd>)> {
    let mut control = Control([0; ROOM]);
    let mut bytes = vec![0; limit];
    let mut data = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
    let mut descriptors = Vec::new();
    // SAFETY: the message points to what outlives the call. The kernel's headers lie within `control`, and each
    // number in them is new and ours alone.
    unsafe {
        let mut message: libc::msghdr = mem::zeroed();
        (message.msg_iov, message.msg_iovlen) = (&raw mut data, 1);
        (message.msg_control, message.msg_controllen) = (control.0.as_mut_ptr().cast(), ROOM as _);
        let got = libc::recvmsg(through.as_raw_fd(), &raw mut message, libc::MSG_CMSG_CLOEXEC);
        bytes.truncate(usize::try_from(got).map_err(|_| io::Error::last_os_error())?);
        let mut header = libc::CMSG_FIRSTHDR(&raw const message);
        while !header.is_null() {
            if ((*header).cmsg_level, (*header).cmsg_type) == (libc::SOL_SOCKET, libc::SCM_RIGHTS) {
                let first = libc::CMSG_DATA(header).cast::<RawFd>();
                let length = (*header).cmsg_len as usize - libc::CMSG_LEN(0) as usize;
                let number = |at| OwnedFd::from_raw_fd(first.add(at).read_unaligned());
                descriptors.extend((0..length / size_of::<RawFd>()).map(number));
            }
            header = libc::CMSG_NXTHDR(&raw const message, header);
        }
    }
    Ok((bytes, descriptors))
}
