//! Errno by name, as the book speaks of it.

use std::io::Error;

/// What the kernel answered: its meaning, and the name in place of the number where it is one of
/// those that the runner meets.
pub fn told(error: &Error) -> String {
    let name = match error.raw_os_error() {
        Some(libc::EACCES) => "EACCES",
        Some(libc::EAGAIN) => "EAGAIN",
        Some(libc::EDQUOT) => "EDQUOT",
        Some(libc::EFBIG) => "EFBIG",
        Some(libc::EINVAL) => "EINVAL",
        Some(libc::EIO) => "EIO",
        Some(libc::EISDIR) => "EISDIR",
        Some(libc::ENOENT) => "ENOENT",
        Some(libc::ENOMEM) => "ENOMEM",
        Some(libc::ENOSPC) => "ENOSPC",
        Some(libc::ENOSYS) => "ENOSYS",
        Some(libc::ENOTDIR) => "ENOTDIR",
        Some(libc::EOPNOTSUPP) => "EOPNOTSUPP",
        Some(libc::EPERM) => "EPERM",
        Some(libc::EROFS) => "EROFS",
        _ => return error.to_string(),
    };
    let told = error.to_string();
    let meaning = told.split_once(" (os error").map_or(&*told, |(meaning, _)| meaning);
    format!("{meaning} ({name})")
}
