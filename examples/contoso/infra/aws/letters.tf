# Drafts letters. This is how an agent should look: guarded, encrypted, with a role for its one model.
resource "aws_kms_key" "data" {
  description         = "contoso data"
  enable_key_rotation = true
}

resource "aws_bedrock_guardrail" "staff" {
  name                      = "staff-chat"
  kms_key_arn               = aws_kms_key.data.arn
  blocked_input_messaging   = "Please rephrase."
  blocked_outputs_messaging = "I cannot answer that."

  content_policy_config {
    filters_config {
      type            = "PROMPT_ATTACK"
      input_strength  = "HIGH"
      output_strength = "NONE"
    }
  }

  sensitive_information_policy_config {
    pii_entities_config {
      type   = "CREDIT_DEBIT_CARD_NUMBER"
      action = "BLOCK"
    }
  }
}

resource "aws_bedrockagent_agent" "letters" {
  agent_name                  = "letter-agent"
  agent_resource_role_arn     = aws_iam_role.letters.arn
  foundation_model            = "amazon.nova-pro-v1:0"
  idle_session_ttl_in_seconds = 600
  customer_encryption_key_arn = aws_kms_key.data.arn
  instruction                 = "You draft letters to policyholders from notes. You never promise a payment."

  guardrail_configuration {
    guardrail_identifier = aws_bedrock_guardrail.staff.guardrail_id
    guardrail_version    = "1"
  }
}

resource "aws_iam_role" "letters" {
  name               = "letter-agent"
  assume_role_policy = data.aws_iam_policy_document.bedrock_trust.json
}

resource "aws_iam_role_policy" "letters" {
  name = "letter-agent"
  role = aws_iam_role.letters.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "bedrock:InvokeModel", Resource = "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-pro-v1:0" }]
  })
}

resource "aws_s3_bucket" "letters" {
  bucket = "contoso-letters"
  tags   = { app = "letters" }
}

resource "aws_s3_bucket_public_access_block" "letters" {
  bucket                  = aws_s3_bucket.letters.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "letters" {
  bucket = aws_s3_bucket.letters.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}
