variable "kms_key" {
  description = "Key that encrypts images; Google's own if null."
  type        = string
  default     = null
}

variable "name_prefix" {
  description = "First part of the names of account and repository."
  type        = string
}

variable "project_id" {
  description = "Project that functions are built in."
  type        = string
}

variable "project_number" {
  description = "Number of that project."
  type        = string
}

variable "region" {
  description = "Region of the repository: that of the functions."
  type        = string
}

variable "sources_bucket" {
  description = "Name of the bucket with the zipped sources."
  type        = string
}
