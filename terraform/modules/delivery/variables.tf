variable "access_logs" {
  description = "Name of the bucket with the access logs."
  type        = string
}

variable "accounts" {
  description = "Accounts that it deploys things as: full names, by any name."
  type        = map(string)
}

variable "bucket_name" {
  description = "Name of its bucket; bucket names are the world's."
  type        = string
}

variable "environment" {
  description = "Folder of terraform/envs that it applies."
  type        = string
}

variable "kms_key" {
  description = "Key that encrypts its bucket; Google's own if null."
  type        = string
  default     = null
}

variable "location" {
  description = "Region or multi-region of its bucket."
  type        = string
}

variable "name_prefix" {
  description = "First part of names."
  type        = string
}

variable "project_id" {
  description = "Project that it works in."
  type        = string
}

variable "region" {
  description = "Region of its trigger."
  type        = string
}

variable "scheduler_email" {
  description = "Address of the account that Cloud Scheduler calls as."
  type        = string
}

variable "score_service" {
  description = "Cloud Run service whose traffic it moves."
  type        = string
}

variable "state_bucket" {
  description = "Bucket of the Terraform state; made before, by hand."
  type        = string
}

variable "trigger" {
  description = "What starts it; nothing, where it is null."
  type = object({
    approval        = bool
    branch          = string
    repository      = string
    repository_type = optional(string, "GITHUB")
  })
  default = null
}
