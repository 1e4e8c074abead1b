//! How well the likeness finds what is there, and how rarely it tells of what is not.

use yijian::lost_found::fingerprint::View;
use yijian::lost_found::likeness::{Likeness, WORTH_SHOWING, WORTH_TELLING, likeness};

use super::corpus::Corpus;
use super::noise::Noise;

const MATCHED: usize = 1_400;
const NEVER_FOUND: usize = 360;
const UNRELATED: usize = 6_400;

const HELD_OUT: [u64; 5] = [1_001, 1_002, 1_003, 1_004, 1_005];
const HARSH: [u64; 2] = [2_001, 2_002];

/// What a corpus shows.
struct Figures {
    /// Of the reports whose item is there, those that have it among the best three.
    recall_at_3: f64,
    /// Of the reports of which the owner is told, those whose best item is not theirs.
    false_best: f64,
    /// Of the reports whose item is there, those of which the owner is told.
    told: f64,
    /// How many items staff are shown for a report.
    shown: f64,
    /// Of the reports whose item was never found, those of which the owner is told all the same.
    told_in_vain: f64,
}

fn figures(seed: u64, noise: Noise) -> Figures {
    let corpus = Corpus::new(seed, noise, MATCHED, NEVER_FOUND, UNRELATED);
    let items: Vec<View<'_>> = corpus.items.iter().map(|item| View::of(item.as_bytes()).unwrap()).collect();
    let (mut in_3, mut told, mut wrong, mut in_vain, mut shown) = (0, 0, 0, 0, 0);
    for report in &corpus.reports {
        let lost = View::of(report.print.as_bytes()).unwrap();
        let all: Vec<Option<Likeness>> = items.iter().map(|found| likeness(&lost, found)).collect();
        shown += all.iter().flatten().filter(|likeness| likeness.score >= WORTH_SHOWING).count();
        let score = |index: usize| all[index].map(|likeness| likeness.score);
        let others = (0..all.len()).filter(|index| Some(*index) != report.truth).filter_map(score);
        let truth = report.truth.and_then(score);
        // Ties count against us.
        let ahead = others.clone().filter(|other| truth.is_none_or(|truth| *other >= truth)).count();
        let best_other = others.max().unwrap_or(0);
        in_3 += usize::from(truth.is_some() && ahead < 3);
        if best_other.max(truth.unwrap_or(0)) >= WORTH_TELLING {
            told += usize::from(report.truth.is_some());
            in_vain += usize::from(report.truth.is_none());
            wrong += usize::from(truth.is_none_or(|truth| truth <= best_other));
        }
    }
    let share =
        |part: usize, whole: usize| f64::from(u32::try_from(part).unwrap()) / f64::from(u32::try_from(whole).unwrap());
    Figures {
        recall_at_3: share(in_3, MATCHED),
        false_best: share(wrong, told + in_vain),
        told: share(told, MATCHED),
        told_in_vain: share(in_vain, NEVER_FOUND),
        shown: share(shown, MATCHED + NEVER_FOUND),
    }
}

/// Prints the figures of each seed, and holds them to the bars.
fn measure(name: &str, noise: Noise, seeds: &[u64], [least_recall, most_false, least_told]: [f64; 3]) {
    // Each seed takes a few seconds; `YIJIAN_LABELLED_SEEDS=9` measures all there are.
    let count = usize::try_from(crate::support::setting("YIJIAN_LABELLED_SEEDS", 2)).expect("a number");
    for seed in seeds.iter().take(count) {
        let Figures { recall_at_3, false_best, told, told_in_vain, shown } = figures(*seed, noise);
        println!(
            "{name} {seed}: recall@3 {:.1} %, false best {:.1} %, told {:.1} %, told in vain {:.1} %, shown {shown:.1}",
            recall_at_3 * 100.0,
            false_best * 100.0,
            told * 100.0,
            told_in_vain * 100.0,
        );
        assert!(recall_at_3 >= least_recall, "seed {seed}: recall@3 {recall_at_3}");
        assert!(false_best <= most_false, "seed {seed}: false best {false_best}");
        assert!(told >= least_told, "seed {seed}: told {told}");
    }
}

/// Points and thresholds were set with the seeds 1 to 9. These were not looked at before.
#[test]
fn what_is_there_is_found_and_what_is_not_is_not_told() {
    measure("held out", Noise::USUAL, &HELD_OUT, [0.95, 0.05, 0.80]);
}

/// In a world noisier than was asked for it is still found, and telling gets worse, not useless.
#[test]
fn harsh_noise_costs_some_of_it() {
    measure("harsh", Noise::HARSH, &HARSH, [0.95, 0.10, 0.70]);
}
