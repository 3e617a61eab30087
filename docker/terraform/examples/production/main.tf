# The module with a network of its own. Its state holds the password of Redis: keep it in an encrypted backend.
terraform {
  required_version = ">= 1.11.0"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = "eu-central-1"
}

variable "redis_auth_token" {
  description = "The password of Redis."
  type        = string
  sensitive   = true
}

module "emporium" {
  source = "../.."

  name              = "shop"
  administrators    = ["arn:aws:iam::123456789012:role/platform"]
  elasticsearch_url = "https://shop.es.eu-central-1.aws.elastic.co"
  redis_auth_token  = var.redis_auth_token
  databases = {
    users    = {}
    products = { instance_class = "db.m7g.large" }
    orders   = { instance_class = "db.m7g.large", storage_gb = 200, max_storage_gb = 1000 }
    payments = {}
  }
}

output "helm_values" {
  value = module.emporium.helm_values
}
