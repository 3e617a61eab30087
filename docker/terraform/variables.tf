variable "name" {
  description = "What everything is named after; at most 20 small letters, digits and dashes."
  type        = string
  default     = "emporium"
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,19}$", var.name))
    error_message = "name must be 2 to 20 small letters, digits and dashes, beginning with a letter."
  }
}

variable "tags" {
  description = "Tags on everything."
  type        = map(string)
  default     = {}
}

# --- network ---

variable "network" {
  description = "An existing network: its VPC and at least two private subnets in different zones, with a way to the internet. Null: one is made."
  type = object({
    vpc_id             = string
    private_subnet_ids = list(string)
  })
  default = null
  validation {
    condition     = var.network == null ? true : length(var.network.private_subnet_ids) >= 2
    error_message = "network.private_subnet_ids must name subnets in at least two zones."
  }
}

variable "cidr" {
  description = "The addresses of the network that is made."
  type        = string
  default     = "10.40.0.0/16"
}

variable "zones" {
  description = "How many availability zones the network that is made spans; 3 for Kafka's three brokers."
  type        = number
  default     = 3
  validation {
    condition     = var.zones >= 2 && var.zones <= 3
    error_message = "zones must be 2 or 3."
  }
}

# --- Kubernetes ---

variable "kubernetes_version" {
  description = "The version of EKS."
  type        = string
  default     = "1.32"
}

variable "nodes" {
  description = "The nodes that roles run on."
  type = object({
    instance_types = list(string)
    min            = number
    max            = number
    desired        = number
  })
  default = {
    instance_types = ["m7g.large"]
    min            = 3
    max            = 9
    desired        = 3
  }
}

variable "node_ami_type" {
  description = "The image of the nodes; its architecture is that of instance_types and of the container image."
  type        = string
  default     = "AL2023_ARM_64_STANDARD"
}

variable "administrators" {
  description = "ARNs of the IAM roles that administer the cluster."
  type        = list(string)
  default     = []
}

variable "endpoint_cidrs" {
  description = "From where Kubernetes' API is reached over the internet. Empty: only from inside the network."
  type        = list(string)
  default     = []
}

# --- PostgreSQL ---

variable "databases" {
  description = "An instance for each subgraph; see the README for why."
  type = map(object({
    instance_class = optional(string, "db.t4g.medium")
    storage_gb     = optional(number, 50)
    max_storage_gb = optional(number, 500)
  }))
  default = {
    users    = {}
    products = {}
    orders   = { instance_class = "db.m7g.large", storage_gb = 100 }
    payments = {}
  }
  validation {
    condition     = toset(keys(var.databases)) == toset(["users", "products", "orders", "payments"])
    error_message = "databases must have exactly users, products, orders and payments."
  }
}

variable "postgres_version" {
  description = "The major version of PostgreSQL."
  type        = string
  default     = "17"
}

variable "multi_az" {
  description = "Whether PostgreSQL and Redis have standbys in other zones."
  type        = bool
  default     = true
}

variable "backup_days" {
  description = "How long PostgreSQL's backups are kept; any moment in that time can be restored."
  type        = number
  default     = 14
}

variable "password_version" {
  description = "Raise it to make all passwords of PostgreSQL and Kafka anew. Restart the roles afterwards."
  type        = number
  default     = 1
}

variable "deletion_protection" {
  description = "Whether databases refuse to be destroyed, and leave a last snapshot when they are."
  type        = bool
  default     = true
}

# --- Kafka ---

variable "kafka" {
  description = "MSK. The version must be one in KRaft mode. One broker a zone."
  type = object({
    version       = optional(string, "3.9.x.kraft")
    instance_type = optional(string, "kafka.m7g.large")
    storage_gb    = optional(number, 100)
  })
  default = {}
  validation {
    condition     = endswith(var.kafka.version, ".kraft")
    error_message = "kafka.version must be a version in KRaft mode, such as 3.9.x.kraft."
  }
}

# --- Elasticsearch ---

variable "elasticsearch_url" {
  description = "Where Elasticsearch is, such as https://….es.eu-central-1.aws.elastic.co. AWS offers OpenSearch alone, which is another product; so Elastic Cloud or a cluster of your own is named here."
  type        = string
  validation {
    condition     = startswith(var.elasticsearch_url, "https://")
    error_message = "elasticsearch_url must be an https URL."
  }
}

# --- Redis ---

variable "redis" {
  description = "ElastiCache. What is in it may be lost at any time."
  type = object({
    node_type = optional(string, "cache.t4g.small")
    replicas  = optional(number, 1)
  })
  default = {}
}

variable "redis_auth_token" {
  description = "The password of Redis, 16 to 128 letters and digits. ElastiCache has no write-only argument for it, so it is in the state: keep that encrypted."
  type        = string
  sensitive   = true
  validation {
    condition     = can(regex("^[A-Za-z0-9]{16,128}$", var.redis_auth_token))
    error_message = "redis_auth_token must be 16 to 128 letters and digits."
  }
}

# --- the shop ---

variable "namespace" {
  description = "The Kubernetes namespace that the shop is installed in."
  type        = string
  default     = "emporium"
}
