data "aws_iam_policy_document" "bedrock_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["bedrock.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "claims_agent" {
  name               = "claims-agent"
  assume_role_policy = data.aws_iam_policy_document.bedrock_trust.json
}

# Everything on everything: the agent only needs its model and its knowledge base.
resource "aws_iam_role_policy" "claims_agent" {
  name = "claims-agent"
  role = aws_iam_role.claims_agent.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "bedrock:*", Resource = "*" },
      { Effect = "Allow", Action = ["s3:GetObject", "s3:ListBucket"], Resource = [aws_s3_bucket.policyholders.arn, "${aws_s3_bucket.policyholders.arn}/*"] }
    ]
  })
}

resource "aws_iam_role" "knowledge_base" {
  name               = "policyholders-kb"
  assume_role_policy = data.aws_iam_policy_document.bedrock_trust.json
}

data "aws_iam_policy_document" "knowledge_base" {
  statement {
    actions   = ["s3:GetObject", "s3:ListBucket"]
    resources = [aws_s3_bucket.policyholders.arn, "${aws_s3_bucket.policyholders.arn}/*"]
  }
  statement {
    actions   = ["aoss:APIAccessAll"]
    resources = [aws_opensearchserverless_collection.vectors.arn]
  }
}

resource "aws_iam_role_policy" "knowledge_base" {
  name   = "policyholders-kb"
  role   = aws_iam_role.knowledge_base.id
  policy = data.aws_iam_policy_document.knowledge_base.json
}

resource "aws_iam_role" "refund" {
  name = "claims-refund"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy_attachment" "refund" {
  role       = aws_iam_role.refund.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonBedrockFullAccess"
}

resource "aws_iam_role" "vllm" {
  name = "vllm-summaries"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "vllm" {
  name = "invoke-claims-agent"
  role = aws_iam_role.vllm.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["bedrock:InvokeAgent", "bedrock:Retrieve"], Resource = "*" }]
  })
}

resource "aws_iam_role" "pricing" {
  name = "pricing-lab"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "sagemaker.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "pricing" {
  name = "pricing-lab"
  role = aws_iam_role.pricing.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }]
  })
}
