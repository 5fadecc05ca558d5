variable "build" {
  description = "What builds it, and where image and source are."
  type = object({
    builder        = string
    repository     = string
    sources_bucket = string
  })
}

variable "concurrency" {
  description = "Requests that one instance works on at a time."
  type        = number
  default     = 1
}

variable "cpu" {
  description = "Processors of an instance; 1 or more where concurrency is."
  type        = string
  default     = "1"
}

variable "description" {
  description = "What the function does."
  type        = string
}

variable "environment" {
  description = "All of its environment variables."
  type        = map(string)
}

variable "grants" {
  description = <<-EOT
    What its account may do: roles on the project, one role for each bucket,
    dataset, table (`dataset.table`) and topic by name, and the policy tags, by
    any name, of personal data that it reads as it is.
  EOT
  type = object({
    buckets     = optional(map(string), {})
    datasets    = optional(map(string), {})
    policy_tags = optional(map(string), {})
    project     = optional(set(string), [])
    tables      = optional(map(string), {})
    topics      = optional(map(string), {})
  })

  validation {
    condition = alltrue([
      for role in concat(
        values(var.grants.buckets),
        values(var.grants.datasets),
        values(var.grants.tables),
        values(var.grants.topics),
        tolist(var.grants.project),
      ) : !contains(["roles/owner", "roles/editor", "roles/viewer"], role)
    ])
    error_message = "A basic role grants far more than a function uses."
  }
}

variable "hold_traffic" {
  description = "Whether a new revision waits to be given traffic."
  type        = bool
  default     = false
}

variable "ingress" {
  description = "Which traffic reaches it before IAM is asked."
  type        = string
  default     = "ALLOW_INTERNAL_ONLY"

  validation {
    condition = contains(
      ["ALLOW_INTERNAL_ONLY", "ALLOW_INTERNAL_AND_GCLB"], var.ingress
    )
    error_message = "Use ALLOW_INTERNAL_ONLY or ALLOW_INTERNAL_AND_GCLB."
  }
}

variable "invokers" {
  description = "Members that may call it, by a name of their own."
  type        = map(string)

  validation {
    condition = !anytrue([
      for member in values(var.invokers) :
      contains(["allUsers", "allAuthenticatedUsers"], member)
    ])
    error_message = "A function is never open to everyone."
  }
}

variable "kms_key" {
  description = "Key that encrypts source and image; Google's own if null."
  type        = string
  default     = null
}

variable "max_instances" {
  description = "Ceiling on instances, and with it on cost."
  type        = number
}

variable "memory" {
  description = "Memory of an instance, as Kubernetes writes it."
  type        = string
  default     = "512Mi"
}

variable "min_instances" {
  description = "Instances that wait for requests, and are paid for."
  type        = number
  default     = 0
}

variable "name" {
  description = "Name of the function's folder, which is also its entry point."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z-]{0,19}$", var.name))
    error_message = "Use at most 20 small letters and hyphens."
  }
}

variable "name_prefix" {
  description = "First part of the names of function and account."
  type        = string
}

variable "project_id" {
  description = "Project that it runs in."
  type        = string
}

variable "region" {
  description = "Region that it runs in."
  type        = string
}

variable "secrets" {
  description = "Names of secrets by the variable that has their latest value."
  type        = map(string)
  default     = {}
}

variable "source_directory" {
  description = "Folder with the folder of its built source."
  type        = string
}

variable "timeout_seconds" {
  description = "Longest that a request may take."
  type        = number
}
