# What the Helm chart's `secrets.existing` holds, under the same keys: what Terraform knows in `servers`; what only people
# know in `stripe`, `elasticsearch` and `signing-keys`, which are made empty and filled by hand.
resource "aws_secretsmanager_secret" "shop" {
  for_each   = toset(["servers", "stripe", "elasticsearch", "signing-keys"])
  name       = "${var.name}/${each.key}"
  kms_key_id = aws_kms_key.this.arn
  tags       = local.tags
}

resource "aws_secretsmanager_secret_version" "servers" {
  secret_id = aws_secretsmanager_secret.shop["servers"].id
  secret_string_wo = jsonencode(merge(
    {
      for name, database in aws_db_instance.this :
      "${name}_database_url" => "postgres://${name}:${ephemeral.aws_secretsmanager_random_password.postgres[name].random_password}@${database.endpoint}/${name}"
    },
    {
      kafka_username = var.name
      kafka_password = ephemeral.aws_secretsmanager_random_password.kafka.random_password
      redis_url      = "rediss://:${var.redis_auth_token}@${aws_elasticache_replication_group.this.primary_endpoint_address}:6379"
    },
  ))
  # Passwords are made anew and everywhere at once. The endpoints of instances do not change in place.
  secret_string_wo_version = var.password_version
}
