variable "dataset_id" {
  description = "Name of the dataset."
  type        = string
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to delete or replace the views."
  type        = bool
  default     = true
}

variable "description" {
  description = "What the views are for."
  type        = string
}

variable "kms_key" {
  description = "Key that encrypts the dataset; Google's own if null."
  type        = string
  default     = null
}

variable "labels" {
  description = "Labels of the dataset and its views."
  type        = map(string)
  default     = {}
}

variable "location" {
  description = "Region or multi-region: that of the tables."
  type        = string
}

variable "project_id" {
  description = "Project that the dataset is in."
  type        = string
}

variable "readers" {
  description = "Members that may query the views, by a name of their own."
  type        = map(string)

  validation {
    condition = alltrue([
      for member in values(var.readers) :
      can(regex("^(group|serviceAccount|user):.+@.+$", member))
    ])
    error_message = "Name a group:, user: or serviceAccount: each."
  }
}

variable "reads" {
  description = "Datasets that the views may read, by any name."
  type        = map(string)
}

variable "routines" {
  description = "SQL functions by name: arguments in order, type, body."
  type = map(object({
    arguments   = list(object({ name = string, type = string }))
    body        = string
    description = string
    returns     = string
  }))
  default = {}
}

variable "views" {
  description = "Views by name: what they show and their GoogleSQL."
  type        = map(object({ description = string, query = string }))
}
