//! Paths as pages write them.

use std::path::{Component, Path};

/// Where a relative path leads from a folder, told from the same root; `None` where it leads out
/// of that root.
pub fn joined(folder: &Path, path: &str) -> Option<String> {
    let path = folder.join(path);
    let mut parts: Vec<&str> = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir => {}
            Component::ParentDir => drop(parts.pop()?),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

/// A path as it stands in a `file:` address.
pub fn address(path: &Path) -> String {
    let mut address = String::from("file://");
    for &byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            address.push(byte.into());
        } else {
            address += &format!("%{byte:02X}");
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{address, joined};

    #[test]
    fn a_path_is_followed_up_and_down() {
        let folder = Path::new("book/src");
        assert_eq!(joined(folder, "../../lab/./src/show.rs").as_deref(), Some("lab/src/show.rs"));
        assert_eq!(joined(folder, "a.md").as_deref(), Some("book/src/a.md"));
        assert_eq!(joined(folder, "../../../etc/passwd"), None);
        assert_eq!(joined(folder, "/etc/passwd"), None);
    }

    #[test]
    fn an_address_has_no_spaces() {
        assert_eq!(address(Path::new("/tmp/a b/ü.html")), "file:///tmp/a%20b/%C3%BC.html");
    }
}
