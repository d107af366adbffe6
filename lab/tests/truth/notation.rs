//! strace's notation of an argument, as `-X raw -v -xx` writes it: numbers, never names; strings in hex.

/// One argument, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// `0x80`, `-1`, `0644`, `0x1|0x80000`.
    Number(i64),
    /// `"\x68\x69"`; `@"…"` begins with the zero byte that it stands for.
    Text {
        /// The bytes.
        bytes: Vec<u8>,
        /// Whether more followed.
        cut: bool,
    },
    /// `[3, 4]`, and a set of signals: `[10 40]`.
    List(Vec<Written>),
    /// `~[10]`: all but these.
    AllBut(Vec<Written>),
    /// `{fd=3, events=0x1}`.
    Record(Vec<(String, Written)>),
    /// `110 => 16`: what the kernel made of it.
    Changed(Box<Written>, Box<Written>),
    /// Anything else, as it stands: `NULL`, `WIFEXITED(s) && WEXITSTATUS(s) == 3`.
    Word(String),
}

impl Written {
    /// A member of a structure.
    pub fn member(&self, name: &str) -> Option<&Written> {
        let Written::Record(members) = self else { return None };
        members.iter().find(|(member, _)| member == name).map(|(_, written)| written)
    }

    /// The number, where it is one.
    pub fn number(&self) -> Option<i64> {
        if let Written::Number(number) = self { Some(*number) } else { None }
    }
}

/// Arguments, each with its name where strace gives one (clone's).
pub fn arguments(text: &str) -> Result<Vec<(String, Written)>, String> {
    let mut reader = Reader { left: text };
    let all = reader.members("");
    if reader.left.is_empty() { Ok(all) } else { Err(format!("{:?} is left of {text:?}", reader.left)) }
}

struct Reader<'a> {
    left: &'a str,
}

impl Reader<'_> {
    fn take(&mut self, token: &str) -> bool {
        let Some(left) = self.left.strip_prefix(token) else { return false };
        self.left = left;
        true
    }

    /// Blanks, and remarks (`/* 3 vars */`).
    fn skip(&mut self) {
        loop {
            self.left = self.left.trim_start();
            let Some((_, after)) = self.left.strip_prefix("/*").and_then(|remark| remark.split_once("*/")) else {
                return;
            };
            self.left = after;
        }
    }

    /// Everything up to `end`, which is taken too.
    fn members(&mut self, end: &str) -> Vec<(String, Written)> {
        let mut members = Vec::new();
        loop {
            self.skip();
            if self.left.is_empty() || !end.is_empty() && self.take(end) {
                return members;
            }
            let name = self.name();
            members.push((name, self.value()));
            self.skip();
            self.take(",");
        }
    }

    /// `sa_family=`, if there is one.
    fn name(&mut self) -> String {
        let end = self.left.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(0);
        let (name, after) = self.left.split_at(end);
        match after.strip_prefix('=') {
            Some(after) if !name.is_empty() && !after.starts_with('=') => {
                self.left = after;
                name.to_owned()
            }
            _ => String::new(),
        }
    }

    fn value(&mut self) -> Written {
        let value = self.simple();
        self.skip();
        if self.take("=>") {
            self.skip();
            return Written::Changed(Box::new(value), Box::new(self.simple()));
        }
        value
    }

    fn simple(&mut self) -> Written {
        let without_names = |members: Vec<(String, Written)>| members.into_iter().map(|(_, value)| value).collect();
        if self.take("~[") {
            return Written::AllBut(without_names(self.members("]")));
        }
        if self.take("[") {
            return Written::List(without_names(self.members("]")));
        }
        if self.take("{") {
            return self.record();
        }
        if self.take("@\"") {
            return self.text(vec![0]);
        }
        if self.take("\"") {
            return self.text(Vec::new());
        }
        self.bare()
    }

    /// A structure; a child's status stands in braces too, and has no members.
    fn record(&mut self) -> Written {
        if self.left.starts_with("WIF") {
            let end = self.left.find('}').unwrap_or(self.left.len());
            let word = self.left[..end].to_owned();
            self.left = self.left[end..].strip_prefix('}').unwrap_or_default();
            return Written::Word(word);
        }
        Written::Record(self.members("}"))
    }

    fn text(&mut self, mut bytes: Vec<u8>) -> Written {
        while self.take("\\x") {
            let (digits, after) = self.left.split_at(2.min(self.left.len()));
            bytes.push(u8::from_str_radix(digits, 16).unwrap_or_default());
            self.left = after;
        }
        self.take("\"");
        Written::Text { bytes, cut: self.take("...") }
    }

    fn bare(&mut self) -> Written {
        let mut depth = 0;
        let ends = |letter: char| {
            depth += i32::from(letter == '(') - i32::from(letter == ')');
            depth < 0 || depth == 0 && matches!(letter, ',' | ' ' | ']' | '}')
        };
        let end =
            self.left.find(ends).unwrap_or(self.left.len()).max(self.left.chars().next().map_or(0, char::len_utf8));
        let (word, after) = self.left.split_at(end);
        self.left = after;
        let sum = word.split('|').map(number).try_fold(0, |sum, number| Some(sum | number?));
        sum.map_or_else(|| Written::Word(word.to_owned()), Written::Number)
    }
}

/// A number as C writes it. strace prints what is unsigned without a sign.
fn number(text: &str) -> Option<i64> {
    let unsigned = |digits: &str, radix| u64::from_str_radix(digits, radix).ok().map(u64::cast_signed);
    match text.as_bytes() {
        [b'0', b'x', ..] => unsigned(&text[2..], 16),
        [b'0', _, ..] => unsigned(&text[1..], 8),
        [b'-', ..] => text.parse().ok(),
        _ => unsigned(text, 10),
    }
}
