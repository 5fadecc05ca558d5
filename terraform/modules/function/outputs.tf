output "account" {
  description = "Full name of the account that it runs as."
  value       = google_service_account.this.name
}

output "member" {
  description = "Member that it runs as, for others to grant to."
  value       = google_service_account.this.member
}

output "name" {
  description = "Name of the function and of its Cloud Run service."
  value       = google_cloudfunctions2_function.this.name
}

output "uri" {
  description = "Where it is called: also the audience of its callers' tokens."
  value       = google_cloudfunctions2_function.this.service_config[0].uri
}
