//! `kernwerk view IN [LABELS]`: a picture for people.

use std::path::PathBuf;

use crate::io;
use crate::view::{Contrast, Picture, Projection, Style, ViewError, ViewOptions, montage, render, render_outlines};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use kernwerk_runtime::HostImage;
use serde_json::json;

use super::delivery::{check_folder, ends_with, output};
use super::failure::Failure;
use super::session::{Session, print_json};

/// Pixels between panels.
const GAP: usize = 4;

pub(crate) fn command() -> Command {
    let path = |name: &'static str| Arg::new(name).value_parser(value_parser!(PathBuf));
    let number = |name: &'static str| Arg::new(name).long(name).value_parser(value_parser!(usize));
    let flag = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
    Command::new("view")
        .about("Write a picture of an image: a projection of a stack, labels in colours, outlines over an image")
        .arg(path("in").value_name("IN").required(true).help("The image: .tif, .tiff, .ome.tif or .npy"))
        .arg(path("over").value_name("LABELS").help("A label image of it, shown beside it or, with --outlines, over it"))
        .arg(output("The picture: .png").required(true))
        .arg(
            Arg::new("projection")
                .long("projection")
                .value_name("P")
                .value_parser(["maximum", "max"])
                .conflicts_with("slice")
                .help("What is shown of a stack: its maximum along z; of labels the first from the top [default: maximum]"),
        )
        .arg(number("slice").short('z').value_name("Z").help("The plane that is shown, from 0"))
        .arg(number("time").short('t').value_name("T").default_value("0").help("The frame that is shown, from 0"))
        .arg(number("channel").short('c').value_name("C").help("The channel that is shown, from 0 [default: all]"))
        .arg(flag("labels").conflicts_with("over").help("IN is a label image (u32 and i32 images are taken for such)"))
        .arg(flag("intensity").conflicts_with("labels").help("IN is no label image, whatever its type"))
        .arg(flag("outlines").requires("over").help("Draw the outlines of LABELS over IN"))
        .arg(number("scale").value_name("N").default_value("1").help("Side length of a pixel in the picture"))
        .arg(
            Arg::new("contrast")
                .long("contrast")
                .value_name("RANGE")
                .allow_hyphen_values(true)
                .value_parser(contrast)
                .help("What becomes black and white: LOW:HIGH, LOW%:HIGH% or minmax [default: 0.1%:99.9%]"),
        )
}

pub(crate) fn run(matches: &ArgMatches, session: &Session) -> Result<(), Failure> {
    let path = |name: &str| matches.get_one::<PathBuf>(name);
    let (Some(input), Some(out)) = (path("in"), path("out")) else {
        return Err(Failure::usage("view: give an image and, after -o, the picture"));
    };
    if !ends_with(out, &[".png"]) {
        return Err(Failure::usage(format!("{}: a picture goes to a file with the ending .png", out.display())));
    }
    check_folder(out)?;
    let options = options(matches);
    let mut stages = session.stages();
    let mut read = |path: &PathBuf| stages.run("read", format!("reading {}", path.display()), || io::read(path));
    let image = read(input)?;
    let labels = path("over").map(&mut read).transpose()?;
    let picture = stages.run("compute", "drawing".to_owned(), || match &labels {
        None => render(&image, &options),
        Some(labels) if matches.get_flag("outlines") => render_outlines(&image, labels, &options),
        Some(labels) => side_by_side(&image, labels, &options),
    });
    let picture = picture.map_err(|error| Failure::Failed(format!("{}: {error}", input.display())))?;
    stages.run("write", format!("writing {}", out.display()), || picture.write_png(out))?;
    stages.report();
    if session.json {
        let (width, height) = (picture.width(), picture.height());
        print_json(&json!({"output": out.to_string_lossy(), "width": width, "height": height}))?;
    }
    Ok(())
}

fn options(matches: &ArgMatches) -> ViewOptions {
    let number = |name: &str| matches.get_one::<usize>(name).copied();
    ViewOptions {
        style: match (matches.get_flag("labels"), matches.get_flag("intensity")) {
            (true, _) => Style::Labels,
            (_, true) => Style::Intensity,
            _ => Style::Auto,
        },
        projection: number("slice").map_or(Projection::Maximum, Projection::Slice),
        frame: number("time").unwrap_or(0),
        channel: number("channel"),
        contrast: matches.get_one("contrast").copied().unwrap_or_default(),
        scale: number("scale").unwrap_or(1),
    }
}

/// Two panels. A label image of one frame or plane may belong to a film or a stack.
fn side_by_side(image: &HostImage, labels: &HostImage, options: &ViewOptions) -> Result<Picture, ViewError> {
    let [frames, _, slices, _, _] = labels.shape5();
    let of_labels = ViewOptions {
        style: Style::Labels,
        projection: if slices == 1 { Projection::Maximum } else { options.projection },
        frame: if frames == 1 { 0 } else { options.frame },
        channel: None,
        ..options.clone()
    };
    montage(&[render(image, options)?, render(labels, &of_labels)?], 2, GAP)
}

/// Reads `minmax`, `0:255` and `1%:99%`.
fn contrast(text: &str) -> Result<Contrast, String> {
    if text.eq_ignore_ascii_case("minmax") {
        return Ok(Contrast::MinMax);
    }
    let wrong = || "give LOW:HIGH, LOW%:HIGH% or minmax, LOW below HIGH".to_owned();
    let (low, high) = text.split_once(':').ok_or_else(wrong)?;
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    let percent = |text: &str| text.trim().strip_suffix('%').and_then(number).filter(|p| (0.0..=100.0).contains(p));
    match (percent(low), percent(high), number(low), number(high)) {
        (Some(low), Some(high), ..) if low < high => Ok(Contrast::Percentiles(low, high)),
        (None, None, Some(low), Some(high)) if (low as f32) < high as f32 => {
            Ok(Contrast::Range(low as f32, high as f32))
        }
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrasts_are_read() {
        assert_eq!(contrast("MinMax"), Ok(Contrast::MinMax));
        assert_eq!(contrast("-5:10.5"), Ok(Contrast::Range(-5.0, 10.5)));
        assert_eq!(contrast("1%: 99%"), Ok(Contrast::Percentiles(1.0, 99.0)));
        for wrong in ["", "5", "5:5", "9:1", "1%:99", "-1%:5%", "nan:1", "0:inf", "1:2:3"] {
            assert!(contrast(wrong).is_err(), "{wrong}");
        }
    }
}
