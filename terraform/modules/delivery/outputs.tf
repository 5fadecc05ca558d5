output "account" {
  description = "Address of the account that the pipeline runs as."
  value       = google_service_account.this.email
}

output "deliveries" {
  description = "Name of the bucket with plans and bills of materials."
  value       = google_storage_bucket.deliveries.name
}
