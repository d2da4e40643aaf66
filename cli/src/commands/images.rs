//! Images from files to a device. Invariant: each file is read once, however often it is named.

use std::path::{Path, PathBuf};

use crate::io;
use kernwerk_runtime::{AnyExpr, AnyImage, Device};

use super::failure::Failure;
use super::session::Session;
use super::stages::Stages;

/// The images of one command.
pub(crate) struct Images {
    device: Device,
    known: Vec<(PathBuf, AnyImage)>,
}

impl Images {
    /// No images yet, on the device that the session asks for.
    pub(crate) fn new(session: &Session) -> Result<Images, Failure> {
        Ok(Images { device: session.device()?, known: Vec::new() })
    }

    /// Reads a file and copies it to the device.
    pub(crate) fn read(&mut self, path: &Path, stages: &mut Stages) -> Result<AnyExpr, Failure> {
        if let Some((_, image)) = self.known.iter().find(|(known, _)| known == path) {
            return Ok(AnyExpr::image(image.clone()));
        }
        let host = stages.run("read", format!("reading {}", path.display()), || io::read(path))?;
        let image = stages.run("upload", format!("copying to {}", self.device), || {
            let image = self.device.upload_host(&host)?;
            // Otherwise the copy would be counted where somebody waits for it.
            self.device.synchronize().map(|()| image)
        })?;
        self.known.push((path.to_owned(), image.clone()));
        Ok(AnyExpr::image(image))
    }

    /// Where the images are.
    pub(crate) fn device(&self) -> &Device {
        &self.device
    }
}
