//! Makes an uploaded photo safe to store and to show.
//!
//! What a customer uploads is never kept as it came. A phone writes the place where a photo was
//! taken into the file, and a hostile file can be a picture to one program and a web page to
//! another. So a photo is recognised by its content alone, its pixels are decoded and a new file
//! is written from them: whatever was not a pixel (EXIF with its GPS position, XMP, IPTC, comments,
//! colour profiles, bytes after the end) has no way into it.
//!
//! HEIC is the exception: no decoder for it may be shipped with this program, so [`super::heif`]
//! scrubs such a file in place.

use std::io::Cursor;
use std::{error, fmt, panic};

use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::{CompressionType, FilterType, PngDecoder, PngEncoder};
use image::codecs::webp::WebPDecoder;
use image::{DynamicImage, ImageDecoder, ImageError, Limits, Rgb, RgbImage};

use super::heif;

/// The most pixels a photo may claim. The largest phone cameras in common use take 48 megapixels.
const MAX_PIXELS: u64 = 50_000_000;

/// The most pixels a side may claim, which keeps row buffers small whatever the other side is.
const MAX_SIDE: u32 = 16_384;

/// The longest side of a stored photo: enough to read a receipt, a fraction of what cameras take.
const STORED_SIDE: u32 = 2_560;

/// The most memory one decoding may claim, its output and the decoder's working memory together.
const MAX_MEMORY: u64 = 256 * 1024 * 1024;

/// The most segments of a JPEG, which hold its tables and notes. Real files have a few dozen, or
/// a few hundred where a long note comes in pieces.
const MAX_SEGMENTS: u32 = 2_000;

/// Above this JPEG grows faster than it looks better.
const JPEG_QUALITY: u8 = 85;

/// A photo with nothing in it but the picture, ready to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// The whole file, written anew (HEIC: scrubbed).
    pub bytes: Vec<u8>,
    /// What `bytes` is. It follows from the content and may differ from what the upload declared,
    /// so it is what has to be sent along when the photo is served.
    pub content_type: &'static str,
    /// Width as shown, that is after the camera's rotation, so that clients can lay out a page
    /// before they load the photo.
    pub width: u32,
    /// Height as shown.
    pub height: u32,
}

/// Why an upload cannot be kept as a photo. The three differ in what the customer can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhotoError {
    /// The content is none of JPEG, PNG, WebP and HEIC: choose another file.
    NotAnImage,
    /// Decoding it would take more pixels or memory than one upload may have: send a smaller one.
    TooManyPixels,
    /// It starts like a photo but is cut off, corrupt or of a kind no decoder here knows: upload
    /// it again or send a screenshot of it.
    Damaged,
}

impl fmt::Display for PhotoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAnImage => "the file is not a JPEG, PNG, WebP or HEIC image",
            Self::TooManyPixels => "the image has too many pixels",
            Self::Damaged => "the image is damaged or incomplete",
        })
    }
}

impl error::Error for PhotoError {}

impl From<ImageError> for PhotoError {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Limits(_) => Self::TooManyPixels,
            _ => Self::Damaged,
        }
    }
}

/// Recognises, checks, cleans and normalises an uploaded photo.
///
/// JPEG and PNG stay what they are, WebP becomes JPEG (only lossless WebP can be written here,
/// which would make a photo many times larger). The camera's rotation is applied, since the note
/// that asks for it is dropped, and larger photos are scaled down to 2560 pixels on the longest
/// side. Of an animation the first frame is kept. HEIC keeps its pixels as they are.
///
/// This is work for the processor, a few tenths of a second for a large photo: call it where it
/// holds up no other request.
///
/// # Errors
///
/// See [`PhotoError`].
pub fn clean(bytes: &[u8]) -> Result<Photo, PhotoError> {
    if let Some(content_type) = heif::recognise(bytes) {
        return heif::clean(bytes, content_type);
    }
    // The decoders are fuzzed, but they are not ours and they read what strangers send: should one
    // of them ever panic, it is that one file that cannot be read.
    panic::catch_unwind(|| {
        if bytes.starts_with(b"\xFF\xD8\xFF") {
            clean_jpeg(bytes)
        } else if bytes.starts_with(b"\x89PNG\r\n\x1A\n") {
            clean_png(bytes)
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            clean_webp(bytes)
        } else {
            Err(PhotoError::NotAnImage)
        }
    })
    .unwrap_or(Err(PhotoError::Damaged))
}

/// Refuses sizes no honest photo has. A few kilobytes can claim billions of pixels, so this is
/// asked of a header, before memory is taken for the pixels.
pub(super) fn check_size(width: u32, height: u32) -> Result<(), PhotoError> {
    if width == 0 || height == 0 {
        return Err(PhotoError::Damaged);
    }
    let pixels = u64::from(width) * u64::from(height);
    if width > MAX_SIDE || height > MAX_SIDE || pixels > MAX_PIXELS {
        return Err(PhotoError::TooManyPixels);
    }
    Ok(())
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    limits
}

fn clean_jpeg(bytes: &[u8]) -> Result<Photo, PhotoError> {
    let planes = jpeg_planes(bytes)?;
    let decoder = JpegDecoder::new(Cursor::new(bytes))?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    let scratch = planes.bytes(u64::from(width) * u64::from(height));
    jpeg(&decode(decoder, scratch)?)
}

fn clean_png(bytes: &[u8]) -> Result<Photo, PhotoError> {
    let decoder = PngDecoder::with_limits(Cursor::new(bytes), limits())?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    check_png_is_whole(bytes)?;
    let image = decode(decoder, 0)?;
    // Sixteen bits a channel are for editing; a screen shows eight.
    let image = match image {
        DynamicImage::ImageLuma16(_) => image.into_luma8().into(),
        DynamicImage::ImageLumaA16(_) => image.into_luma_alpha8().into(),
        DynamicImage::ImageRgb16(_) => image.into_rgb8().into(),
        DynamicImage::ImageRgba16(_) => image.into_rgba8().into(),
        image => image,
    };
    let mut bytes = Vec::new();
    // Half the size of `Fast` for a quarter of a second; the levels above save a tenth more.
    image.write_with_encoder(PngEncoder::new_with_quality(
        &mut bytes,
        CompressionType::Level(2),
        FilterType::Adaptive,
    ))?;
    Ok(photo(&image, bytes, "image/png"))
}

fn clean_webp(bytes: &[u8]) -> Result<Photo, PhotoError> {
    let (whole, scratch_per_pixel) = webp_container(bytes)?;
    let decoder = WebPDecoder::new(Cursor::new(whole))?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    let pixels = u64::from(width) * u64::from(height);
    let image = decode(decoder, scratch_per_pixel * pixels)?;
    jpeg(&on_white(image))
}

/// Decodes within the limits, then scales and turns. In this order: turning copies the picture,
/// which is cheaper once it is small.
fn decode(mut decoder: impl ImageDecoder, scratch: u64) -> Result<DynamicImage, PhotoError> {
    let mut limits = limits();
    limits.reserve(scratch)?;
    limits.reserve(decoder.total_bytes())?;
    decoder.set_limits(limits)?;
    let orientation = decoder.orientation()?;
    let mut image = shrink(DynamicImage::from_decoder(decoder)?);
    image.apply_orientation(orientation);
    Ok(image)
}

fn shrink(image: DynamicImage) -> DynamicImage {
    let (width, height) = (image.width(), image.height());
    let longest = width.max(height);
    if longest <= STORED_SIDE {
        return image;
    }
    let scale = |side: u32| {
        let exact = u64::from(side) * u64::from(STORED_SIDE) + u64::from(longest / 2);
        u32::try_from(exact / u64::from(longest)).map_or(1, |side| side.max(1))
    };
    image.thumbnail_exact(scale(width), scale(height))
}

/// JPEG has no transparency, and what is drawn to be seen on a page is drawn for a white one.
fn on_white(image: DynamicImage) -> DynamicImage {
    let DynamicImage::ImageRgba8(image) = image else {
        return image;
    };
    let mut flat = RgbImage::new(image.width(), image.height());
    for (to, from) in flat.pixels_mut().zip(image.pixels()) {
        let [red, green, blue, alpha] = from.0.map(u32::from);
        *to = Rgb([red, green, blue].map(|colour| {
            let mixed = (colour * alpha + 255 * (255 - alpha) + 127) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        }));
    }
    flat.into()
}

fn jpeg(image: &DynamicImage) -> Result<Photo, PhotoError> {
    let mut bytes = Vec::new();
    image.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY))?;
    Ok(photo(image, bytes, "image/jpeg"))
}

fn photo(image: &DynamicImage, bytes: Vec<u8>, content_type: &'static str) -> Photo {
    Photo { bytes, content_type, width: image.width(), height: image.height() }
}

/// What a JPEG decoder has to hold of a picture that does not come row by row.
#[derive(Default)]
struct Planes {
    /// Samples in the smallest block that all components share.
    samples: u64,
    /// Pixels in that block.
    block: u64,
    components: u8,
    /// Whether the picture comes in several passes, so that it has to be held between them.
    held: bool,
}

impl Planes {
    /// Reads how finely each component is sampled, from the last part of a frame header.
    fn of(components: u8, parts: &[u8], held: bool) -> Self {
        let (mut samples, mut across, mut down) = (0, 1, 1);
        for factors in parts.chunks_exact(3).filter_map(|part| part.get(1)) {
            let (horizontal, vertical) = (u64::from(factors >> 4), u64::from(factors & 15));
            samples += horizontal * vertical;
            across = across.max(horizontal);
            down = down.max(vertical);
        }
        let block = across * down;
        Self { samples, block, components, held }
    }

    fn bytes(&self, pixels: u64) -> u64 {
        const COEFFICIENT: u64 = 2;
        if self.held { pixels.saturating_mul(COEFFICIENT * self.samples) / self.block.max(1) } else { 0 }
    }
}

/// Walks a JPEG from marker to marker, for three things the decoder leaves open: it fills what is
/// missing from a cut-off file with grey, it keeps to no limit of memory when it has to hold the
/// whole picture's coefficients, and it takes a minute over a hundred thousand notes.
fn jpeg_planes(bytes: &[u8]) -> Result<Planes, PhotoError> {
    let mut planes = Planes::default();
    let mut scanned = false;
    let mut segments = 0;
    let mut rest = bytes.get(2..).unwrap_or_default();
    loop {
        let skip = rest.iter().position(|&byte| byte == 0xFF);
        let found = skip.map_or([].as_slice(), |skip| rest.get(skip + 1..).unwrap_or_default());
        let (&marker, after) = found.split_first().ok_or(PhotoError::Damaged)?;
        rest = after;
        match marker {
            // Padding, which may be followed by the marker itself.
            0xFF => rest = found,
            // An escaped byte of the picture, or a place to take up decoding again.
            0x00 | 0xD0..=0xD7 if scanned => {}
            0xD9 if scanned => return Ok(planes),
            0x00 | 0x01 | 0xD0..=0xD9 => return Err(PhotoError::Damaged),
            _ => {
                let length = after.first_chunk().ok_or(PhotoError::Damaged)?;
                let length = usize::from(u16::from_be_bytes(*length));
                let body = after.get(2..length).ok_or(PhotoError::Damaged)?;
                rest = after.get(length..).ok_or(PhotoError::Damaged)?;
                segments += 1;
                if segments > MAX_SEGMENTS {
                    return Err(PhotoError::Damaged);
                }
                match (marker, body) {
                    // Huffman tables and arithmetic coding sit among the frame headers' numbers.
                    (0xC4 | 0xC8 | 0xCC, _) => {}
                    (0xC0..=0xCF, _) if planes.components > 0 => return Err(PhotoError::Damaged),
                    (0xC0..=0xCF, &[_, _, _, _, _, components, ref parts @ ..]) => {
                        planes = Planes::of(components, parts, marker == 0xC2);
                    }
                    (0xDA, &[components, ..]) => {
                        planes.held |= components < planes.components;
                        scanned = true;
                    }
                    _ => {}
                }
            }
        }
    }
}

/// The decoder stops at the last pixel; a file that lacks what follows was cut off all the same.
fn check_png_is_whole(bytes: &[u8]) -> Result<(), PhotoError> {
    let mut rest = bytes.get(8..).unwrap_or_default();
    while let Some((length, after)) = rest.split_first_chunk() {
        let checksummed = usize::try_from(u32::from_be_bytes(*length)).ok();
        let end = checksummed.and_then(|length| length.checked_add(8));
        rest = end.and_then(|end| after.get(end..)).ok_or(PhotoError::Damaged)?;
        if after.starts_with(b"IEND") {
            return Ok(());
        }
    }
    Err(PhotoError::Damaged)
}

/// Checks that every chunk of a WebP is all there, which the decoder takes on trust, and tells
/// where the file ends and how much working memory decoding it takes, in bytes a pixel.
fn webp_container(bytes: &[u8]) -> Result<(&[u8], u64), PhotoError> {
    let (size, _) = chunk_size(bytes.get(4..).unwrap_or_default())?;
    let end = size.checked_add(8).ok_or(PhotoError::Damaged)?;
    let whole = bytes.get(..end).ok_or(PhotoError::Damaged)?;
    // Luma, chroma and what steers the decoding.
    let mut scratch_per_pixel = 2;
    let mut parts = vec![whole.get(12..).ok_or(PhotoError::Damaged)?];
    while let Some(mut rest) = parts.pop() {
        while let Some((kind, after)) = rest.split_first_chunk::<4>() {
            let (size, after) = chunk_size(after)?;
            let body = after.get(..size).ok_or(PhotoError::Damaged)?;
            // The byte that fills up an odd chunk is often missing at the end of the file.
            rest = after.get(size + (size & 1)..).unwrap_or_default();
            match kind {
                // A frame of an animation: sixteen bytes of where and how, then chunks again.
                b"ANMF" => parts.push(body.get(16..).ok_or(PhotoError::Damaged)?),
                // It tells its size again, and the decoder believes it before it compares.
                b"VP8 " => match body.get(6..10) {
                    Some(&[w, w_high, h, h_high]) => check_size(
                        u32::from(u16::from_le_bytes([w, w_high]) & 0x3FFF),
                        u32::from(u16::from_le_bytes([h, h_high]) & 0x3FFF),
                    )?,
                    _ => return Err(PhotoError::Damaged),
                },
                _ => {}
            }
            // Alpha, lossless pictures and animations are put together in buffers of their own.
            if matches!(kind, b"ANMF" | b"ALPH" | b"VP8L") {
                scratch_per_pixel = 8;
            }
        }
    }
    Ok((whole, scratch_per_pixel))
}

/// Takes the length that a chunk starts with off it.
fn chunk_size(bytes: &[u8]) -> Result<(usize, &[u8]), PhotoError> {
    let (size, rest) = bytes.split_first_chunk().ok_or(PhotoError::Damaged)?;
    let size = usize::try_from(u32::from_le_bytes(*size)).map_err(|_| PhotoError::Damaged)?;
    Ok((size, rest))
}
