variable "ack_deadline_seconds" {
  description = "Seconds that the function has for a message, 10 to 600."
  type        = number
}

variable "agent" {
  description = "Member that Pub/Sub itself acts as."
  type        = string
}

variable "attempts" {
  description = "Deliveries before a message is a dead letter, 5 to 100."
  type        = number
  default     = 10

  validation {
    condition     = var.attempts >= 5 && var.attempts <= 100
    error_message = "Pub/Sub takes 5 to 100."
  }
}

variable "function_name" {
  description = "Name of the function, without the prefix."
  type        = string
}

variable "function_uri" {
  description = "Address of the function."
  type        = string
}

variable "kms_key" {
  description = "Key that encrypts messages; Google's own if null."
  type        = string
  default     = null
}

variable "name" {
  description = "Name of the subscription."
  type        = string
}

variable "name_prefix" {
  description = "First part of the account's name."
  type        = string
}

variable "persistence_regions" {
  description = "Regions where messages may rest; any, where none is named."
  type        = list(string)
  default     = []
}

variable "project_id" {
  description = "Project that topic and function are in."
  type        = string
}

variable "topic_id" {
  description = "Full name of the topic."
  type        = string
}
