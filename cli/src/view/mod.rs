//! Pictures of images, for people: projections and slices, labels in colours, outlines of labels over an image,
//! channels in composite colours, panels side by side.
//!
//! In: a [`HostImage`]. Out: a [`Picture`] of 8-bit RGB pixels, which writes itself as PNG. Nothing here is meant to
//! be measured: contrast is stretched, and values are rounded to what a screen can show.

mod colour;
mod contrast;
mod picture;
mod plane;

pub use colour::{CHANNEL_COLOURS, label_colour};
pub use contrast::Contrast;
pub use picture::{Picture, montage};

use kernwerk_runtime::HostImage;
use plane::Plane;

/// Which plane of a stack is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Projection {
    /// The maximum over z; for labels, the first label that is seen from the top (z = 0), so that objects keep their
    /// shape and colour (a maximum would cut out those with small labels).
    #[default]
    Maximum,
    /// The plane with this z.
    Slice(usize),
}

/// What the values mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Labels if the elements are u32 or i32, which is what labelling gives, or else intensities.
    #[default]
    Auto,
    /// Intensities, in grey or in the colours of channels.
    Intensity,
    /// Labels, each in a colour of its own, 0 in black.
    Labels,
}

/// How an image is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewOptions {
    /// What the values mean.
    pub style: Style,
    /// Which plane is shown.
    pub projection: Projection,
    /// Which time is shown.
    pub frame: usize,
    /// Which channel is shown; `None` shows up to six together, each in a colour.
    pub channel: Option<usize>,
    /// Which values become black and white.
    pub contrast: Contrast,
    /// Side length in picture pixels of an image pixel.
    pub scale: usize,
}

impl Default for ViewOptions {
    fn default() -> ViewOptions {
        ViewOptions {
            style: Style::Auto,
            projection: Projection::Maximum,
            frame: 0,
            channel: None,
            contrast: Contrast::default(),
            scale: 1,
        }
    }
}

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ViewError {
    /// The image has no such slice, frame or channel.
    #[error("there is no {what} {asked}: the image has {extent}; use 0 to {}", .extent - 1)]
    OutOfRange {
        /// `slice`, `frame` or `channel`.
        what: &'static str,
        /// The number asked for.
        asked: usize,
        /// How many there are.
        extent: usize,
    },
    /// Too many channels for one picture.
    #[error("{channels} channels do not fit one picture of at most 6 colours; choose a channel")]
    TooManyChannels {
        /// How many there are.
        channels: usize,
    },
    /// Image and labels have planes of different size.
    #[error("the labels have {labels:?} pixels (y, x) and the image {image:?}; use labels of this image")]
    Shape {
        /// Extents of the image.
        image: [usize; 2],
        /// Extents of the labels.
        labels: [usize; 2],
    },
    /// A picture without pixels, or with more than PNG and memory can hold.
    #[error(
        "a picture of {width} x {height} pixels cannot be made; use a scale from 1 that keeps each side below 65536"
    )]
    Size {
        /// Its width.
        width: usize,
        /// Its height.
        height: usize,
    },
}

/// The picture of an image.
///
/// # Errors
/// If the slice, frame or channel does not exist, there are more channels than colours, or the picture is too large.
pub fn render(image: &HostImage, options: &ViewOptions) -> Result<Picture, ViewError> {
    if is_labels(image, options.style) {
        let labels = labels_plane(image, options)?;
        return Picture::from_fn(labels.width, labels.height, |x, y| label_colour(labels.at(x, y)))?
            .upscaled(options.scale);
    }
    let [_, channels, _, _, _] = image.shape5();
    match options.channel {
        None if channels > CHANNEL_COLOURS.len() => Err(ViewError::TooManyChannels { channels }),
        None if channels > 1 => composite(image, options)?.upscaled(options.scale),
        channel => grey(image, channel.unwrap_or(0), options)?.upscaled(options.scale),
    }
}

/// The picture of an image with the outlines of labels over it, each in the colour of its label.
///
/// The outlines are one picture pixel wide at any scale. Where only one of the two has several frames or slices, the
/// other's first is used: a label image of one frame may lie over a film.
///
/// # Errors
/// As for [`render`], or if the planes of image and labels differ in size.
pub fn render_outlines(image: &HostImage, labels: &HostImage, options: &ViewOptions) -> Result<Picture, ViewError> {
    let intensity = ViewOptions { style: Style::Intensity, ..options.clone() };
    let mut picture = render(image, &intensity)?;
    let [frames, _, slices, labels_height, labels_width] = labels.shape5();
    let projection = match options.projection {
        Projection::Slice(_) if slices == 1 => Projection::Slice(0),
        projection => projection,
    };
    let frame = if frames == 1 { 0 } else { options.frame };
    let labels = labels_plane(labels, &ViewOptions { projection, frame, channel: None, ..options.clone() })?;
    let [.., image_height, image_width] = image.shape5();
    if [labels_height, labels_width] != [image_height, image_width] {
        let labels = [labels_height, labels_width];
        return Err(ViewError::Shape { image: [image_height, image_width], labels });
    }
    let at = |x: usize, y: usize| labels.at(x / options.scale, y / options.scale);
    let (width, height) = (picture.width(), picture.height());
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let label = at(x, y);
        let left = x > 0 && at(x - 1, y) != label;
        let right = x + 1 < width && at(x + 1, y) != label;
        let above = y > 0 && at(x, y - 1) != label;
        let below = y + 1 < height && at(x, y + 1) != label;
        if label != 0 && (left || right || above || below) {
            picture.set(x, y, label_colour(label));
        }
    }
    Ok(picture)
}

fn is_labels(image: &HostImage, style: Style) -> bool {
    match style {
        Style::Auto => image.dtype().is_integer() && image.dtype().size() >= 4,
        Style::Intensity => false,
        Style::Labels => true,
    }
}

fn labels_plane(image: &HostImage, options: &ViewOptions) -> Result<Plane<u32>, ViewError> {
    plane::labels(image, options.frame, options.channel.unwrap_or(0), options.projection)
}

fn intensity_plane(image: &HostImage, channel: usize, options: &ViewOptions) -> Result<Plane<u8>, ViewError> {
    let plane = plane::maximum(image, options.frame, channel, options.projection)?;
    let range = options.contrast.range(&plane.values);
    Ok(plane.map(|value| contrast::shade(value, range)))
}

fn grey(image: &HostImage, channel: usize, options: &ViewOptions) -> Result<Picture, ViewError> {
    let plane = intensity_plane(image, channel, options)?;
    Picture::from_fn(plane.width, plane.height, |x, y| [plane.at(x, y); 3])
}

/// All channels, each with its own contrast, added up as light adds up.
fn composite(image: &HostImage, options: &ViewOptions) -> Result<Picture, ViewError> {
    let [_, channels, _, height, width] = image.shape5();
    let planes =
        (0..channels).map(|channel| intensity_plane(image, channel, options)).collect::<Result<Vec<_>, _>>()?;
    Picture::from_fn(width, height, |x, y| {
        let light = |part: usize| {
            let parts = planes.iter().zip(CHANNEL_COLOURS);
            let sum: u32 = parts.map(|(plane, colour)| u32::from(plane.at(x, y)) * u32::from(colour[part]) / 255).sum();
            sum.min(255) as u8
        };
        [light(0), light(1), light(2)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernwerk_runtime::{Axes, HostData};

    fn image(axes: &str, shape: &[usize], data: HostData) -> HostImage {
        HostImage::new(Axes::new(axes).unwrap(), shape, data).unwrap()
    }

    #[test]
    fn stacks_are_projected_and_sliced() {
        let stack = image("zyx", &[2, 1, 3], HostData::U8(vec![0, 10, 20, 5, 5, 5]));
        let options = ViewOptions { contrast: Contrast::Range(0.0, 20.0), ..ViewOptions::default() };
        let greys = |options: &ViewOptions| {
            let picture = render(&stack, options).unwrap();
            (0..3).map(|x| picture.at(x, 0)[0]).collect::<Vec<_>>()
        };
        assert_eq!(greys(&options), [64, 128, 255]);
        assert_eq!(greys(&ViewOptions { projection: Projection::Slice(1), ..options.clone() }), [64, 64, 64]);
        let error = render(&stack, &ViewOptions { projection: Projection::Slice(2), ..options }).unwrap_err();
        assert_eq!(error.to_string(), "there is no slice 2: the image has 2; use 0 to 1");
    }

    #[test]
    fn labels_show_the_first_object_from_the_top() {
        let labels = image("zyx", &[2, 1, 3], HostData::U32(vec![0, 1, 0, 7, 9, 0]));
        let picture = render(&labels, &ViewOptions::default()).unwrap();
        assert_eq!([picture.at(0, 0), picture.at(1, 0), picture.at(2, 0)], [label_colour(7), label_colour(1), [0; 3]]);
    }

    #[test]
    fn channels_are_added_in_colours() {
        let channels = image("cyx", &[2, 1, 2], HostData::U8(vec![0, 255, 255, 255]));
        let options = ViewOptions { contrast: Contrast::Range(0.0, 255.0), ..ViewOptions::default() };
        let picture = render(&channels, &options).unwrap();
        // Magenta alone; cyan and magenta together.
        assert_eq!([picture.at(0, 0), picture.at(1, 0)], [[255, 0, 255], [255, 255, 255]]);
        let one = render(&channels, &ViewOptions { channel: Some(1), ..options.clone() }).unwrap();
        assert_eq!(one.at(0, 0), [255; 3]);
        assert!(render(&channels, &ViewOptions { channel: Some(2), ..options }).is_err());
        let many = image("cyx", &[7, 1, 1], HostData::U8(vec![0; 7]));
        assert_eq!(render(&many, &ViewOptions::default()), Err(ViewError::TooManyChannels { channels: 7 }));
    }

    #[test]
    fn outlines_follow_the_labels() {
        let values = image("yx", &[5, 5], HostData::U16(vec![3; 25]));
        let mut labels = vec![0; 25];
        for y in 1..4 {
            labels[y * 5 + 1..y * 5 + 4].fill(4);
        }
        let labels = image("yx", &[5, 5], HostData::U16(labels));
        let options = ViewOptions { scale: 2, contrast: Contrast::Range(0.0, 3.0), ..ViewOptions::default() };
        let picture = render_outlines(&values, &labels, &options).unwrap();
        assert_eq!((picture.width(), picture.height()), (10, 10));
        assert_eq!([picture.at(2, 2), picture.at(3, 3), picture.at(1, 1)], [label_colour(4), [255; 3], [255; 3]]);
        let other = image("yx", &[1, 5], HostData::U16(vec![0; 5]));
        assert!(matches!(render_outlines(&values, &other, &options), Err(ViewError::Shape { .. })));
    }

    #[test]
    fn frames_and_scales_are_checked() {
        let film = image("tyx", &[2, 1, 1], HostData::I16(vec![-5, 5]));
        assert!(render(&film, &ViewOptions { frame: 1, ..ViewOptions::default() }).is_ok());
        assert!(render(&film, &ViewOptions { frame: 2, ..ViewOptions::default() }).is_err());
        for scale in [0, 70_000] {
            let error = render(&film, &ViewOptions { scale, ..ViewOptions::default() });
            assert!(matches!(error, Err(ViewError::Size { .. })));
            assert!(render_outlines(&film, &film, &ViewOptions { scale, ..ViewOptions::default() }).is_err());
        }
    }
}
