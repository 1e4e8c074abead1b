//! PNG.

use image::DynamicImage;
use image::ImageFormat;
use image::RgbImage;
use image::Rgba;
use image::RgbaImage;
use yijian::attachments::photo::clean;

use super::{
    AFTER_IHDR, GPS, XMP, assert_nothing_private, contains, encode, marked, open, png_chunk, private_png, with,
};

#[test]
fn png_loses_its_notes_and_is_turned() {
    let upload = private_png(6);
    assert!(contains(&upload, GPS) && contains(&upload, XMP));
    let photo = clean(&upload).unwrap();
    assert_eq!(photo.content_type, "image/png");
    assert_nothing_private(&photo);
    let image = open(&photo);
    assert_eq!(image.dimensions(), (48, 64));
    assert_eq!(image.get_pixel(47, 0), &Rgba([250, 0, 0, 255]));

    let mut at = 8;
    while at < photo.bytes.len() {
        let length = photo.bytes[at..at + 4].try_into().unwrap();
        let kind = &photo.bytes[at + 4..at + 8];
        assert!([b"IHDR", b"IDAT", b"IEND"].iter().any(|known| *known == kind));
        at += 12 + usize::try_from(u32::from_be_bytes(length)).unwrap();
    }
}

#[test]
fn png_keeps_its_transparency() {
    let glass = RgbaImage::from_pixel(30, 20, Rgba([10, 20, 30, 40]));
    let photo = clean(&encode(glass.clone(), ImageFormat::Png)).unwrap();
    assert_eq!(open(&photo), glass);
}

#[test]
fn deep_png_becomes_an_ordinary_one() {
    let deep = DynamicImage::from(marked(30, 20)).into_rgba16();
    let photo = clean(&encode(deep, ImageFormat::Png)).unwrap();
    let image = image::load_from_memory(&photo.bytes).unwrap();
    assert_eq!(image.color(), image::ColorType::Rgba8);
    assert_eq!(image.into_rgb8(), marked(30, 20));
}

#[test]
fn animated_png_becomes_its_first_frame() {
    let first = encode(marked(64, 48), ImageFormat::Png);
    let second = encode(RgbImage::new(64, 48), ImageFormat::Png);
    let control = |number: u8| {
        let size = [0, 0, 0, 64, 0, 0, 0, 48];
        let rest = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 10, 0, 0];
        png_chunk(*b"fcTL", &[&[0, 0, 0, number][..], &size, &rest].concat())
    };
    let pixels = &second[AFTER_IHDR + 8..second.len() - 16];
    let later = [control(1), png_chunk(*b"fdAT", &[&[0, 0, 0, 2], pixels].concat())];
    let upload = with(&first, first.len() - 12, &later.concat());
    let start = [png_chunk(*b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]), control(0)];
    let upload = with(&upload, AFTER_IHDR, &start.concat());

    let photo = clean(&upload).unwrap();
    assert!(!contains(&photo.bytes, b"fcTL"));
    assert_eq!(DynamicImage::from(open(&photo)).into_rgb8(), marked(64, 48));
}
