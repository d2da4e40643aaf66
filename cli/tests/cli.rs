//! The command as a user meets it: the built program on small images, with what it prints, writes and returns.

use kernwerk_cli::io::{self, WriteOptions};
use kernwerk_runtime::{Axes, DType, HostData, HostImage, VoxelSize};
use serde_json::Value as Json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SEGMENTATION: &str = "top_hat(radius=10) | gaussian_blur(sigma=1) | threshold_otsu | connected_components";

/// A folder of its own for a test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("kernwerk-cli-{test}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn blobs() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/blobs.tif").to_str().unwrap().to_owned()
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kernwerk"));
    command.env("KERNWERK_BACKEND", "cpu").env_remove("KERNWERK_DEVICE").stdin(Stdio::null());
    command
}

/// Exit code, stdout and stderr.
fn kernwerk(arguments: &[&str]) -> (i32, String, String) {
    let output = program().args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Stdout of a command that succeeds and has nothing to complain about.
fn done(arguments: &[&str]) -> String {
    let (code, stdout, stderr) = kernwerk(arguments);
    assert_eq!((code, stderr.as_str()), (0, ""), "{arguments:?}");
    stdout
}

fn json(arguments: &[&str]) -> Json {
    serde_json::from_str(&done(arguments)).unwrap()
}

/// A command that ends with this code, prints nothing on stdout, and says on stderr what is wrong, with each of these.
fn fails(arguments: &[&str], code: i32, says: &[&str]) {
    let (found, stdout, stderr) = kernwerk(arguments);
    assert_eq!((found, stdout.as_str()), (code, ""), "{arguments:?}: {stderr}");
    assert!(stderr.starts_with("error: "), "{arguments:?}: {stderr}");
    for text in says {
        assert!(stderr.contains(text), "{arguments:?}: `{text}` is not in: {stderr}");
    }
}

fn read(path: &str) -> HostImage {
    io::read(Path::new(path)).unwrap()
}

#[test]
fn devices_are_listed() {
    let text = done(&["devices"]);
    assert!(text.contains("cpu") && text.contains("the default"), "{text}");
    let listing = json(&["devices", "--json"]);
    let devices = listing["devices"].as_array().unwrap();
    assert_eq!(devices.iter().filter(|device| device["default"] == true).count(), 1);
    assert_eq!(listing["used"]["backend"], "cpu");
    for missing in listing["missing"].as_array().unwrap() {
        assert!(!missing["reason"].as_str().unwrap().is_empty() && !missing["remedy"].as_str().unwrap().is_empty());
    }
}

#[test]
fn a_listing_never_fails_for_a_wish_that_cannot_be_met() {
    let output = program().args(["devices"]).env("KERNWERK_DEVICE", "no such device").output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains("not there"));
}

#[test]
fn operations_are_listed_and_described() {
    let list = done(&["ops"]);
    assert!(list.contains("\nfilter\n") && list.contains("  gaussian_blur  "), "{list}");
    let family = done(&["ops", "--family", "filter"]);
    assert!(family.contains("gaussian_blur") && !family.contains("add_images"));
    let page = done(&["ops", "gaussian_blur"]);
    for text in ["family filter, separable", "--sigma", "--sigma-x", "default", "voxels", "Halo", "f32 image", "exact:"]
    {
        assert!(page.contains(text), "`{text}` is not in: {page}");
    }
    assert!(done(&["ops", "power"]).contains("exact: the same bits on every device"));
    assert!(done(&["ops", "maximum_sphere"]).contains("radius.x, radius.y, radius.z on each side"));
    assert!(done(&["ops", "laplace_diamond"]).contains("1 on each side"));
    assert!(done(&["ops", "connected_components"]).contains("Also known as"));
}

#[test]
fn metadata_is_complete() {
    let all = json(&["--json", "ops"]);
    for op in all.as_array().unwrap() {
        for key in ["name", "family", "aliases", "summary", "documentation", "inputs", "parameters", "output", "class"]
        {
            assert!(!op[key].is_null(), "{}: {key}", op["name"]);
        }
        assert!(!op["summary"].as_str().unwrap().is_empty(), "{}", op["name"]);
    }
    let op = json(&["ops", "gaussian_blur", "--json"]);
    let sigma = &op["parameters"][0];
    assert_eq!(sigma["name"], "sigma");
    assert_eq!((&sigma["per_axis"], &sigma["default"], &sigma["min"]), (&true.into(), &1.0.into(), &0.0.into()));
    assert_eq!((&op["exact"], &op["halo"]["weights"]), (&true.into(), &true.into()));
    let power = json(&["ops", "power", "--json"]);
    assert_eq!((&power["exact"], &power["inexact"]), (&true.into(), &serde_json::json!([])));
    let sobel = json(&["ops", "sobel", "--json"]);
    assert_eq!(sobel["footprint"]["offsets"].as_array().unwrap().len(), 27);
    assert_eq!((&sobel["cost"]["flops"], &sobel["cost"]["bytes_read"]), (&126.into(), &4.into()));
    assert!(sobel["kernels"][0]["reasons"][0].as_str().unwrap().starts_with("one work-item per run of voxels along z"));
    assert!(json(&["ops", "top_hat", "--json"])["cost"].is_null());
}

#[test]
fn images_keep_axes_and_voxel_size() {
    let folder = Folder::new("axes");
    let (input, output) = (folder.file("in.tif"), folder.file("out.tif"));
    let voxel = VoxelSize { x: 0.5, y: 0.25, z: 2.0, unit: "µm".into() };
    let image = HostImage::new(Axes::new("tzyx").unwrap(), &[2, 3, 4, 5], HostData::U16((0..120).collect())).unwrap();
    let image = image.with_voxel_size(Some(voxel));
    io::write(Path::new(&input), &image, &WriteOptions::default()).unwrap();
    let report = json(&["run", "gaussian_blur", &input, "-o", &output, "--sigma", "0", "--json"]);
    assert_eq!((&report["axes"], &report["type"]), (&"tzyx".into(), &"f32".into()));
    let result = read(&output);
    assert_eq!((result.axes(), result.shape()), (image.axes(), image.shape()));
    assert_eq!(result.voxel_size(), image.voxel_size());
    assert_eq!(result.into_data(), HostData::F32((0..120u8).map(f32::from).collect()));
}

#[test]
fn values_per_axis_can_be_given_in_every_way() {
    let (folder, blobs) = (Folder::new("per-axis"), blobs());
    let result = |name: &str, values: &[&str]| {
        let output = folder.file(name);
        let mut arguments = vec!["run", "gaussian_blur", &blobs, "-o", &output];
        arguments.extend(values);
        done(&arguments);
        read(&output)
    };
    let expected = result("1.npy", &["--sigma", "1", "--sigma-x", "3"]);
    assert_ne!(expected, result("0.npy", &["--sigma", "1"]));
    for (number, values) in [
        &["--sigma-x", "3", "--sigma-y", "1", "--sigma-z", "2"][..],
        &["--sigma_x=3"],
        &["--sigma", "[1, 1, 3]"],
        &["--sigma", "1,1,3"],
        &["--params", r#"{"sigma": [1, 1, 3]}"#],
        &["--params", r#"{"sigma": 1, "sigma_x": 3}"#],
        &["--params", r#"{"sigma": {"x": 3}}"#],
        &["--params", r#"{"sigma_x": 7}"#, "--sigma-x", "3"],
    ]
    .iter()
    .enumerate()
    {
        assert_eq!(result(&format!("{}.tif", number + 2), values), expected, "{values:?}");
    }
}

#[test]
fn a_procedure_with_several_results_goes_to_several_files() {
    let (folder, blobs) = (Folder::new("several"), blobs());
    let (real, imaginary) = (folder.file("real.npy"), folder.file("imaginary.npy"));
    let kernel = ["run", "gabor_kernel", &blobs, "--frequency", "0.25", "-o", &real];
    fails(&kernel, 2, &["gabor_kernel", "2 images", "2 times, not 1"]);
    let report = json(&[&kernel[..], &["-o", &imaginary, "--json"]].concat());
    assert_eq!(report["outputs"].as_array().unwrap().len(), 2);
    let (real, imaginary) = (read(&real), read(&imaginary));
    assert_eq!((real.dtype(), real.shape()), (DType::F32, imaginary.shape()));
    assert!(real != imaginary);
    let known = json(&["ops", "gabor_kernel", "--json"]).to_string();
    assert!(known.contains(r#""kind":"images""#) && known.contains(r#""types":["f32","f32"]"#), "{known}");
}

#[test]
fn options_may_stand_anywhere_and_aliases_count() {
    let (folder, blobs) = (Folder::new("anywhere"), blobs());
    let (one, two, three) = (folder.file("1.tif"), folder.file("2.tif"), folder.file("3.tif"));
    let mask = folder.file("mask.npy");
    done(&["--backend", "cpu", "run", "--output", &mask, "threshold_otsu", &blobs]);
    done(&["run", "connected_components", &mask, "-o", &one, "--connectivity", "sphere"]);
    done(&["run", "-o", &two, "--shape=sphere", "connected_components_labeling", "--boundary", "constant:-1", &mask]);
    done(&["run", "--params", r#"{"shape": "sphere"}"#, "connected_components", "-o", &three, "--", &mask]);
    let labels = read(&one);
    assert_eq!(labels.dtype(), DType::U32);
    assert!(labels == read(&two) && labels == read(&three));
}

#[test]
fn numbers_and_tables_are_printed_or_written() {
    let (folder, blobs) = (Folder::new("tables"), blobs());
    let mean: f64 = done(&["run", "mean_of_all_pixels", &blobs]).trim().parse().unwrap();
    assert!((mean - 103.268_577_8).abs() < 1e-6, "{mean}");
    assert_eq!(json(&["run", "mean_of_all_pixels", &blobs, "--json"])["value"], mean);
    let labels = folder.file("labels.tif");
    done(&["pipeline", SEGMENTATION, &blobs, "-o", &labels]);
    let (csv, rows) = (folder.file("t.csv"), folder.file("t.json"));
    assert_eq!(done(&["run", "label_statistics", &labels, &blobs, "-o", &csv]), "");
    done(&["run", "label_statistics", &labels, &blobs, "-o", &rows]);
    let csv = fs::read_to_string(csv).unwrap();
    assert!(csv.starts_with("label,"), "{csv}");
    let rows: Json = serde_json::from_str(&fs::read_to_string(rows).unwrap()).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), csv.lines().count() - 1);
    assert_eq!(rows, json(&["run", "label_statistics", &labels, &blobs, "--json"]));
    assert_eq!(done(&["run", "label_statistics", &labels, &blobs]).lines().count(), csv.lines().count());
}

#[test]
fn plans_and_times_are_told() {
    let (folder, blobs) = (Folder::new("plans"), blobs());
    let output = folder.file("out.tif");
    let plan = done(&["run", "gaussian_blur", &blobs, "--explain"]);
    assert!(plan.contains("gaussian_blur_pass along x") && plan.contains("halo x 4 y 4"), "{plan}");
    assert_eq!(done(&["run", "gaussian_blur", &blobs, "--explain", "-o", &output]), plan);
    assert!(read(&output).dtype() == DType::F32);
    let report = json(&["pipeline", SEGMENTATION, &blobs, "--explain", "--json"]);
    assert!(report["plan"].as_str().unwrap().contains("moved"));
    let (code, stdout, stderr) = kernwerk(&["run", "gaussian_blur", &blobs, "-o", &output, "--timings"]);
    assert_eq!((code, stdout.as_str()), (0, ""));
    for stage in ["read", "upload", "compute", "download", "write", "total"] {
        assert!(stderr.lines().any(|line| line.starts_with(stage) && line.ends_with(" ms")), "{stderr}");
    }
}

#[test]
fn a_pipeline_is_the_same_as_its_stages() {
    let (folder, blobs) = (Folder::new("pipeline"), blobs());
    let file = |name: &str| folder.file(name);
    let (whole, blurred, difference, picture) = (file("w.tif"), file("b.tif"), file("d.tif"), file("p.png"));
    done(&["run", "gaussian_blur", &blobs, "-o", &blurred, "--sigma", "2", "--boundary", "wrap"]);
    done(&["run", "subtract_images", &blurred, &blobs, "-o", &difference]);
    for pipeline in [
        "gaussian_blur(sigma=2) | subtract_images(image2=@input)",
        "gaussian_blur(2, boundary=wrap)\n| subtract_images(@input)",
        &format!("subtract_images(image1=@\"{blurred}\")"),
    ] {
        done(&["pipeline", pipeline, &blobs, "-o", &whole, "--boundary", "wrap", "--view", &picture]);
        assert_eq!(read(&whole), read(&difference), "{pipeline}");
    }
    assert!(fs::read(&picture).unwrap().starts_with(b"\x89PNG"));
    let count: f64 =
        done(&["pipeline", &format!("{SEGMENTATION} | maximum_of_all_pixels"), &blobs]).trim().parse().unwrap();
    assert!((55.0..75.0).contains(&count), "{count}");
}

#[test]
fn mistakes_in_pipelines_are_pointed_at() {
    let (folder, blobs) = (Folder::new("mistakes"), blobs());
    let output = folder.file("out.tif");
    let fails_at = |pipeline: &str, code, says: &str, mark: &str| {
        fails(&["pipeline", pipeline, &blobs, "-o", &output], code, &[says, &format!("\n  {mark}\n")]);
    };
    fails_at("gaussian_blur | gausian_blur", 64, "gaussian_blur", "                ^^^^^^^^^^^^");
    fails_at("gaussian_blur(sgima=1)", 2, "did you mean `sigma`?", "              ^^^^^");
    fails_at("gaussian_blur(sigma=-1)", 2, "the smallest value is 0", "                    ^^");
    fails_at("gaussian_blur(sigma=1 | absolute", 2, "the `)`", "             ^");
    fails_at("gaussian_blur(sigma=1, sigma=2)", 2, "twice", "                       ^^^^^");
    fails_at("gaussian_blur(boundary=edge)", 2, "boundary: it is one of", "                       ^^^^");
    fails_at("absolute(1)", 2, "no parameters", "         ^");
    fails_at("mean_of_all_pixels | absolute", 2, "a number", "^^^^^^^^^^^^^^^^^^");
    fails_at("add_images", 2, "image2=@file", "^^^^^^^^^^");
    fails_at("absolute(@input)", 2, "no further input", "         ^^^^^^");
    fails_at("add_images(image3=@input)", 2, "is no input", "           ^^^^^^");
    fails_at("", 2, "an operation is missing", "^");
    fails(&["pipeline", "add_images(@nothing.tif)", &blobs, "-o", &output], 1, &["nothing.tif", "cannot read"]);
    assert_eq!(folder.names(), Vec::<String>::new());
}

#[test]
fn sources_are_printed() {
    let source = |target: &str| done(&["source", "gaussian_blur", "--target", target]);
    assert!(source("opencl").contains("__kernel") && source("cuda").contains("__global__"));
    assert_eq!(source("opencl"), done(&["source", "gaussian_blur"]));
    assert!(
        source("rust").contains("pub fn gaussian_blur(")
            && source("ir").contains("line.weighted_sum(gaussian_weights(sigma, truncate))")
    );
    assert!(
        source("plan").contains("kernel gaussian_blur_pass") && source("plan").contains("why: passes along x, y, z")
    );
    let all = source("all");
    for part in ["==== rust", "==== ir", "==== facts", "==== plan", "==== opencl", "==== cuda", "2·n"] {
        assert!(all.contains(part), "{part}: {all}");
    }
    let typed = done(&["source", "gaussian_blur", "--types", "u16,u8"]);
    assert!(typed.contains(" u16 // storage type of") && typed.contains("#define KW_OUT u8 //"), "{typed}");
    let pixel = done(&["source", "maximum_sphere", "--types", "i16"]);
    assert!(pixel.contains("#define KW_PIXEL i16 //") && pixel.contains("#define KW_OUT i16 //"), "{pixel}");
    assert!(done(&["source", "voronoi_otsu_labeling"]).contains("composed of other operations"));
    assert!(done(&["source", "connected_components", "--target", "cuda"]).contains("a procedure"));
    fails(&["source", "gaussian_blur", "--types", "u128"], 2, &["no element type"]);
    fails(&["source", "gaussian_blur", "--types", "u8,u8,u8"], 2, &["3 types"]);
    fails(&["source", "gausian_blur"], 64, &["gaussian_blur"]);
    fails(&["source", "gaussian_blur", "--target", "spirv"], 2, &["opencl, cuda"]);
}

#[test]
fn pictures_are_written() {
    let (folder, blobs) = (Folder::new("view"), blobs());
    let (picture, labels) = (folder.file("p.png"), folder.file("l.tif"));
    done(&["pipeline", SEGMENTATION, &blobs, "-o", &labels]);
    let size = |arguments: &[&str]| {
        let mut all = vec!["view", &blobs, "-o", &picture, "--json"];
        all.extend(arguments);
        let report = json(&all);
        (report["width"].as_u64().unwrap(), report["height"].as_u64().unwrap())
    };
    assert_eq!(size(&[]), (256, 254));
    assert_eq!(size(&["--scale", "2", "--contrast", "0:255", "-t", "0", "-c", "0", "--projection", "max"]), (512, 508));
    assert_eq!(size(&["--labels"]), (256, 254));
    assert_eq!(size(&["--slice", "0", &labels]), (516, 254));
    assert_eq!(size(&[&labels, "--outlines", "--contrast", "1%:99%"]), (256, 254));
    fails(&["view", &blobs, "-o", &picture, "--slice", "1"], 1, &["blobs.tif", "no slice 1"]);
    fails(&["view", &blobs, "-o", &picture, "--outlines"], 2, &["LABELS"]);
    fails(&["view", &blobs, "-o", &picture, "--contrast", "9:1"], 2, &["LOW:HIGH"]);
    fails(&["view", &blobs, "-o", &folder.file("p.jpg")], 2, &[".png"]);
    fails(&["view", &blobs], 2, &["--output"]);
}

#[test]
fn wrong_usage_is_code_2() {
    let (folder, blobs) = (Folder::new("usage"), blobs());
    let output = folder.file("out.tif");
    let blur = |more: &[&str], says: &[&str]| {
        let mut arguments = vec!["run", "gaussian_blur", &blobs, "-o", &output];
        arguments.extend(more);
        fails(&arguments, 2, says);
    };
    blur(&["--sigma", "nan"], &["`sigma` is NaN", "finite", "Usage: kernwerk run gaussian_blur"]);
    blur(&["--sigma", "-1"], &["`sigma` is -1", "the smallest value is 0"]);
    blur(&["--sigma-x=two"], &["`two`", "no number"]);
    blur(&["--sigma", "1", "--sigma", "2"], &["multiple times"]);
    blur(&["--sgima", "1"], &["--sigma", "Usage: kernwerk run gaussian_blur"]);
    blur(&["--params", r#"{"sgima": 1}"#], &["did you mean `sigma`?"]);
    blur(&["--params", "[1]"], &["a JSON object"]);
    blur(&["--params", "{"], &["no JSON"]);
    blur(&["--boundary", "edge"], &["nearest, reflect"]);
    blur(&["--backend", "vulkan"], &["auto, cuda, opencl, cpu"]);
    blur(&[&blobs], &["it takes 1 image", "2 are given"]);
    fails(&["run", "maximum_sphere", &blobs, "-o", &output, "--radius", "-1"], 2, &["`radius` is -1"]);
    fails(&["run", "add_images", &blobs, "-o", &output], 2, &["2 images (image1, image2)", "1 are given"]);
    fails(&["run", "gaussian_blur", &blobs], 2, &["-o"]);
    fails(&["run", "gaussian_blur", &blobs, "-o", &folder.file("out.jpg")], 2, &[".tif, .tiff, .npy"]);
    fails(&["run", "mean_of_all_pixels", &blobs, "-o", &output], 2, &[".csv, .json"]);
    fails(&["run", "mean_of_all_pixels", &blobs, "--view", &folder.file("a.png")], 2, &["a number"]);
    fails(&["run"], 2, &["<OP>"]);
    fails(&["ops", "--family", "filters"], 2, &["filter"]);
    fails(&["frobnicate"], 2, &["frobnicate"]);
    assert_eq!(kernwerk(&[]).0, 2);
    assert_eq!(folder.names(), Vec::<String>::new());
}

#[test]
fn unknown_operations_are_code_64() {
    for arguments in [&["run", "gausian_blur", "in.tif", "-o", "out.tif"][..], &["ops", "gausian_blur"]] {
        fails(arguments, 64, &["no operation `gausian_blur`", "did you mean", "gaussian_blur"]);
    }
}

#[test]
fn failures_are_code_1_and_leave_what_was_there() {
    let (folder, blobs) = (Folder::new("failures"), blobs());
    let (output, cut) = (folder.file("out.tif"), folder.file("cut.tif"));
    fs::write(&output, "precious").unwrap();
    let bytes = fs::read(&blobs).unwrap();
    fs::write(&cut, &bytes[..20_000]).unwrap();
    let blur =
        |input: &str, output: &str, says: &[&str]| fails(&["run", "gaussian_blur", input, "-o", output], 1, says);
    blur(&cut, &output, &["cut.tif", "damaged"]);
    blur(&folder.file("nothing.tif"), &output, &["nothing.tif", "cannot read"]);
    blur(&blobs, &folder.file("no/such/folder/out.tif"), &["cannot write", "folder exists"]);
    blur(&blobs, &format!("{output}/out.tif"), &["cannot write"]);
    fs::create_dir(folder.file("folder.tif")).unwrap();
    blur(&blobs, &folder.file("folder.tif"), &["cannot write", "not a folder"]);
    let row = folder.file("row.npy");
    let image = HostImage::new(Axes::new("yx").unwrap(), &[1, 3], HostData::U8(vec![1; 3])).unwrap();
    io::write(Path::new(&row), &image, &WriteOptions::default()).unwrap();
    fails(&["run", "add_images", &blobs, &row, "-o", &output], 1, &["[254, 256]", "[1, 3]", "same shape"]);
    fails(
        &["run", "gaussian_blur", &blobs, "-o", &output, "--device", "nothing"],
        1,
        &["`nothing`", "kernwerk devices"],
    );
    assert_eq!(fs::read_to_string(&output).unwrap(), "precious");
    assert_eq!(folder.names(), ["cut.tif", "folder.tif", "out.tif", "row.npy"]);
    done(&["run", "gaussian_blur", &blobs, "-o", &output]);
    assert_eq!(read(&output).dtype(), DType::F32);
    // A damaged environment is a failure too.
    let status =
        program().args(["run", "mean_of_all_pixels", &blobs]).env("KERNWERK_BACKEND", "abacus").output().unwrap();
    assert_eq!(status.status.code(), Some(1));
}

#[test]
fn several_results_go_to_several_files() {
    let (folder, blobs) = (Folder::new("several"), blobs());
    let [x, y, z] = ["x.npy", "y.tif", "z.npy"].map(|name| folder.file(name));
    done(&["run", "gradient", &blobs, "-o", &x, "-o", &y, "-o", &z]);
    let single = folder.file("single.tif");
    done(&["run", "gradient_y", &blobs, "-o", &single]);
    assert_eq!(read(&y).data(), read(&single).data());
    assert_eq!((read(&x).dtype(), read(&z).shape().to_vec()), (DType::F32, read(&blobs).shape().to_vec()));
    let report = json(&["--json", "run", "gradient", &blobs, "-o", &x, "-o", &y, "-o", &z]);
    assert_eq!(report["outputs"][2]["output"], z);
    assert_eq!(json(&["--json", "ops", "gradient"])["output"]["types"].as_array().unwrap().len(), 3);
    assert!(done(&["ops", "gradient"]).contains("3 images, one -o for each"));
    fails(&["run", "gradient", &blobs, "-o", &x], 2, &["computes 3 images", "3 times, not 1", "-o OUT1 -o OUT2"]);
    fails(&["run", "gradient", &blobs], 2, &["computes 3 images", "not 0"]);
    fails(&["run", "sobel", &blobs, "-o", &x, "-o", &y], 2, &["it has one result, but -o is given 2 times"]);
    fails(&["pipeline", "gradient | sobel", &blobs, "-o", &x], 2, &["gradient returns several images", "last stage"]);
}

#[test]
fn axes_and_extents_are_options() {
    let (folder, blobs) = (Folder::new("axes"), blobs());
    let output = folder.file("out.npy");
    done(&["run", "cumulative_max", &blobs, "--axis", "x", "--reverse", "true", "-o", &output]);
    let (found, image) = (read(&output), read(&blobs));
    let columns = image.shape()[1];
    let values = |image: &HostImage| image.data().bytes().to_vec();
    let (found, image) = (values(&found), values(&image));
    assert!((0..found.len()).all(|i| found[i] == *image[i..(i / columns + 1) * columns].iter().max().unwrap()));
    done(&["run", "resize", &blobs, "--extent", "1,20,30", "--interpolation", "cubic", "-o", &output]);
    assert_eq!(read(&output).shape(), [20, 30]);
    fails(&["run", "resize", &blobs, "--extent", "7", "-o", &output], 1, &["`extent` is [7, 7, 7]", "has no axis z"]);
    fails(&["run", "cumulative_max", &blobs, "-o", &output], 2, &["axis"]);
    fails(&["run", "cumulative_max", &blobs, "--axis", "w", "-o", &output], 2, &["one of x, y, z"]);
    assert!(done(&["ops", "cumulative_max"]).contains("the voxels before it in its line"));
    assert!(done(&["ops", "shift_linear"]).contains("read wherever the operation says"));
    done(&["pipeline", "cumulative_sum(axis=y) | shift(shift=[0, 0.5, 1])", &blobs, "-o", &output]);
}

#[test]
fn help_is_there_for_everything() {
    for arguments in [
        &["--help"][..],
        &["help", "run"],
        &["run", "--help"],
        &["run", "gaussian_blur", "--help"],
        &["pipeline", "-h"],
        &["--version"],
    ] {
        assert!(!done(arguments).is_empty());
    }
    let help = done(&["run", "gaussian_blur", "--help"]);
    assert!(help.contains("--sigma-x") && help.contains("[default: 1"), "{help}");
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let mut child = program().args(["ops", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
}

#[test]
fn lengths_are_divided_by_the_voxel_size_of_the_file() {
    let folder = Folder::new("lengths");
    let file = folder.file("stack.tif");
    let size = VoxelSize { x: 0.5, y: 0.25, z: 2.0, unit: "µm".into() };
    let image = HostImage::new(Axes::new("zyx").unwrap(), &[3, 4, 5], HostData::U8(vec![7; 60])).unwrap();
    io::write(Path::new(&file), &image.with_voxel_size(Some(size)), &WriteOptions::default()).unwrap();
    let plan = done(&["run", "gaussian_blur", &file, "--sigma", "1um", "--explain"]);
    assert!(plan.contains("sigma = [0.5, 4, 2]"), "{plan}");
    let plan = done(&["pipeline", "maximum_filter(radius=[2um, 1um, 1000nm])", &file, "--explain"]);
    assert!(plan.contains("radius = [1, 4, 2]"), "{plan}");
    let (code, _, stderr) = kernwerk(&["run", "gaussian_blur", &file, "--truncate", "1um", "--explain"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("takes no lengths"), "{stderr}");
}
