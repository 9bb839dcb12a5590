//! Which question comes next.

use std::collections::HashMap;

use rand::Rng;

use crate::questions::Question;

/// Heaviest weight that counts: sums stay finite.
const HEAVIEST: f64 = 1e9;

/// Draws questions by their weights: one that follows another comes right after it, and at no other time.
#[derive(Debug, Clone)]
pub struct Choice {
    beginnings: Draw,
    /// What may follow a question, by its index.
    followers: HashMap<usize, Draw>,
}

/// Some of the questions.
#[derive(Debug, Clone, Default)]
struct Draw {
    indices: Vec<usize>,
    /// Sums of their weights up to each.
    sums: Vec<f64>,
}

impl Draw {
    /// Over those of `questions`; without any weight all are alike.
    fn over(questions: &[Question], indices: Vec<usize>) -> Self {
        let weighted = indices.iter().any(|index| questions[*index].weight > 0.0);
        let mut sum = 0.0;
        let sums = indices.iter().map(|index| {
            sum += if weighted { questions[*index].weight.clamp(0.0, HEAVIEST) } else { 1.0 };
            sum
        });
        Self { sums: sums.collect(), indices }
    }

    fn draw(&self, rng: &mut impl Rng) -> usize {
        let Some(whole) = self.sums.last() else { return 0 };
        let point = rng.random_range(0.0..*whole);
        let at = self.sums.partition_point(|sum| *sum <= point).min(self.sums.len() - 1);
        self.indices[at]
    }
}

impl Choice {
    /// Over `questions`.
    pub fn new(questions: &[Question]) -> Self {
        let begins = |index: &usize| questions[*index].follows.is_none();
        let beginnings = Draw::over(questions, (0..questions.len()).filter(begins).collect());
        let mut followers: HashMap<usize, Vec<usize>> = HashMap::new();
        for (index, question) in questions.iter().enumerate() {
            let before = question.follows.as_ref();
            let before = before.and_then(|id| questions.iter().position(|question| question.id == *id));
            if let Some(before) = before {
                followers.entry(before).or_default().push(index);
            }
        }
        let followers = followers.into_iter();
        Self {
            beginnings,
            followers: followers.map(|(before, those)| (before, Draw::over(questions, those))).collect(),
        }
    }

    /// Draws the index of a question for a session whose last answer was to `last`; 0 when there is none.
    pub fn draw(&self, last: Option<usize>, rng: &mut impl Rng) -> usize {
        let following = last.and_then(|last| self.followers.get(&last));
        following.unwrap_or(&self.beginnings).draw(rng)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::questions::QuestionSet;

    fn draws(choice: &Choice, last: Option<usize>, questions: usize) -> Vec<u32> {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut counts = vec![0; questions];
        for _ in 0..4_000 {
            counts[choice.draw(last, &mut rng)] += 1;
        }
        counts
    }

    #[test]
    fn questions_are_drawn_by_their_weights() {
        let mut set = QuestionSet::builtin().unwrap();
        set.questions.truncate(3);
        for (question, weight) in set.questions.iter_mut().zip([1.0, 0.0, 3.0]) {
            question.weight = weight;
        }
        let counts = draws(&Choice::new(&set.questions), None, 3);
        assert_eq!(counts[1], 0);
        assert!((900..1_100).contains(&counts[0]), "{counts:?}");
    }

    #[test]
    fn a_question_that_follows_comes_right_after_and_at_no_other_time() {
        let text = "id,question,weight,follows\na,q,1,\nb,r,1,\na1,s,3,a\na2,t,1,a\na11,u,1,a1\n";
        let set = QuestionSet::parse_csv(text, "q.csv").unwrap();
        let choice = Choice::new(&set.questions);
        let first = draws(&choice, None, 5);
        assert!(first[2..].iter().all(|count| *count == 0) && first[..2].iter().all(|count| *count > 0));
        let after_a = draws(&choice, Some(0), 5);
        assert!((2_900..3_100).contains(&after_a[2]) && after_a[2] + after_a[3] == 4_000, "{after_a:?}");
        assert_eq!(draws(&choice, Some(2), 5)[4], 4_000);
        assert_eq!(draws(&choice, Some(1), 5), first, "nothing follows: it begins anew");
    }
}
