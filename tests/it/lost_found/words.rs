//! Text to hashed words.

use yijian::lost_found::categories::find;
use yijian::lost_found::words::{Word, brand_pairs, words};

const UMBRELLA: &str = "umbrella";

fn of(text: &str) -> Vec<Word> {
    words(text, find(UMBRELLA).unwrap().number)
}

#[test]
fn width_case_spaces_and_punctuation_do_not_matter() {
    assert_eq!(of("ＡＢＣ１２３，贴纸！"), of("abc 123 贴纸"));
    assert_eq!(of(""), []);
    assert_eq!(of(" ,。、!?\u{3000}\n"), []);
}

#[test]
fn words_for_the_same_are_the_same_word() {
    assert_eq!(of("挂件"), of("吊坠"));
    assert_eq!(of("屏幕裂痕"), of("屏幕碎了"));
    assert_ne!(of("挂件"), of("贴纸"));
}

#[test]
fn what_says_nothing_and_what_the_thing_is_are_left_out() {
    assert_eq!(of("我的雨伞丢了,麻烦帮忙找找"), of("太阳伞"));
    assert_eq!(of("一个伞"), []);
    assert_ne!(of("钥匙"), [], "another thing is a particular");
}

#[test]
fn order_and_repetition_do_not_matter() {
    assert_eq!(of("木柄,挂件,木柄"), of("挂件,木柄"));
    assert!(of("樱花图案弯钩木柄").is_sorted());
}

#[test]
fn numbers_are_whole_and_weigh_most() {
    let [number] = of("尾号6136").into_iter().filter(|word| !of("尾号").contains(word)).collect::<Vec<_>>()[..]
    else {
        panic!("one word")
    };
    assert!(of("尾号樱花挂件abc").iter().all(|word| word.weight() < number.weight()));
    assert!(!of("61360").contains(&number));
}

/// They are stored: the day this fails, `VERSION` must change.
#[test]
fn hashes_stay_what_they_are() {
    assert_eq!(format!("{:?}", of("樱花")), "[Word(639343110), Word(2099989506)]");
    assert_eq!(format!("{:?}", brand_pairs("耐克")), "[15038, 17696, 27826, 50245]");
}

#[test]
fn a_maker_is_the_same_under_each_of_its_names() {
    assert_eq!(brand_pairs("苹果"), brand_pairs("Apple"));
    assert_eq!(brand_pairs("Apple 苹果"), brand_pairs("iPhone 14"));
    assert_eq!(brand_pairs("Louis Vuitton"), brand_pairs("LV"));
    assert_ne!(brand_pairs("hpv"), brand_pairs("hp"));
    assert!(brand_pairs("—").is_empty());
    let (right, wrong) = (brand_pairs("蓝月谷手作"), brand_pairs("蓝月谷手做"));
    assert!(right.iter().filter(|pair| wrong.contains(pair)).count() >= 4, "one that is not known, misspelt");
}
