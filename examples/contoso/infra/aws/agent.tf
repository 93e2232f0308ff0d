resource "aws_bedrockagent_agent" "claims" {
  agent_name                  = "claims-agent"
  agent_resource_role_arn     = aws_iam_role.claims_agent.arn
  foundation_model            = var.assistant_model
  idle_session_ttl_in_seconds = 1800
  instruction                 = "You help Contoso Mutual staff to look up claims, check coverage and issue refunds up to 500 EUR."
  tags                        = local.tags
}

resource "aws_bedrockagent_agent_action_group" "refunds" {
  agent_id          = aws_bedrockagent_agent.claims.agent_id
  agent_version     = "DRAFT"
  action_group_name = "refunds"
  description       = "Look up a claim and pay a refund"

  action_group_executor {
    lambda = aws_lambda_function.refund.arn
  }

  function_schema {
    member_functions {
      functions {
        name        = "lookup_claim"
        description = "Reads a claim"
      }
      functions {
        name        = "issue_refund"
        description = "Pays money to the policyholder's account"
      }
    }
  }
}

resource "aws_bedrockagent_knowledge_base" "policyholders" {
  name     = "policyholders"
  role_arn = aws_iam_role.knowledge_base.arn

  knowledge_base_configuration {
    type = "VECTOR"
    vector_knowledge_base_configuration {
      embedding_model_arn = "arn:aws:bedrock:eu-central-1::foundation-model/amazon.titan-embed-text-v2:0"
    }
  }

  storage_configuration {
    type = "OPENSEARCH_SERVERLESS"
    opensearch_serverless_configuration {
      collection_arn    = aws_opensearchserverless_collection.vectors.arn
      vector_index_name = "policyholders"
      field_mapping {
        vector_field   = "embedding"
        text_field     = "text"
        metadata_field = "source"
      }
    }
  }
}

resource "aws_bedrockagent_data_source" "files" {
  name              = "policyholder-files"
  knowledge_base_id = aws_bedrockagent_knowledge_base.policyholders.id

  data_source_configuration {
    type = "S3"
    s3_configuration {
      bucket_arn = aws_s3_bucket.policyholders.arn
    }
  }
}

resource "aws_bedrockagent_agent_knowledge_base_association" "claims" {
  agent_id             = aws_bedrockagent_agent.claims.agent_id
  knowledge_base_id    = aws_bedrockagent_knowledge_base.policyholders.id
  description          = "Policyholder files"
  knowledge_base_state = "ENABLED"
}

resource "aws_opensearchserverless_collection" "vectors" {
  name = "policyholder-vectors"
  type = "VECTORSEARCH"
}

resource "aws_bedrock_guardrail" "public_chat" {
  name                      = "public-chat"
  blocked_input_messaging   = "Please ask about your insurance."
  blocked_outputs_messaging = "I cannot answer that."

  content_policy_config {
    filters_config {
      type            = "PROMPT_ATTACK"
      input_strength  = "NONE"
      output_strength = "NONE"
    }
    filters_config {
      type            = "HATE"
      input_strength  = "MEDIUM"
      output_strength = "MEDIUM"
    }
  }
}

resource "aws_opensearchserverless_security_policy" "vectors_network" {
  name = "policyholder-vectors"
  type = "network"
  policy = jsonencode([{
    Rules           = [{ ResourceType = "collection", Resource = ["collection/${aws_opensearchserverless_collection.vectors.name}"] }]
    AllowFromPublic = true
  }])
}

# The same refund tool for other assistants, over MCP.
resource "aws_bedrockagentcore_gateway" "tools" {
  name            = "contoso-tools"
  role_arn        = aws_iam_role.refund.arn
  authorizer_type = "NONE"
  protocol_type   = "MCP"
}

resource "aws_bedrockagentcore_gateway_target" "refund" {
  name               = "refund"
  gateway_identifier = aws_bedrockagentcore_gateway.tools.gateway_id

  target_configuration {
    mcp {
      lambda {
        lambda_arn = aws_lambda_function.refund.arn
        tool_schema {
          inline_payload {
            name        = "issue_refund"
            description = "Pays money to the policyholder's account"
          }
        }
      }
    }
  }
}
