ephemeral "aws_secretsmanager_random_password" "kafka" {
  password_length     = 40
  exclude_punctuation = true
}

resource "aws_msk_configuration" "this" {
  name              = var.name
  kafka_versions    = [var.kafka.version]
  server_properties = <<-PROPERTIES
    auto.create.topics.enable=false
    default.replication.factor=3
    min.insync.replicas=2
    unclean.leader.election.enable=false
    num.partitions=12
    message.max.bytes=4194304
    replica.fetch.max.bytes=4194304
  PROPERTIES
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_msk_cluster" "this" {
  cluster_name           = var.name
  kafka_version          = var.kafka.version
  number_of_broker_nodes = length(local.subnet_ids)

  broker_node_group_info {
    instance_type   = var.kafka.instance_type
    client_subnets  = local.subnet_ids
    security_groups = [aws_security_group.server["kafka"].id]
    storage_info {
      ebs_storage_info {
        volume_size = var.kafka.storage_gb
      }
    }
  }
  configuration_info {
    arn      = aws_msk_configuration.this.arn
    revision = aws_msk_configuration.this.latest_revision
  }
  client_authentication {
    sasl {
      scram = true
    }
  }
  encryption_info {
    encryption_at_rest_kms_key_arn = aws_kms_key.this.arn
    encryption_in_transit {
      client_broker = "TLS"
      in_cluster    = true
    }
  }
  open_monitoring {
    prometheus {
      jmx_exporter {
        enabled_in_broker = true
      }
      node_exporter {
        enabled_in_broker = true
      }
    }
  }
  logging_info {
    broker_logs {
      cloudwatch_logs {
        enabled   = true
        log_group = aws_cloudwatch_log_group.this["/aws/msk/${var.name}"].name
      }
    }
  }
  lifecycle {
    precondition {
      condition     = length(local.subnet_ids) >= 3
      error_message = "Kafka keeps three copies of each event: it needs subnets in three zones."
    }
  }
  tags = local.tags
}

# MSK takes logins only from secrets with this prefix, under a key of one's own.
resource "aws_secretsmanager_secret" "kafka" {
  name       = "AmazonMSK_${var.name}"
  kms_key_id = aws_kms_key.this.arn
  tags       = local.tags
}

resource "aws_secretsmanager_secret_version" "kafka" {
  secret_id = aws_secretsmanager_secret.kafka.id
  secret_string_wo = jsonencode({
    username = var.name
    password = ephemeral.aws_secretsmanager_random_password.kafka.random_password
  })
  secret_string_wo_version = var.password_version
}

data "aws_iam_policy_document" "kafka_secret" {
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.kafka.arn]
    principals {
      type        = "Service"
      identifiers = ["kafka.amazonaws.com"]
    }
  }
}

resource "aws_secretsmanager_secret_policy" "kafka" {
  secret_arn = aws_secretsmanager_secret.kafka.arn
  policy     = data.aws_iam_policy_document.kafka_secret.json
}

resource "aws_msk_scram_secret_association" "this" {
  cluster_arn     = aws_msk_cluster.this.arn
  secret_arn_list = [aws_secretsmanager_secret.kafka.arn]
  depends_on      = [aws_secretsmanager_secret_version.kafka, aws_secretsmanager_secret_policy.kafka]
}
