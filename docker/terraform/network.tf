data "aws_availability_zones" "available" {
  state = "available"
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  tags         = merge({ "app.kubernetes.io/part-of" = "emporium", "managed-by" = "terraform" }, var.tags)
  make_network = var.network == null
  zones        = slice(data.aws_availability_zones.available.names, 0, var.zones)
  vpc_id       = local.make_network ? aws_vpc.this[0].id : var.network.vpc_id
  subnet_ids   = local.make_network ? aws_subnet.private[*].id : var.network.private_subnet_ids
}

resource "aws_vpc" "this" {
  count                = local.make_network ? 1 : 0
  cidr_block           = var.cidr
  enable_dns_hostnames = true
  enable_dns_support   = true
  tags                 = merge(local.tags, { Name = var.name })
}

# Nothing is in the default group, so nobody may talk by it.
resource "aws_default_security_group" "this" {
  count  = local.make_network ? 1 : 0
  vpc_id = aws_vpc.this[0].id
  tags   = merge(local.tags, { Name = "${var.name}-default" })
}

resource "aws_subnet" "private" {
  count             = local.make_network ? var.zones : 0
  vpc_id            = aws_vpc.this[0].id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(var.cidr, 4, count.index)
  tags = merge(local.tags, {
    Name                              = "${var.name}-private-${local.zones[count.index]}"
    "kubernetes.io/role/internal-elb" = "1"
  })
}

resource "aws_subnet" "public" {
  count             = local.make_network ? var.zones : 0
  vpc_id            = aws_vpc.this[0].id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(var.cidr, 8, 240 + count.index)
  tags = merge(local.tags, {
    Name                     = "${var.name}-public-${local.zones[count.index]}"
    "kubernetes.io/role/elb" = "1"
  })
}

resource "aws_internet_gateway" "this" {
  count  = local.make_network ? 1 : 0
  vpc_id = aws_vpc.this[0].id
  tags   = merge(local.tags, { Name = var.name })
}

resource "aws_eip" "nat" {
  count  = local.make_network ? var.zones : 0
  domain = "vpc"
  tags   = merge(local.tags, { Name = "${var.name}-${local.zones[count.index]}" })
}

# One a zone: the loss of a zone takes no other one's way to Stripe.
resource "aws_nat_gateway" "this" {
  count         = local.make_network ? var.zones : 0
  allocation_id = aws_eip.nat[count.index].id
  subnet_id     = aws_subnet.public[count.index].id
  tags          = merge(local.tags, { Name = "${var.name}-${local.zones[count.index]}" })
  depends_on    = [aws_internet_gateway.this]
}

resource "aws_route_table" "public" {
  count  = local.make_network ? 1 : 0
  vpc_id = aws_vpc.this[0].id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.this[0].id
  }
  tags = merge(local.tags, { Name = "${var.name}-public" })
}

resource "aws_route_table" "private" {
  count  = local.make_network ? var.zones : 0
  vpc_id = aws_vpc.this[0].id
  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.this[count.index].id
  }
  tags = merge(local.tags, { Name = "${var.name}-private-${local.zones[count.index]}" })
}

resource "aws_route_table_association" "public" {
  count          = local.make_network ? var.zones : 0
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public[0].id
}

resource "aws_route_table_association" "private" {
  count          = local.make_network ? var.zones : 0
  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private[count.index].id
}

# Who may reach what: the cluster's nodes and pods the servers, each on its port, and nobody else anything.
locals {
  servers = {
    postgres = 5432
    kafka    = 9096
    redis    = 6379
  }
}

resource "aws_security_group" "server" {
  for_each    = local.servers
  name        = "${var.name}-${each.key}"
  description = "${each.key}: reached from the cluster alone"
  vpc_id      = local.vpc_id
  tags        = merge(local.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_vpc_security_group_ingress_rule" "from_cluster" {
  for_each                     = local.servers
  security_group_id            = aws_security_group.server[each.key].id
  referenced_security_group_id = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
  description                  = "pods"
  tags                         = local.tags
}
