variable "domain" {
  description = "Domain that callers use; its A record is made elsewhere."
  type        = string
}

variable "name_prefix" {
  description = "First part of names."
  type        = string
}

variable "project_id" {
  description = "Project that the load balancer is in."
  type        = string
}

variable "region" {
  description = "Region of the service behind it."
  type        = string
}

variable "requests_per_minute" {
  description = "Requests a minute that one address may make."
  type        = number
}

variable "service_name" {
  description = "Cloud Run service behind it."
  type        = string
}
