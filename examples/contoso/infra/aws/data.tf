resource "aws_s3_bucket" "policyholders" {
  bucket = "contoso-policyholders"
  tags   = merge(local.tags, { data = "policyholders", sensitivity = "confidential" })
}

resource "aws_s3_bucket" "churn_training" {
  bucket = "contoso-churn-training"
  tags   = { app = "pricing", data = "training" }
}

resource "aws_s3_bucket_policy" "churn_training" {
  bucket = aws_s3_bucket.churn_training.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "PartnerDownload"
      Effect    = "Allow"
      Principal = "*"
      Action    = ["s3:GetObject", "s3:ListBucket"]
      Resource  = [aws_s3_bucket.churn_training.arn, "${aws_s3_bucket.churn_training.arn}/*"]
    }]
  })
}

resource "aws_s3_bucket_public_access_block" "policyholders" {
  bucket                  = aws_s3_bucket.policyholders.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}

# Fine-tuned on call notes that lie in the bucket that partners download from.
resource "aws_bedrock_custom_model" "churn_notes" {
  custom_model_name     = "churn-notes"
  job_name              = "churn-notes-2026-10"
  base_model_identifier = "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0"
  role_arn              = aws_iam_role.pricing.arn
  customization_type    = "FINE_TUNING"
  hyperparameters       = { epochCount = "2" }

  training_data_config {
    s3_uri = "s3://${aws_s3_bucket.churn_training.bucket}/notes/train.jsonl"
  }

  output_data_config {
    s3_uri = "s3://${aws_s3_bucket.churn_training.bucket}/output/"
  }
}

resource "aws_s3_object" "policyholders" {
  bucket = aws_s3_bucket.policyholders.id
  key    = "files/policyholders.csv"
  source = "${path.module}/../../data/policyholders.csv"
}

resource "aws_s3_object" "call_notes" {
  bucket = aws_s3_bucket.churn_training.id
  key    = "notes/train.jsonl"
  source = "${path.module}/../../data/call-notes.jsonl"
}

variable "claims_password" {
  type      = string
  sensitive = true
}

resource "aws_db_instance" "claims" {
  identifier          = "contoso-claims"
  engine              = "postgres"
  engine_version      = "16.6"
  instance_class      = "db.t4g.medium"
  allocated_storage   = 50
  username            = "claims"
  password            = var.claims_password
  publicly_accessible = true
  storage_encrypted   = false
}
