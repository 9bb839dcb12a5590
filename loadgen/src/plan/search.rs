//! Which level comes next. A state machine without clock or server: outcomes go in, levels come out.
//!
//! 1. Ramp: `first`, then by `growth` up to the first level that fails, or to `most`; downward when the first one
//!    fails already.
//! 2. Bisection between the highest level held and the lowest that failed, until they are within `resolution`.
//! 3. Both ends are repeated until each was run `repeats` times. A level counts as held when every run of it was: a
//!    repetition that fails moves the boundary down, and the bisection begins again below it.
//! 4. Levels under the boundary are filled in until the fit has enough of them.

use crate::statistics::usl::FEWEST_LEVELS;

use super::PlanError;

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// On the way up, or down.
    Ramp,
    /// Between the ends.
    Bisect,
    /// An end once more.
    Confirm,
    /// For the fit only.
    Fill,
    /// A cell of the surface.
    Surface,
}

impl Purpose {
    /// As it stands in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ramp => "ramp",
            Self::Bisect => "bisect",
            Self::Confirm => "confirm",
            Self::Fill => "fill",
            Self::Surface => "surface",
        }
    }
}

/// How a run at a level came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Every limit was kept.
    Held,
    /// The target was the limit.
    Failed,
    /// Too few answers came in to be sure of anything: a higher level has more.
    TooFew,
    /// The generator was the limit: a higher level is no use.
    Invalid,
}

/// Bounds of a search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SearchSettings {
    /// First level.
    pub first: u64,
    /// Highest level.
    pub most: u64,
    /// Factor from one level of the ramp to the next.
    pub growth: f64,
    /// The ends are near enough when they differ by this share.
    pub resolution: f64,
    /// Runs of each end.
    pub repeats: u64,
    /// Most runs in all: beyond that the target is too unsteady to have a boundary.
    pub most_runs: usize,
}

impl Default for SearchSettings {
    fn default() -> Self {
        Self { first: 50, most: 10_000, growth: 2.0, resolution: 0.05, repeats: 3, most_runs: 60 }
    }
}

impl SearchSettings {
    /// Refuses what can't work.
    ///
    /// # Errors
    /// The first setting that can't.
    pub fn validate(&self) -> Result<(), PlanError> {
        let refuse = |name, value: String, message| Err(PlanError::Setting { name, value, message });
        if self.first == 0 {
            return refuse("first level", "0".to_owned(), "must be at least 1");
        }
        if self.most < self.first {
            return refuse("highest level", self.most.to_string(), "is below the first level");
        }
        if !(1.1..=10.0).contains(&self.growth) {
            return refuse("growth", self.growth.to_string(), "must be between 1.1 and 10");
        }
        if !(0.005..=0.5).contains(&self.resolution) {
            return refuse("resolution", self.resolution.to_string(), "must be between 0.005 and 0.5");
        }
        if self.repeats == 0 {
            return refuse("repeats", "0".to_owned(), "must be at least 1");
        }
        Ok(())
    }
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Run this level.
    Run(u64, Purpose),
    /// Nothing more.
    Done,
}

/// The ends of what is held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ends {
    /// Highest level held in every run of it, below every level that failed.
    pub pass: Option<u64>,
    /// Lowest level that failed at least once.
    pub fail: Option<u64>,
}

/// A search and what it found so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    settings: SearchSettings,
    tried: Vec<(u64, Purpose, Outcome)>,
}

impl Search {
    /// A search that has not begun.
    pub fn new(settings: SearchSettings) -> Self {
        Self { settings, tried: Vec::new() }
    }

    /// A run is over.
    pub fn note(&mut self, level: u64, purpose: Purpose, outcome: Outcome) {
        self.tried.push((level, purpose, outcome));
    }

    /// What counts for the boundary: levels that were filled in do not.
    fn judged(&self) -> impl Iterator<Item = (u64, Outcome)> {
        self.tried
            .iter()
            .filter(|(_, purpose, _)| *purpose != Purpose::Fill)
            .map(|(level, _, outcome)| (*level, *outcome))
    }

    /// Runs at `level` that came out as `outcome`, all of them when it is `None`.
    pub fn runs_at(&self, level: u64, outcome: Option<Outcome>) -> u64 {
        self.judged().filter(|(at, found)| *at == level && outcome.is_none_or(|o| o == *found)).count() as u64
    }

    /// The ends as they stand.
    pub fn ends(&self) -> Ends {
        let fail = self.judged().filter(|(_, outcome)| *outcome == Outcome::Failed).map(|(at, _)| at).min();
        let held = self.judged().filter(|(_, outcome)| *outcome == Outcome::Held).map(|(at, _)| at);
        Ends { pass: held.filter(|at| fail.is_none_or(|fail| *at < fail)).max(), fail }
    }

    /// The lowest level at which the generator was the limit.
    pub fn ceiling(&self) -> Option<u64> {
        self.judged().filter(|(_, outcome)| *outcome == Outcome::Invalid).map(|(at, _)| at).min()
    }

    /// What comes next.
    pub fn next(&self) -> Step {
        if self.tried.len() >= self.settings.most_runs {
            return Step::Done;
        }
        let ends = self.ends();
        let step = match (ends.pass, ends.fail) {
            (_, None) => self.up(),
            (None, Some(_)) => self.down(),
            (Some(pass), Some(fail)) => self.between(pass, fail),
        };
        step.or_else(|| self.again(ends)).or_else(|| self.fill(ends)).unwrap_or(Step::Done)
    }

    fn up(&self) -> Option<Step> {
        let Some(highest) = self.judged().map(|(level, _)| level).max() else {
            return Some(Step::Run(self.settings.first, Purpose::Ramp));
        };
        if highest >= self.settings.most || self.ceiling().is_some() {
            return None;
        }
        let next = (highest as f64 * self.settings.growth).ceil() as u64;
        Some(Step::Run(next.clamp(highest + 1, self.settings.most), Purpose::Ramp))
    }

    fn down(&self) -> Option<Step> {
        let lowest = self.judged().map(|(level, _)| level).min()?;
        let few = self.judged().any(|(level, outcome)| level == lowest && outcome == Outcome::TooFew);
        if lowest <= 1 || few {
            return None;
        }
        let next = (lowest as f64 / self.settings.growth).floor() as u64;
        Some(Step::Run(next.clamp(1, lowest - 1), Purpose::Ramp))
    }

    fn between(&self, pass: u64, fail: u64) -> Option<Step> {
        let near = (pass as f64 * self.settings.resolution).max(1.0);
        if (fail - pass) as f64 <= near {
            return None;
        }
        let middle = ((pass as f64 * fail as f64).sqrt().round() as u64).clamp(pass + 1, fail - 1);
        // A level that could not be judged would be tried for ever.
        (self.runs_at(middle, None) == 0).then_some(Step::Run(middle, Purpose::Bisect))
    }

    fn again(&self, ends: Ends) -> Option<Step> {
        let wanting = |level: &u64| self.runs_at(*level, None) < self.settings.repeats;
        ends.pass
            .filter(wanting)
            .or(ends.fail.filter(wanting))
            .map(|level| Step::Run(level, Purpose::Confirm))
    }

    fn fill(&self, ends: Ends) -> Option<Step> {
        let pass = ends.pass?;
        let useful = |outcome: &Outcome| matches!(outcome, Outcome::Held | Outcome::Failed);
        let mut levels: Vec<u64> =
            self.tried.iter().filter(|(.., outcome)| useful(outcome)).map(|(level, ..)| *level).collect();
        levels.sort_unstable();
        levels.dedup();
        if levels.len() >= FEWEST_LEVELS {
            return None;
        }
        let new = |level: &u64| *level > 0 && !self.tried.iter().any(|(tried, ..)| tried == level);
        // From the top, where the law bends.
        let shares = [0.75, 0.5, 0.875, 0.625, 0.25, 0.375, 0.125];
        let level = shares.into_iter().map(|share| (pass as f64 * share).round() as u64).find(new)?;
        Some(Step::Run(level, Purpose::Fill))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Plays a search against `outcome`; the levels in order.
    fn play(settings: SearchSettings, outcome: impl Fn(u64, usize) -> Outcome) -> (Search, Vec<u64>) {
        let mut search = Search::new(settings);
        let mut levels = Vec::new();
        while let Step::Run(level, purpose) = search.next() {
            search.note(level, purpose, outcome(level, levels.len()));
            levels.push(level);
        }
        (search, levels)
    }

    fn capacity(limit: u64) -> impl Fn(u64, usize) -> Outcome {
        move |level, _| if level <= limit { Outcome::Held } else { Outcome::Failed }
    }

    #[test]
    fn ramp_bisection_repetitions_in_order() {
        let (search, levels) = play(SearchSettings::default(), capacity(1_000));
        assert_eq!(&levels[..6], [50, 100, 200, 400, 800, 1_600]);
        assert_eq!(&levels[6..10], [1_131, 951, 1_037, 993]);
        assert_eq!(search.ends(), Ends { pass: Some(993), fail: Some(1_037) }, "{levels:?}");
        assert_eq!((search.runs_at(993, None), search.runs_at(1_037, None)), (3, 3));
    }

    #[test]
    fn a_first_level_that_fails_leads_down() {
        let (search, levels) = play(SearchSettings::default(), capacity(9));
        assert_eq!(&levels[..4], [50, 25, 12, 6]);
        assert_eq!(search.ends(), Ends { pass: Some(9), fail: Some(10) });
        let (search, _) = play(SearchSettings::default(), capacity(0));
        assert_eq!(search.ends(), Ends { pass: None, fail: Some(1) });
    }

    #[test]
    fn without_a_failure_the_top_is_confirmed() {
        let settings = SearchSettings { most: 300, ..SearchSettings::default() };
        let (search, levels) = play(settings, capacity(100_000));
        assert_eq!(search.ends(), Ends { pass: Some(300), fail: None });
        assert_eq!(search.runs_at(300, Some(Outcome::Held)), 3);
        let mut different = levels.clone();
        different.sort_unstable();
        different.dedup();
        assert!(different.len() >= FEWEST_LEVELS, "the fit needs levels: {levels:?}");
    }

    #[test]
    fn a_repetition_that_fails_moves_the_boundary_down() {
        // Everything up to 1,000 holds, but above 900 only at the first try.
        let flaky = |level: u64, at: usize| match level {
            0..=900 => Outcome::Held,
            901..=1_000 if at < 10 => Outcome::Held,
            _ => Outcome::Failed,
        };
        let (search, levels) = play(SearchSettings::default(), flaky);
        let ends = search.ends();
        assert!(ends.pass.unwrap() <= 900 && ends.fail.unwrap() <= 1_000, "{ends:?} {levels:?}");
    }

    #[test]
    fn the_generators_limit_ends_the_ramp() {
        let (search, levels) =
            play(
                SearchSettings::default(),
                |level, _| {
                    if level > 500 { Outcome::Invalid } else { Outcome::Held }
                },
            );
        assert_eq!(search.ends(), Ends { pass: Some(400), fail: None });
        assert_eq!(search.ceiling(), Some(800));
        assert!(levels.iter().filter(|level| **level == 800).count() == 1, "{levels:?}");
    }

    #[test]
    fn too_few_answers_lead_up() {
        let (search, _) = play(SearchSettings::default(), |level, _| match level {
            0..=150 => Outcome::TooFew,
            151..=700 => Outcome::Held,
            _ => Outcome::Failed,
        });
        let ends = search.ends();
        assert!(ends.pass.unwrap() > 600 && ends.fail.unwrap() <= 740, "{ends:?}");
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let base = SearchSettings::default();
        for settings in [
            SearchSettings { first: 0, ..base },
            SearchSettings { most: 10, ..base },
            SearchSettings { growth: 1.0, ..base },
            SearchSettings { growth: f64::NAN, ..base },
            SearchSettings { resolution: 0.0, ..base },
            SearchSettings { repeats: 0, ..base },
        ] {
            assert!(settings.validate().is_err(), "{settings:?}");
        }
        assert_eq!(base.validate(), Ok(()));
    }

    proptest! {
        #[test]
        fn any_capacity_is_found_within_the_resolution(limit in 1_u64..60_000, first in 1_u64..5_000) {
            let settings = SearchSettings { first, most: 100_000, ..SearchSettings::default() };
            let (search, levels) = play(settings, capacity(limit));
            let Ends { pass: Some(pass), fail: Some(fail) } = search.ends() else {
                return Err(TestCaseError::fail(format!("{:?}", search.ends())));
            };
            prop_assert!(pass <= limit && limit < fail);
            prop_assert!((fail - pass) as f64 <= (pass as f64 * 0.05).max(1.0));
            prop_assert!(levels.len() < 60, "{} runs", levels.len());
        }

        #[test]
        fn a_target_of_whims_ends_the_search_all_the_same(whims in proptest::collection::vec(0_u8..4, 60)) {
            let (_, levels) = play(SearchSettings::default(), |_, at| match whims[at] {
                0 => Outcome::Held,
                1 => Outcome::Failed,
                2 => Outcome::TooFew,
                _ => Outcome::Invalid,
            });
            prop_assert!(levels.len() <= 60);
        }
    }
}
