//! WebP.

use image::ImageFormat;
use image::RgbImage;
use image::Rgba;
use image::RgbaImage;
use yijian::attachments::photo::clean;

use super::{
    GPS, LOSSY_WEBP, RED, XMP, assert_close, assert_nothing_private, contains, encode, extended_webp, marked, open,
    private_webp, webp_chunk,
};

#[test]
fn webp_becomes_a_jpeg_without_notes() {
    let upload = private_webp(marked(64, 48), 6);
    assert!(contains(&upload, GPS) && contains(&upload, XMP));
    let photo = clean(&upload).unwrap();
    assert_eq!(photo.content_type, "image/jpeg");
    assert_nothing_private(&photo);
    let image = open(&photo);
    assert_eq!(image.dimensions(), (48, 64));
    assert_close(*image.get_pixel(43, 4), RED);
}

#[test]
fn lossy_webp_becomes_a_jpeg() {
    let image = open(&clean(&LOSSY_WEBP).unwrap());
    assert_eq!(image.dimensions(), (32, 16));
    assert_close(*image.get_pixel(4, 8), [200, 30, 30]);
    assert_close(*image.get_pixel(28, 8), [20, 40, 220]);
}

#[test]
fn transparent_webp_is_put_on_white() {
    let half = RgbaImage::from_fn(64, 32, |x, _| Rgba(if x < 32 { [0, 0, 0, 0] } else { [0, 0, 0, 128] }));
    let image = open(&clean(&private_webp(half, 1)).unwrap());
    assert_close(*image.get_pixel(8, 8), [255; 3]);
    assert_close(*image.get_pixel(56, 8), [127; 3]);
}

#[test]
fn animated_webp_becomes_its_first_frame() {
    let frame = |image: RgbImage| {
        let place = [0, 0, 0, 0, 0, 0, 63, 0, 0, 47, 0, 0, 100, 0, 0, 0];
        let plain = encode(image, ImageFormat::WebP);
        webp_chunk(*b"ANMF", &[&place, &plain[12..]].concat())
    };
    let chunks = [webp_chunk(*b"ANIM", &[0; 6]), frame(marked(64, 48)), frame(RgbImage::new(64, 48))];
    let upload = extended_webp(0x02, (64, 48), &chunks.concat());
    let image = open(&clean(&upload).unwrap());
    assert_close(*image.get_pixel(4, 4), RED);
    assert_close(*image.get_pixel(40, 40), [128; 3]);
}
