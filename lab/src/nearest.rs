//! "Did you mean …?"

/// The one of `names` that `word` is most likely a slip of; `None` where none is near.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = names.into_iter().map(|name| (distance(word, name), name)).min()?;
    // A third of the letters wrong is another word; a beginning is a short form.
    (near.0 <= near.1.len().max(word.len()) / 3 || !word.is_empty() && near.1.starts_with(word)).then_some(near.1)
}

/// How many letters must be put in, left out, changed or swapped with their neighbour to make one
/// word of the other (Damerau and Levenshtein's distance, of the restricted kind).
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows = vec![(0..=other.len()).collect::<Vec<_>>()];
    for i in 1..=one.len() {
        let mut row = vec![i];
        for j in 1..=other.len() {
            let changed = rows[i - 1][j - 1] + usize::from(one[i - 1] != other[j - 1]);
            let mut best = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    const NAMES: [&str; 3] = ["two_phases", "head_of_line", "zero_copy"];

    #[test]
    fn a_slip_finds_its_name() {
        assert_eq!(nearest("two_pahses", NAMES), Some("two_phases"));
        assert_eq!(nearest("zerocopy", NAMES), Some("zero_copy"));
    }

    #[test]
    fn another_word_finds_none() {
        assert_eq!(nearest("epoll", NAMES), None);
        assert_eq!(nearest("", NAMES), None);
    }
}
