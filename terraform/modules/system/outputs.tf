output "bucket_names" {
  description = "Names of the buckets."
  value       = module.storage.names
}

output "delivery_account" {
  description = "Account that the pipeline runs as."
  value       = module.delivery.account
}

output "edge_address" {
  description = "Address for the domain's A record; null without edge."
  value       = one(module.edge[*].address)
}

output "function_uris" {
  description = "Where the functions are called, and their tokens' audience."
  value = {
    for name, function in module.function : name => function.uri
  }
}

output "job_names" {
  description = "Names of the scheduled jobs."
  value       = module.schedule.job_names
}
