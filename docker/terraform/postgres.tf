# A database for each subgraph, each on an instance of its own: RDS makes a database with an instance and none beside it.
ephemeral "aws_secretsmanager_random_password" "postgres" {
  for_each            = var.databases
  password_length     = 40
  exclude_punctuation = true
}

resource "aws_db_subnet_group" "this" {
  name       = var.name
  subnet_ids = local.subnet_ids
  tags       = local.tags
}

resource "aws_db_parameter_group" "this" {
  name_prefix = "${var.name}-"
  family      = "postgres${var.postgres_version}"
  description = "TLS alone; slow statements are logged"
  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }
  parameter {
    name  = "log_min_duration_statement"
    value = "500"
  }
  lifecycle {
    create_before_destroy = true
  }
  tags = local.tags
}

resource "aws_db_instance" "this" {
  for_each   = var.databases
  identifier = "${var.name}-${each.key}"

  engine         = "postgres"
  engine_version = var.postgres_version
  instance_class = each.value.instance_class

  db_name             = each.key
  username            = each.key
  password_wo         = ephemeral.aws_secretsmanager_random_password.postgres[each.key].random_password
  password_wo_version = var.password_version

  storage_type          = "gp3"
  allocated_storage     = each.value.storage_gb
  max_allocated_storage = each.value.max_storage_gb
  storage_encrypted     = true
  kms_key_id            = aws_kms_key.this.arn

  multi_az               = var.multi_az
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.server["postgres"].id]
  publicly_accessible    = false
  parameter_group_name   = aws_db_parameter_group.this.name
  ca_cert_identifier     = "rds-ca-rsa2048-g1"

  backup_retention_period         = var.backup_days
  copy_tags_to_snapshot           = true
  deletion_protection             = var.deletion_protection
  skip_final_snapshot             = !var.deletion_protection
  final_snapshot_identifier       = var.deletion_protection ? "${var.name}-${each.key}-last" : null
  auto_minor_version_upgrade      = true
  performance_insights_enabled    = true
  performance_insights_kms_key_id = aws_kms_key.this.arn
  enabled_cloudwatch_logs_exports = ["postgresql"]
  tags                            = local.tags
}
