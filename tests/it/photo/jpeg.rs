//! JPEG.

use std::time::Duration;
use std::time::Instant;

use image::GrayImage;
use image::ImageFormat;
use image::Luma;
use yijian::attachments::photo::PhotoError;
use yijian::attachments::photo::clean;

use super::{
    GPS, RED, XMP, assert_close, assert_nothing_private, contains, encode, marked, open, private_jpeg, private_png,
    private_webp, segment, with,
};

#[test]
fn jpeg_loses_its_notes_and_is_turned() {
    let upload = private_jpeg(6);
    assert!(contains(&upload, GPS) && contains(&upload, XMP));
    let photo = clean(&upload).unwrap();
    assert_eq!(photo.content_type, "image/jpeg");
    assert_nothing_private(&photo);
    let image = open(&photo);
    assert_eq!(image.dimensions(), (48, 64));
    assert_close(*image.get_pixel(43, 4), RED);
    assert_close(*image.get_pixel(4, 4), [128; 3]);
}

#[test]
fn jpeg_consists_of_picture_segments_alone() {
    let photo = clean(&private_jpeg(1)).unwrap();
    let mut kinds = Vec::new();
    let mut at = 2;
    loop {
        kinds.push(photo.bytes[at + 1]);
        if kinds.last() == Some(&0xDA) {
            break;
        }
        at += 2 + usize::from(u16::from_be_bytes([photo.bytes[at + 2], photo.bytes[at + 3]]));
    }
    assert!(kinds.iter().all(|kind| [0xC0, 0xC4, 0xDA, 0xDB, 0xE0].contains(kind)));
    assert_eq!(photo.bytes[photo.bytes.len() - 2..], [0xFF, 0xD9]);
}

#[test]
fn every_orientation_is_applied() {
    let corners = [(4, 4), (59, 4), (59, 43), (4, 43), (4, 4), (43, 4), (43, 59), (4, 59)];
    for (orientation, (x, y)) in (1..).zip(corners) {
        for upload in [private_jpeg(orientation), private_png(orientation), private_webp(marked(64, 48), orientation)] {
            let image = open(&clean(&upload).unwrap());
            let turned = orientation > 4;
            assert_eq!(image.dimensions(), if turned { (48, 64) } else { (64, 48) });
            assert_close(*image.get_pixel(x, y), RED);
        }
    }
}

#[test]
fn grey_jpeg_stays_grey() {
    let upload = encode(GrayImage::from_pixel(20, 10, Luma([90])), ImageFormat::Jpeg);
    let photo = clean(&upload).unwrap();
    let image = image::load_from_memory(&photo.bytes).unwrap();
    assert_eq!(image.color(), image::ColorType::L8);
}

#[test]
fn jpeg_with_padded_markers_is_read() {
    let upload = with(&private_jpeg(1), 2, &[0xFF, 0xFF, 0xFF]);
    assert!(clean(&upload).is_ok());
}

#[test]
fn jpeg_with_a_flood_of_notes_is_refused_at_once() {
    let note: &[&[u8]] = &[
        b"http://ns.adobe.com/xmp/extension/\0",
        b"0123456789ABCDEF0123456789ABCDEF",
        &[0, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0],
    ];
    let notes = segment(0xE1, note).repeat(100_000);
    let upload = with(&encode(marked(64, 48), ImageFormat::Jpeg), 2, &notes);
    let started = Instant::now();
    assert_eq!(clean(&upload), Err(PhotoError::Damaged));
    assert!(started.elapsed() < Duration::from_secs(2));
}
