//! Photos that are too large, and those that only claim to be.

use std::time::Duration;
use std::time::Instant;

use image::ImageFormat;
use image::Rgba;
use yijian::attachments::photo::PhotoError;
use yijian::attachments::photo::clean;

use super::{
    AFTER_IHDR, Heic, LOSSY_WEBP, RED, assert_close, black_png, crc32, encode, extended_webp, marked, open,
    private_png, reframed_jpeg,
};

#[test]
fn photos_are_scaled_down() {
    for (from, to) in
        [((3000, 100), (2560, 85)), ((100, 3000), (85, 2560)), ((16_384, 1), (2560, 1)), ((2560, 40), (2560, 40))]
    {
        for format in [ImageFormat::Jpeg, ImageFormat::Png] {
            let upload = encode(marked(from.0, from.1), format);
            let image = open(&clean(&upload).unwrap());
            assert_eq!(image.dimensions(), to);
            assert_close(*image.get_pixel(0, 0), RED);
        }
    }
}

#[test]
fn pixel_bombs_are_refused_at_once() {
    let mut claim = private_png(1);
    claim[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
    let checksum = crc32(&claim[12..29]).to_be_bytes();
    claim[29..AFTER_IHDR].copy_from_slice(&checksum);
    let mut inner = LOSSY_WEBP.to_vec();
    inner[26..30].copy_from_slice(&[0xFF, 0x3F, 0xFF, 0x3F]);
    let bombs = [
        claim,
        black_png(30_000, 30_000),
        black_png(16_000, 16_000),
        reframed_jpeg(0xC0, (60_000, 60_000)),
        reframed_jpeg(0xC0, (8_000, 8_000)),
        // Progressive: within the pixels, but not within the memory.
        reframed_jpeg(0xC2, (8_000, 6_000)),
        extended_webp(0, (16_384, 16_384), &LOSSY_WEBP[12..]),
        // The canvas is small, the picture on it claims to be huge.
        extended_webp(0, (32, 16), &inner[12..]),
        Heic { size: (20_000, 10), ..Heic::default() }.build(),
        Heic { size: (10_000, 10_000), ..Heic::default() }.build(),
    ];
    for (number, bomb) in bombs.iter().enumerate() {
        assert!(bomb.len() < 10 * 1024 * 1024);
        let started = Instant::now();
        assert_eq!(clean(bomb), Err(PhotoError::TooManyPixels), "bomb {number}");
        assert!(started.elapsed() < Duration::from_secs(1), "bomb {number}");
    }
    // The bombs are refused for their size, not for how they are made.
    let image = open(&clean(&black_png(640, 480)).unwrap());
    assert!(image.pixels().all(|pixel| pixel == &Rgba([0, 0, 0, 255])));
}

#[test]
fn sizes_of_nothing_are_damage() {
    let heic = Heic { size: (0, 10), ..Heic::default() };
    assert_eq!(clean(&heic.build()), Err(PhotoError::Damaged));
    assert_eq!(clean(&reframed_jpeg(0xC0, (64, 0))), Err(PhotoError::Damaged));
}
