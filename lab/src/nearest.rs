//! "Did you mean": the name nearest to a mistyped one. The runner and the book's builder, which import nothing
//! of ours, include this file.

/// The candidate that fewest slips of the fingers turn into `typed`, if few enough: one in
/// every three letters. Failing that, the first that contains `typed`.
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let letters = typed.chars().count();
    let slips = |candidate: &&&str| distance(typed, candidate);
    candidates
        .iter()
        .min_by_key(slips)
        .filter(|candidate| distance(typed, candidate) <= (letters / 3).max(1))
        .or_else(|| candidates.iter().find(|candidate| letters >= 3 && candidate.contains(typed)))
        .copied()
}

/// How many slips lie between two words: a letter too many, one missing, one wrong, or two
/// neighbours swapped (the optimal string alignment distance).
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    // rows[i][j] is the distance between the first i letters of one and the first j of the other.
    let mut rows: Vec<Vec<usize>> = vec![(0..=to.len()).collect()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let wrong = usize::from(from[i - 1] != to[j - 1]);
            let mut least = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + wrong);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn each_kind_of_slip_counts_one() {
        assert_eq!(distance("epoll", "epoll"), 0);
        assert_eq!(distance("epol", "epoll"), 1, "missing");
        assert_eq!(distance("eppoll", "epoll"), 1, "too many");
        assert_eq!(distance("apoll", "epoll"), 1, "wrong");
        assert_eq!(distance("peoll", "epoll"), 1, "swapped");
    }

    #[test]
    fn slips_add_up() {
        assert_eq!(distance("", "poll"), 4);
        assert_eq!(distance("poll", ""), 4);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("slect", "poll"), distance("poll", "slect"));
    }

    #[test]
    fn letters_are_counted_not_bytes() {
        assert_eq!(distance("épöll", "epoll"), 2);
    }

    #[test]
    fn the_nearest_is_named_and_the_far_is_not() {
        let names = ["run", "list", "doctor", "help"];
        assert_eq!(nearest("docter", names), Some("doctor"));
        assert_eq!(nearest("rnu", names), Some("run"));
        assert_eq!(nearest("build", names), None);
        assert_eq!(nearest("", names), None);
    }

    #[test]
    fn a_forgotten_joint_is_a_slip() {
        assert_eq!(nearest("zerocopy", ["two_phases", "zero_copy"]), Some("zero_copy"));
    }

    #[test]
    fn a_part_of_a_name_is_near_enough() {
        assert_eq!(nearest("uring", ["epoll", "io-uring"]), Some("io-uring"));
        assert_eq!(nearest("o", ["epoll", "io-uring"]), None);
    }
}
