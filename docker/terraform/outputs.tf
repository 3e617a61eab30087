output "cluster_name" {
  description = "For `aws eks update-kubeconfig --name`."
  value       = aws_eks_cluster.this.name
}

output "vpc_id" {
  description = "The network."
  value       = local.vpc_id
}

output "database_endpoints" {
  description = "host:port of each subgraph's database."
  value       = { for name, database in aws_db_instance.this : name => database.endpoint }
}

output "kafka_brokers" {
  description = "host:port of each broker, for TLS with SCRAM."
  value       = aws_msk_cluster.this.bootstrap_brokers_sasl_scram
}

output "redis_endpoint" {
  description = "The host of Redis."
  value       = aws_elasticache_replication_group.this.primary_endpoint_address
}

output "secrets" {
  description = "Names of the secrets, by what is in them."
  value       = { for key, secret in aws_secretsmanager_secret.shop : key => secret.name }
}

output "helm_values" {
  description = "Values for the chart in docker/helm/emporium: `terraform output -raw helm_values >servers.yaml`."
  value = yamlencode({
    kafka = {
      brokers           = aws_msk_cluster.this.bootstrap_brokers_sasl_scram
      tls               = true
      saslMechanism     = "SCRAM-SHA-512"
      replication       = 3
      minInsyncReplicas = 2
    }
    elasticsearch = { url = var.elasticsearch_url, login = true }
    # RDS is signed by Amazon's own authority: the secret holds its bundle.
    postgres    = { tls = "verify-full", caSecret = "rds-ca" }
    redis       = { enabled = true }
    secrets     = { existing = "emporium" }
    signingKeys = { existing = "emporium-signing-keys" }
    networkPolicy = {
      ports = { postgres = [5432], kafka = [9096], elasticsearch = [443, 9200, 9243], redis = [6379], otlp = [4317] }
    }
  })
}
