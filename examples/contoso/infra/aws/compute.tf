resource "aws_lambda_function" "refund" {
  function_name = "claims-refund"
  role          = aws_iam_role.refund.arn
  runtime       = "python3.13"
  handler       = "refund.handler"
  filename      = "refund.zip"
  tags          = local.tags

  environment {
    variables = {
      LEDGER_URL     = "https://ledger.contoso.example/v2"
      LEDGER_API_KEY = "ledger-demo-key-not-a-real-one-0001"
      AGENT_ID       = aws_bedrockagent_agent.claims.agent_id
    }
  }
}

resource "aws_lambda_function_url" "refund" {
  function_name      = aws_lambda_function.refund.function_name
  authorization_type = "NONE"
}

resource "aws_vpc" "ai" {
  cidr_block = "10.40.0.0/16"
  tags       = { Name = "contoso-ai" }
}

resource "aws_subnet" "public" {
  vpc_id                  = aws_vpc.ai.id
  cidr_block              = "10.40.1.0/24"
  map_public_ip_on_launch = true
  tags                    = { Name = "contoso-ai-public" }
}

resource "aws_security_group" "inference" {
  name        = "inference"
  description = "Inference server"
  vpc_id      = aws_vpc.ai.id

  ingress {
    description = "vLLM, opened for a partner test"
    from_port   = 8000
    to_port     = 8000
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_instance" "vllm" {
  ami                         = "ami-0c0de000000000001"
  instance_type               = "g6.2xlarge"
  subnet_id                   = aws_subnet.public.id
  vpc_security_group_ids      = [aws_security_group.inference.id]
  iam_instance_profile        = aws_iam_instance_profile.vllm.name
  associate_public_ip_address = true
  tags                        = { Name = "vllm-summaries", app = "claims-agent" }

  user_data = <<-EOT
    #!/bin/bash
    docker run --gpus all -p 8000:8000 vllm/vllm-openai:v0.6.3 \
      --model mistralai/Mistral-7B-Instruct-v0.3 --max-model-len 8192
  EOT
}

resource "aws_iam_instance_profile" "vllm" {
  name = "vllm-summaries"
  role = aws_iam_role.vllm.name
}

resource "aws_sagemaker_notebook_instance" "pricing" {
  name                   = "pricing-lab"
  role_arn               = aws_iam_role.pricing.arn
  instance_type          = "ml.t3.xlarge"
  direct_internet_access = "Enabled"
  root_access            = "Enabled"
}

resource "aws_sagemaker_model" "churn" {
  name               = "churn"
  execution_role_arn = aws_iam_role.pricing.arn

  primary_container {
    image          = "763104351884.dkr.ecr.eu-central-1.amazonaws.com/huggingface-pytorch-inference:2.1.0-transformers4.37.0-gpu-py310"
    model_data_url = "s3://${aws_s3_bucket.churn_training.bucket}/models/churn.tar.gz"
    environment = {
      HF_MODEL_ID = "distilbert-base-uncased"
      HF_TOKEN    = "hf_notarealtoken_contoso_demo"
    }
  }
}

resource "aws_sagemaker_endpoint_configuration" "churn" {
  name = "churn"

  production_variants {
    variant_name           = "live"
    model_name             = aws_sagemaker_model.churn.name
    initial_instance_count = 1
    instance_type          = "ml.g5.xlarge"
  }
}

resource "aws_sagemaker_endpoint" "churn" {
  name                 = "churn"
  endpoint_config_name = aws_sagemaker_endpoint_configuration.churn.name
}

resource "aws_sagemaker_domain" "studio" {
  domain_name             = "contoso-studio"
  auth_mode               = "IAM"
  app_network_access_type = "PublicInternetOnly"
  vpc_id                  = aws_vpc.ai.id
  subnet_ids              = [aws_subnet.public.id]

  default_user_settings {
    execution_role = aws_iam_role.pricing.arn
  }
}
