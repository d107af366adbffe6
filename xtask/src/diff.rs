//! A difference between two texts, line by line, in the unified form of diff(1).

use std::fmt::Write;

use crate::paint::{Colour, paint};

/// Lines around a change.
const AROUND: usize = 3;

/// The most comparisons that are worth the reader's time; past it, everything counts as changed.
const MOST: usize = 4_000_000;

/// A line of both texts, or of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line<'a> {
    Both(&'a str),
    Old(&'a str),
    New(&'a str),
}

/// What turns `old` into `new`, under these names; empty where nothing does.
pub fn unified(old: (&str, &str), new: (&str, &str), colour: bool) -> String {
    let lines = compare(&old.1.lines().collect::<Vec<_>>(), &new.1.lines().collect::<Vec<_>>());
    let hunks = hunks(&lines);
    if hunks.is_empty() {
        return String::new();
    }
    let mut out = String::new();
    let mut put = |colours: &[Colour], text: &str| {
        out += &paint(text, colours, colour);
        out.push('\n');
    };
    put(&[Colour::Bold], &format!("--- {}", old.0));
    put(&[Colour::Bold], &format!("+++ {}", new.0));
    for (from, to) in hunks {
        let count = |lines: &[Line<'_>]| {
            let old = lines.iter().filter(|line| !matches!(line, Line::New(_))).count();
            let new = lines.iter().filter(|line| !matches!(line, Line::Old(_))).count();
            (old, new)
        };
        let ((old_before, new_before), (old, new)) = (count(&lines[..from]), count(&lines[from..to]));
        // A side without lines is named by the line before it.
        let place = |before, count| if count == 0 { before } else { before + 1 };
        let mut head = String::from("@@ ");
        let _ = write!(head, "-{},{old} +{},{new} @@", place(old_before, old), place(new_before, new));
        put(&[Colour::Bold], &head);
        for line in &lines[from..to] {
            match line {
                Line::Both(text) => put(&[], &format!(" {text}")),
                Line::Old(text) => put(&[Colour::Red], &format!("-{text}")),
                Line::New(text) => put(&[Colour::Green], &format!("+{text}")),
            }
        }
    }
    out
}

/// Both texts as one, with the longest common subsequence kept.
fn compare<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Line<'a>> {
    let same = |(one, other): &(&&str, &&str)| one == other;
    let head = old.iter().zip(new).take_while(same).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(same).count();
    let (mid_old, mid_new) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let mut lines: Vec<Line<'a>> = old[..head].iter().map(|line| Line::Both(line)).collect();
    if mid_old.len().saturating_mul(mid_new.len()) > MOST {
        lines.extend(mid_old.iter().map(|line| Line::Old(line)));
        lines.extend(mid_new.iter().map(|line| Line::New(line)));
    } else {
        align(mid_old, mid_new, &mut lines);
    }
    lines.extend(old[old.len() - tail..].iter().map(|line| Line::Both(line)));
    lines
}

fn align<'a>(old: &[&'a str], new: &[&'a str], lines: &mut Vec<Line<'a>>) {
    // common[i][j] is the length of the longest common subsequence of what follows i and j.
    let mut common = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] =
                if old[i] == new[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push(Line::Both(old[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && (j == new.len() || common[i + 1][j] >= common[i][j + 1]) {
            lines.push(Line::Old(old[i]));
            i += 1;
        } else {
            lines.push(Line::New(new[j]));
            j += 1;
        }
    }
}

/// Where changes are, each with the lines around it; those that meet are one.
fn hunks(lines: &[Line<'_>]) -> Vec<(usize, usize)> {
    let mut hunks: Vec<(usize, usize)> = Vec::new();
    for (at, _) in lines.iter().enumerate().filter(|(_, line)| !matches!(line, Line::Both(_))) {
        let (from, to) = (at.saturating_sub(AROUND), (at + AROUND + 1).min(lines.len()));
        match hunks.last_mut() {
            Some(last) if from <= last.1 => last.1 = to,
            _ => hunks.push((from, to)),
        }
    }
    hunks
}

#[cfg(test)]
mod tests {
    use super::unified;

    fn diff(old: &str, new: &str) -> String {
        unified(("yours", old), ("solution", new), false)
    }

    #[test]
    fn equal_texts_differ_in_nothing() {
        assert_eq!(diff("a\nb\n", "a\nb\n"), "");
        assert_eq!(diff("", ""), "");
    }

    #[test]
    fn a_changed_line_stands_among_its_neighbours() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let new = "1\n2\n3\n4\nfive\n6\n7\n8\n9\n";
        let told = "--- yours\n+++ solution\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n";
        assert_eq!(diff(old, new), told);
    }

    #[test]
    fn far_changes_stand_apart_and_near_ones_together() {
        let old: String = (0..30).map(|line| format!("{line}\n")).collect();
        let far = old.replace("\n3\n", "\n").replace("\n25\n", "\nx\n25\n");
        assert!(diff(&old, &far).contains("@@ -1,7 +1,6 @@"));
        assert!(diff(&old, &far).contains("@@ -23,6 +22,7 @@"));
        let near = old.replace("\n3\n", "\n").replace("\n9\n", "\n");
        assert_eq!(diff(&old, &near).matches("@@ -").count(), 1);
    }

    #[test]
    fn a_side_without_lines_is_named_by_the_line_before() {
        assert_eq!(diff("", "a\n"), "--- yours\n+++ solution\n@@ -0,0 +1,1 @@\n+a\n");
        assert_eq!(diff("a\n", ""), "--- yours\n+++ solution\n@@ -1,1 +0,0 @@\n-a\n");
    }

    #[test]
    fn as_little_as_can_be_is_changed() {
        let told = diff("a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n");
        let changed =
            |line: &&str| line.starts_with(['-', '+']) && !line.starts_with("---") && !line.starts_with("+++");
        assert_eq!(told.lines().filter(changed).count(), 5, "{told}");
    }

    #[test]
    fn a_very_long_answer_costs_no_minutes() {
        let old: String = (0..60_000).map(|line| format!("{line}\n")).collect();
        let new: String = (0..60_000).map(|line| format!("{}\n", line + 1)).collect();
        assert_eq!(diff(&old, &new).lines().count(), 3 + 2 * 60_000);
    }
}
