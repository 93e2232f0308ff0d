//! AI bills of materials: CycloneDX ML-BOM.
