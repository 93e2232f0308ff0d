//! Finds AI assets in code, infrastructure files and clouds.
