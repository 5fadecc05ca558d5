output "delivery_account" {
  description = "Account that the pipeline runs as."
  value       = module.system.delivery_account
}

output "edge_address" {
  description = "Address for the domain's A record; null without edge."
  value       = module.system.edge_address
}

output "function_uris" {
  description = "Where the functions are called, and their tokens' audience."
  value       = module.system.function_uris
}

output "job_names" {
  description = "Names of the scheduled jobs."
  value       = module.system.job_names
}
