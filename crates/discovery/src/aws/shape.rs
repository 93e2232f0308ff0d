//! How an answer becomes an asset: a table per resource type, so that adding a property or relation is adding a row.

use picket_model::{Asset, AssetKind, Provider, RelationKind};
use serde_json::Value;

use super::{
    scope::Scope,
    value::{pick, tags, text, texts},
};
use crate::{catalogue::is_inference_profile, image};

/// The shape of one resource type.
pub(super) struct Shape {
    pub(super) kind: AssetKind,
    /// CloudFormation type.
    pub(super) native_type: &'static str,
    /// JSON pointer of its ARN.
    pub(super) arn: &'static str,
    /// JSON pointer of its name.
    pub(super) name: &'static str,
    /// Our property and where its value stands.
    pub(super) properties: &'static [(&'static str, &'static str)],
    /// A relation from it, where the other end's name stands, and what kind of name that is.
    pub(super) relations: &'static [(RelationKind, &'static str, End)],
}

/// How AWS names the other end of a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// By ARN.
    Arn,
    /// By an `s3://bucket/key` URI.
    S3Uri,
    /// By a foundation model's id, or the ARN of any model or inference profile.
    Model,
    /// By a KMS key's id, alias or ARN.
    Key,
    /// By an image reference.
    Image,
    /// By an id within a service of this account and region: service and resource prefix.
    Here(&'static str, &'static str),
}

impl Scope<'_> {
    /// Makes the asset that `answer` describes and draws its relations. The asset is returned to be completed and gathered;
    /// without an ARN there is none.
    pub(super) fn shape(&self, shape: &Shape, answer: &Value) -> Option<Asset> {
        let arn = text(answer, shape.arn)?;
        let name = text(answer, shape.name).unwrap_or(arn);
        let mut asset = self.asset(arn, shape.kind, shape.native_type, name);
        for (key, pointer) in shape.properties {
            asset.set(key, pick(answer, pointer));
        }
        for list in ["/tags", "/Tags", "/TagList", "/tagSet"] {
            asset.tags.extend(tags(&pick(answer, list)));
        }
        for (kind, pointer, end) in shape.relations {
            for name in texts(answer, pointer) {
                if let Some(target) = self.end(*end, name) {
                    self.relate(arn, *kind, &target);
                }
            }
        }
        Some(asset)
    }

    /// As [`Scope::shape`], gathered at once.
    pub(super) fn add(&self, shape: &Shape, answer: &Value) {
        if let Some(asset) = self.shape(shape, answer) {
            self.gather().asset(asset);
        }
    }

    /// The id of a relation's other end. Models and images, which no list shows, become assets by being referred to.
    pub(super) fn end(&self, end: End, name: &str) -> Option<String> {
        let arn = name.starts_with("arn:");
        match end {
            End::Arn => arn.then(|| name.to_owned()),
            End::S3Uri => s3_bucket(name).map(|bucket| self.bucket(bucket)),
            End::Model => Some(self.model(name)),
            End::Key | End::Here(..) if arn => Some(name.to_owned()),
            End::Key if name.starts_with("alias/") => Some(self.arn("kms", name)),
            End::Key => Some(self.arn("kms", &format!("key/{name}"))),
            End::Image => Some(self.image(name)),
            End::Here(service, prefix) => Some(self.arn(service, &format!("{prefix}{name}"))),
        }
    }

    /// The ARN of a model that is referred to; a foundation model becomes an asset by that.
    fn model(&self, reference: &str) -> String {
        let (arn, id) = match reference.split_once(":foundation-model/") {
            Some((_, id)) => (reference.to_owned(), id),
            None if reference.starts_with("arn:") => return reference.to_owned(),
            None if is_inference_profile(reference) => {
                return self.arn("bedrock", &format!("inference-profile/{reference}"));
            }
            None => {
                let arn = format!(
                    "arn:{}:bedrock:{}::foundation-model/{reference}",
                    self.partition, self.region
                );
                (arn, reference)
            }
        };
        let region = arn.split(':').nth(3).unwrap_or(&self.region).to_owned();
        let model = Asset::new(&*arn, AssetKind::Model, id, Provider::Aws, &*self.account)
            .native_type("AWS::Bedrock::FoundationModel")
            .region(region)
            .with("publisher", publisher(id));
        self.gather().asset(model);
        arn
    }

    fn image(&self, reference: &str) -> String {
        let image = image::asset(reference, Provider::Aws, &self.account);
        let id = image.id.to_string();
        self.gather().asset(image);
        id
    }
}

/// The bucket of an `s3://bucket/key` URI.
pub(super) fn s3_bucket(uri: &str) -> Option<&str> {
    let rest = uri.strip_prefix("s3://")?;
    rest.split('/').next().filter(|bucket| !bucket.is_empty())
}

/// Who makes a foundation model, as the first part of its id says.
fn publisher(id: &str) -> String {
    let maker = id.split('.').next().unwrap_or(id);
    match maker {
        "ai21" => "AI21 Labs".to_owned(),
        "mistral" => "Mistral AI".to_owned(),
        "stability" => "Stability AI".to_owned(),
        "deepseek" => "DeepSeek".to_owned(),
        "openai" => "OpenAI".to_owned(),
        maker => {
            let mut letters = maker.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
                .unwrap_or_default()
        }
    }
}
