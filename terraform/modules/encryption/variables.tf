variable "keys" {
  description = "Full names of the keys of Cloud KMS."
  type = object({
    data      = string
    functions = string
  })

  validation {
    condition = alltrue([
      for key in values(var.keys) : can(regex(
        "^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", key
      ))
    ])
    error_message = join(" ", [
      "Name keys in full:",
      "projects/P/locations/L/keyRings/R/cryptoKeys/K.",
    ])
  }
}

variable "project_id" {
  description = "Project whose services use the keys."
  type        = string
}

variable "pubsub_agent" {
  description = "Member that Pub/Sub itself acts as."
  type        = string
}
