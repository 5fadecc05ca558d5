variable "location" {
  description = "Region or multi-region of the datasets: tags live beside."
  type        = string
}

variable "masked_readers" {
  description = "Members that see a hash, or NULL, in place of the data."
  type        = set(string)
}

variable "name_prefix" {
  description = "First part of names."
  type        = string
}

variable "project_id" {
  description = "Project of the taxonomy."
  type        = string
}

variable "readers" {
  description = "People that read personal data as it is."
  type        = set(string)
}
